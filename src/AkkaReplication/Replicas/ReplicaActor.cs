using Akka.Actor;
using Akka.Event;
using AkkaReplication.Brokers;
using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Storage;

namespace AkkaReplication.Replicas;

/// <summary>
/// The shell of one partition replica: hands messages to its <see cref="Replica"/> machine and carries out the effects.
/// Decides nothing. After an exception it serves nothing more until the broker replaces it (F1).
/// </summary>
internal sealed class ReplicaActor : UntypedActor, IWithTimers
{
    private readonly BrokerContext _broker;
    private readonly ReplicaHandle _handle;
    private readonly PartitionLog _log;
    private readonly Replica _replica;
    private readonly EffectList _effects = new();
    private readonly EffectInterpreter _interpreter;
    private readonly Dictionary<RequestToken, Waiting> _produces = [];
    private readonly Dictionary<RequestToken, Waiting> _deletes = [];
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private IActorRef _unanswered = ActorRefs.Nobody;
    private long _nextToken;
    private long _leaseEndMs;
    private bool _failed;

    public ReplicaActor(BrokerContext broker, ReplicaHandle handle, TopicSettings topic, bool reopen)
    {
        _broker = broker;
        _handle = handle;
        if (reopen)
            broker.Storage.ReleaseLog(handle.Partition);
        _log = broker.Storage.GetOrCreateLog(handle.Partition, handle.Topic, LogSettings.Of(topic));
        if (reopen && _log.LogEndOffset < handle.View?.LogEndOffset)
        {
            // Others may count on what its predecessor advertised: it must not come back with less.
            throw new StorageException(
                $"{handle.Topic}-{handle.Partition.Partition} ends at {_log.LogEndOffset} on disk, but was at {handle.View.LogEndOffset}.");
        }

        var settings = broker.Settings;
        var options = new ReplicaOptions(
            broker.Id,
            settings.ReplicaLagTimeMaxMs,
            settings.ReplicaFetchBackoffMs,
            settings.Flush,
            settings.BrokerSessionTimeoutMs)
        {
            ProducerIdExpirationMs = settings.ProducerIdExpirationMs,
        };
        _replica = new Replica(handle.Partition, options, _log, _log.InitialHighWatermark);
        _replica.OnOwnEpoch(broker.Epoch);
        _interpreter = new EffectInterpreter(Perform);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="reopen">The replica takes the place of one that failed: its log is read from the disk again.</param>
    public static Props Props(BrokerContext broker, ReplicaHandle handle, TopicSettings topic, bool reopen) =>
        Akka.Actor.Props.Create(() => new ReplicaActor(broker, handle, topic, reopen))
            .WithDispatcher(handle.LogDir.Dispatcher);

    protected override void OnReceive(object message)
    {
        var now = Context.NowMs();
        _handle.BeginTurn(now);
        try
        {
            RefreshLease(now);
            Turn(now, message);
            RequireInTime();
            _interpreter.Run(_effects);
        }
        catch (Exception e)
        {
            Fail(now, e);
        }
        finally
        {
            _handle.EndTurn();
        }
    }

    /// <summary>A replica that was reported offline while its disk hung must not speak as if nothing had been (F1).</summary>
    private void RequireInTime()
    {
        if (_handle.IsStalled && !_failed)
            throw new StorageException($"{_handle.LogDir.Path} did not answer for too long.");
    }

    protected override void PreStart() => Context.Parent.Tell(ReplicaProtocol.Opened.Instance);

    protected override void PostStop()
    {
        // The sessions of those who still wait watch this actor.
        _produces.Clear();
        _deletes.Clear();
    }

    private void Turn(long now, object message)
    {
        switch (message)
        {
            case ReplicaProtocol.Produce produce:
                OnProduce(now, produce);
                break;
            case ReplicaProtocol.DeleteRecords delete:
                OnDeleteRecords(now, delete);
                break;
            case ReplicaProtocol.FollowerFetched fetched:
                _replica.OnFollowerFetch(now, fetched.Fetch, _effects);
                break;
            case ReplicaProtocol.LeaderAnswered answered:
                _replica.OnFetched(now, answered.Fetched, _effects);
                break;
            case ReplicaProtocol.Update update:
                _replica.OnBrokersChanged(now, update.Brokers, _effects);
                _log.Settings = LogSettings.Of(update.Partition.Settings);
                _replica.OnPartitionUpdate(now, update.Partition, _effects);
                break;
            case ReplicaProtocol.BrokersChanged changed:
                _replica.OnBrokersChanged(now, changed.Brokers, _effects);
                break;
            case ReplicaProtocol.IsrAnswered answered:
                _replica.OnIsrAnswer(now, answered.Answer, _effects);
                break;
            case ReplicaProtocol.RetentionDue:
                _replica.OnRetentionDue(now, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), _effects);
                break;
            case ReplicaTimer timer:
                _replica.OnTimer(now, timer, _effects);
                break;
            case ReplicaProtocol.FollowerSeen seen:
                _replica.OnFollowerContact(
                    now, seen.Contact.Follower, seen.Contact.LeaderEpoch, seen.Contact.AtMs, _effects);
                break;
            case ReplicaProtocol.ReadFailed failed:
                _replica.OnStorageFailed(now, failed.Reason, _effects);
                break;
            case ReplicaProtocol.Close:
                _replica.OnStop(now, _effects);
                Context.Stop(Self);
                break;
            case FlushDone done when done.Error is null:
                _replica.OnFlushed(now, done.UpToOffset, _effects);
                break;
            case FlushDone done:
                _replica.OnFlushFailed(now, done.Error!, _effects);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnProduce(long now, ReplicaProtocol.Produce produce)
    {
        var token = new RequestToken(_nextToken++);
        if (produce.Acks != 0)
            _produces.Add(token, new Waiting(produce.Session, produce.CallId));
        else
            _unanswered = produce.Session;
        var input = new ProduceInput(token, produce.Acks, produce.Batch, produce.LeaderEpoch, now + produce.TimeoutMs);
        try
        {
            _replica.OnProduce(now, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), input, _effects);
        }
        finally
        {
            if (produce.Acks == 0)
                produce.Session.Tell(new ReplicaProtocol.Taken(_handle.Partition, produce.CallId));
        }
    }

    private void OnDeleteRecords(long now, ReplicaProtocol.DeleteRecords delete)
    {
        var token = new RequestToken(_nextToken++);
        _deletes.Add(token, new Waiting(delete.Session, delete.CallId));
        var input = new DeleteRecordsInput(token, delete.Offset, delete.LeaderEpoch, now + delete.TimeoutMs);
        _replica.OnDeleteRecords(now, input, _effects);
    }

    /// <summary>The lease is compared in the turn that serves, never by a timer alone (E2).</summary>
    private void RefreshLease(long now)
    {
        var leaseEndMs = _broker.LeaseEndMs;
        if (leaseEndMs == _leaseEndMs)
            return;
        _leaseEndMs = leaseEndMs;
        _replica.OnLease(now, leaseEndMs, _effects);
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case ProduceCompleted completed:
                if (_produces.Remove(completed.Token, out var waiting))
                    waiting.Session.Tell(new ReplicaProtocol.Produced(_handle.Partition, waiting.CallId, completed));
                break;
            case DeleteRecordsCompleted completed:
                if (_deletes.Remove(completed.Token, out var deleter))
                    deleter.Session.Tell(new ReplicaProtocol.RecordsDeleted(_handle.Partition, deleter.CallId, completed));
                break;
            case ProduceDropped:
                // acks=0 has no answer: the end of the connection tells the client to ask anew who leads.
                _unanswered.Tell(ReplicaProtocol.Close.Instance);
                break;
            case FollowerFetchAnswered answered:
                TellLink(answered.Request.Follower, answered);
                break;
            case FollowerDataAvailable available:
                TellLink(available.Follower, available);
                break;
            case PublishView publish:
                PublishView(publish.View);
                break;
            case FetchFrom position:
                TellLink(position.Leader, position);
                break;
            case FetchFromAfter delayed:
                TellLink(delayed.Position.Leader, delayed);
                break;
            case StopFetching stop:
                TellLink(stop.Leader, stop);
                break;
            case ProposeIsr or WithdrawIsrProposal:
                Context.Parent.Tell(new ReplicaProtocol.IsrWanted(effect));
                break;
            case FlushLog flush:
                StartFlush(flush.UpToOffset);
                break;
            case StartReplicaTimer timer:
                Timers.StartSingleTimer(timer.Timer, timer.Timer, TimeSpan.FromMilliseconds(timer.DelayMs));
                break;
            case ReplicaFailed failed:
                ReportFailure(failed.LeaderEpoch, failed.Reason, unexpected: false);
                break;
            case Observe observe:
                Publish(observe.Observation);
                break;
            default:
                throw new InvalidOperationException($"A replica does not know the effect {effect}.");
        }
    }

