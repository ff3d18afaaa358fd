using Akka.Actor;
using Akka.Event;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Brokers;

internal sealed partial class BrokerActor
{
    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case SendRegister send:
                _controller.Tell(send.Request, Self);
                break;
            case SendHeartbeat send:
                _controller.Tell(send.Request, Self);
                AskForContacts();
                ReportStalledLeaders(Context.NowMs());
                if (!_wantedLogEnds.IsEmpty)
                    ReportReplicas(Context.NowMs());
                break;
            case SendFetchMetadata send:
                _controller.Tell(send.Request, Self);
                break;
            case SendAlterPartitions send:
                _controller.Tell(send.Request, Self);
                break;
            case SendAllocateProducerIds send:
                _controller.Tell(send.Request, Self);
                break;
            case ProducerIdAssigned assigned:
                OnProducerIdAssigned(assigned);
                break;
            case StartProducerIdTimer timer:
                StartTimer(BrokerTimer.ProducerIds, timer.DelayMs);
                break;
            case RetentionDue retention:
                if (_broker!.Replicas.TryGet(retention.Partition, out var aging))
                    aging.Replica.Tell(ReplicaProtocol.RetentionDue.Instance);
                break;
            case DeleteExpiredSegments:
                StartDeletingSegments();
                break;
            case DeleteExpiredStrays:
                StartDeletingStrays();
                break;
            case StartRetentionTimer timer:
                StartTimer(BrokerTimer.Retention, timer.DelayMs);
                break;
            case CleanLogDir clean:
                StartCleaning(clean.LogDir);
                break;
            case StartCleaningTimer timer:
                var due = new CleaningDue(timer.LogDir);
                Timers.StartSingleTimer(due, due, TimeSpan.FromMilliseconds(timer.DelayMs));
                break;
            case StartLifecycleTimer timer:
                StartTimer(BrokerTimer.Lifecycle, timer.DelayMs);
                break;
            case StartMetadataTimer timer:
                StartTimer(BrokerTimer.Metadata, timer.DelayMs);
                break;
            case StartIsrTimer timer:
                StartTimer(BrokerTimer.IsrProposals, timer.DelayMs);
                break;
            case LifecycleChanged changed:
                OnLifecycleChanged(changed);
                break;
            case LeaseGranted lease:
                _broker!.LeaseEndMs = lease.LeaseEndMs;
                break;
            case LifeEnded ended:
                End(
                    clean: false,
                    mayRestart: ended.Error is ErrorCode.StaleBrokerEpoch or ErrorCode.RequestTimedOut,
                    ended.Reason,
                    new ReplicationException(ended.Error, ended.Reason));
                break;
            case ShutdownGranted:
                Close();
                break;
            case MetadataApplied applied:
                OnMetadataApplied(Context.NowMs(), applied);
                break;
            case MetadataDiverged diverged:
                End(clean: false, mayRestart: false, diverged.Reason, new ReplicationException(
                    ErrorCode.InconsistentClusterId, diverged.Reason));
                break;
            case DeliverIsrAnswer deliver:
                if (_broker!.Replicas.TryGet(deliver.Answer.Partition, out var replica))
                    replica.Replica.Tell(new ReplicaProtocol.IsrAnswered(deliver.Answer));
                break;
            default:
                throw new InvalidOperationException($"A broker does not know the effect {effect}.");
        }
    }

    /// <summary>Idle partitions send no fetches: while the lease runs out, links say who still follows (E3).</summary>
    private void AskForContacts()
    {
        if (!_running || _broker!.LeaseEndMs - Context.NowMs() > _life.Settings.BrokerSessionTimeoutMs / 2)
            return;
        foreach (var link in _broker.Links.Values)
            link.Tell(ReplicaProtocol.ReportContacts.Instance);
    }

    private void OnTimer(long now, BrokerTimer timer)
    {
        switch (timer)
        {
            case BrokerTimer.Lifecycle:
                _lifecycle!.OnTimer(now, _effects);
                break;
            case BrokerTimer.Metadata:
                _follower!.OnTimer(now, _effects);
                break;
            case BrokerTimer.IsrProposals:
                _proposals!.OnTimer(now, _effects);
                break;
            case BrokerTimer.ProducerIds:
                _producerIds!.OnTimer(now, _effects);
                break;
            case BrokerTimer.Retention:
                _retention!.OnTimer(now, _broker!.Replicas.All.Select(r => r.Partition), _effects);
                break;
            case BrokerTimer.Checkpoint:
                Checkpoint();
                break;
        }
    }

    private void OnControllerChanged(long now)
    {
        _lifecycle?.OnControllerChanged(now, _effects);
        _follower?.OnControllerChanged(now, _effects);
        _proposals?.OnControllerChanged(now, _effects);
        _producerIds?.OnControllerChanged(now, _effects);
    }

    private void StartTimer(BrokerTimer timer, long delayMs) =>
        Timers.StartSingleTimer(timer, timer, TimeSpan.FromMilliseconds(delayMs));

    private void OnLifecycleChanged(LifecycleChanged changed)
    {
        var now = Context.NowMs();
        switch (changed.State)
        {
            case BrokerState.Starting:
                _broker!.Storage.RegistrationAccepted();
                _broker.Epoch = changed.BrokerEpoch;
                _proposals!.OnRegistered(now, changed.BrokerEpoch, _effects);
                _producerIds!.OnRegistered(now, changed.BrokerEpoch, _effects);
                _follower!.Start(now, _effects);
                break;
            case BrokerState.Running when !_running:
                _running = true;
                _logger.Info("Broker {0} serves in broker epoch {1}", _life.Broker, changed.BrokerEpoch);
                Context.Parent.Tell(new BrokerProtocol.Running(_life.Broker, changed.BrokerEpoch));
                break;
        }
    }

    private enum BrokerTimer
    {
        Lifecycle,
        Metadata,
        IsrProposals,
        ProducerIds,
        Checkpoint,
        Retention,
    }
}