    private void PublishView(ReadView view)
    {
        var before = _handle.View;
        _handle.Publish(view);
        if (_broker.Watchers.WantHighWatermarks && before is not null && before.HighWatermark != view.HighWatermark)
        {
            Context.System.EventStream.Publish(new HighWatermarkMoved(
                _broker.Cluster,
                _broker.Id,
                new TopicPartition(_handle.Topic, _handle.Partition.Partition),
                view.Role,
                view.LeaderEpoch,
                before.HighWatermark,
                view.HighWatermark));
        }

        _broker.Watchers.Changed();
    }

    private void TellLink(BrokerId peer, Effect effect)
    {
        // A broker that is in no metadata yet has no link; the broker actor tells the replica again once it has.
        if (_broker.Links.TryGetValue(peer, out var link))
            link.Tell(new ReplicaProtocol.ToLink(_handle.Partition, effect));
    }

    private void StartFlush(long upToOffset)
    {
        _broker.Storage.FlushAsync(_log).PipeTo(
            Self,
            success: () => new FlushDone(upToOffset, null),
            failure: e => new FlushDone(upToOffset, e.Message));
    }

    /// <summary>F1: an exception takes this replica offline, as a storage error does.</summary>
    private void Fail(long now, Exception e)
    {
        if (_failed)
            throw new InvalidOperationException($"Replica {_handle.Topic}-{_handle.Partition.Partition} failed again.", e);
        _failed = true;

        // What the broken turn wanted to say may be half of the truth; who waits for it learns of the failure instead.
        _effects.Clear();
        var epoch = _replica.View.LeaderEpoch;
        _logger.Error(e, "Replica {0}-{1} goes offline at leader epoch {2}", _handle.Topic, _handle.Partition.Partition, epoch);
        _replica.OnStorageFailed(now, e.Message, _effects);
        _interpreter.Run(_effects);
        FailWhoeverWaits(e.Message);
        if (e is not StorageException)
            ReportFailure(epoch, e.Message, unexpected: true);
    }

    /// <summary>The machine takes those for answered whose answer was lost with the broken turn.</summary>
    private void FailWhoeverWaits(string reason)
    {
        foreach (var (token, produce) in _produces)
        {
            produce.Session.Tell(new ReplicaProtocol.Produced(
                _handle.Partition, produce.CallId, new ProduceCompleted(token, ErrorCode.KafkaStorageError, -1, -1, -1, reason)));
        }

        foreach (var (token, delete) in _deletes)
        {
            delete.Session.Tell(new ReplicaProtocol.RecordsDeleted(
                _handle.Partition, delete.CallId, new DeleteRecordsCompleted(token, ErrorCode.KafkaStorageError, -1, reason)));
        }

        _produces.Clear();
        _deletes.Clear();
    }

    private void ReportFailure(LeaderEpoch epoch, string reason, bool unexpected) =>
        Context.Parent.Tell(new ReplicaProtocol.Failed(_handle.Partition, epoch, reason, unexpected));

    private void Publish(ReplicaObservation observation)
    {
        var partition = new TopicPartition(_handle.Topic, _handle.Partition.Partition);
        switch (observation)
        {
            case LogTruncated cut:
                _logger.Info(
                    "{0} truncated from {1} to {2} in leader epoch {3} (high watermark was {4})",
                    partition, cut.FromOffset, cut.ToOffset, cut.LeaderEpoch, cut.HighWatermarkBefore);
                Context.System.EventStream.Publish(new ReplicaTruncated(
                    _broker.Cluster, _broker.Id, partition, cut.LeaderEpoch, cut.FromOffset, cut.ToOffset, cut.HighWatermarkBefore));
                break;
            case LogStartMoved moved:
                _logger.Info(
                    "{0} deleted records by retention: its log starts at {1} now, not at {2}",
                    partition, moved.ToOffset, moved.FromOffset);
                Context.System.EventStream.Publish(
                    new ReplicaLogStartMoved(_broker.Cluster, _broker.Id, partition, moved.FromOffset, moved.ToOffset));
                break;
            case WentOffline offline:
                Context.System.EventStream.Publish(
                    new ReplicaWentOffline(_broker.Cluster, _broker.Id, partition, offline.Reason));
                break;
            default:
                _logger.Debug("{0}: {1}", partition, observation);
                break;
        }
    }

    private readonly record struct Waiting(IActorRef Session, long CallId);

    private sealed record FlushDone(long UpToOffset, string? Error) : INoSerializationVerificationNeeded;
}
