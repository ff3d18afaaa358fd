using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Groups;
using AkkaReplication.Links;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Brokers;

internal sealed partial class BrokerActor
{
    // Opening a log writes to the disk that the replicas already there write to: thousands at once would hold them up.
    private const int MostStarting = 8;

    private readonly Dictionary<TopicIdPartition, PartitionUpdate> _hosted = [];
    private readonly HashSet<IActorRef> _starting = [];
    private readonly Queue<TopicIdPartition> _toStart = new();
    private readonly HashSet<TopicIdPartition> _waitingToStart = [];
    private readonly Dictionary<IActorRef, Stopping> _stopping = [];
    private readonly ReplicaFaults _faults = new();
    private ImmutableArray<TopicIdPartition> _wantedLogEnds = [];

    /// <summary>In the order that replication rules 8.2 prescribe.</summary>
    private void OnMetadataApplied(long now, MetadataApplied applied)
    {
        _broker!.Image = applied.After;
        var brokers = applied.After.BrokersView;
        foreach (var topic in applied.DeletedTopics)
            DeleteTopic(now, topic);
        foreach (var stray in applied.Strays)
            Remove(now, stray, StopReason.SetAside);
        if (applied.BrokersChanged)
            Spread(brokers);
        foreach (var update in applied.Leading)
            Apply(now, update, brokers);
        foreach (var update in applied.Following)
            Apply(now, update, brokers);
        _wantedLogEnds = applied.WantedLogEnds;
        _broker.Groups.Tell(GroupsMetadataApplied.Instance, Self);
        ReportReplicas(now);
        _lifecycle!.OnMetadataApplied(now, applied.After.Offset, _effects);
        _lifecycle.OnReady(now, _effects);
    }

    private void Spread(BrokersView brokers)
    {
        foreach (var id in brokers.Brokers.Keys)
        {
            if (id != _broker!.Id && !_broker.Links.ContainsKey(id))
                _broker.Links[id] = Context.Watch(
                    Context.ActorOf(PeerLinkActor.Props(_broker, id), ReplicationPaths.PeerName(id)));
        }

        var changed = new ReplicaProtocol.BrokersChanged(brokers);
        foreach (var link in _broker!.Links.Values)
            link.Tell(changed);
        foreach (var replica in _broker!.Replicas.All)
            replica.Replica.Tell(changed);
    }

    private void DeleteTopic(long now, TopicId topic)
    {
        foreach (var partition in _hosted.Keys.Where(p => p.TopicId == topic).ToArray())
            Remove(now, partition, StopReason.Deleted);

        // Also what a life before this one held and that is in no metadata any more (M2).
        foreach (var partition in _broker!.Storage.LogsOf(topic))
        {
            if (_stopping.Values.Any(s => s.Replica.Partition == partition))
                continue;
            _broker.Replicas.BeginLeaving();
            SetLogAside(partition, StopReason.Deleted);
        }
    }

    private void Apply(long now, PartitionUpdate update, BrokersView brokers)
    {
        var partition = update.Registration.Id;
        _hosted[partition] = update;
        if (!_broker!.Replicas.TryGet(partition, out var replica))
        {
            if (_starting.Count >= MostStarting)
            {
                if (_waitingToStart.Add(partition))
                    _toStart.Enqueue(partition);
                return;
            }

            var logDir = _broker.Storage.DirectoryOf(partition, update.Registration.Topic);
            replica = new ReplicaHandle(partition, update.Registration.Topic, _broker.LogDirs[logDir]);

            // Whoever finds it there may send to it at once: before, that would go to nobody. It is heard of after the update.
            StartReplica(replica, update);
            _broker.Replicas.Add(replica);
        }

        switch (_faults.Judge(partition, update.Registration.LeaderEpoch, now))
        {
            case FaultVerdict.Serves:
                replica.Replica.Tell(new ReplicaProtocol.Update(update, brokers));
                break;
            case FaultVerdict.Replace:
                // A new leadership may be served by a new actor over the log as it is on disk (F1).
                StopReplica(now, replica, StopReason.Replaced);
                break;
        }
    }

    private void StartReplica(ReplicaHandle replica, PartitionUpdate update, bool reopen = false)
    {
        replica.Replica = Context.Watch(Context.ActorOf(
            ReplicaActor.Props(_broker!, replica, update.Settings, reopen), ReplicationPaths.ReplicaName(replica.Partition)));
        _starting.Add(replica.Replica);
    }

    /// <summary>A replica has opened its log, or failed to.</summary>
    private void OnStarted(long now, IActorRef child)
    {
        if (!_starting.Remove(child) || _closing)
            return;

        while (_starting.Count < MostStarting && _toStart.TryDequeue(out var partition))
        {
            _waitingToStart.Remove(partition);
            if (_hosted.TryGetValue(partition, out var update))
                Apply(now, update, _broker!.Image.BrokersView);
        }
    }

    private void Remove(long now, TopicIdPartition partition, StopReason reason)
    {
        _hosted.Remove(partition);
        _faults.Forget(partition);
        if (!_broker!.Replicas.TryGet(partition, out var replica))
            return;
        _broker.Replicas.BeginLeaving();
        _broker.Replicas.Remove(partition);
        StopReplica(now, replica, reason);
    }

    private void StopReplica(long now, ReplicaHandle replica, StopReason reason)
    {
        // A replica whose actor is gone already will not end a second time.
        if (replica.IsBroken)
            OnReplicaStopped(now, new Stopping(replica, reason));
        else if (_stopping.TryAdd(replica.Replica, new Stopping(replica, reason)))
            replica.Replica.Tell(ReplicaProtocol.Close.Instance);
    }

    private void OnChildStopped(long now, IActorRef child)
    {
        // What a link knew of positions and sessions is lost, on this side only; what a worker was given will not be done;
        // clients would find nobody at the listener's endpoints, and members of groups would wait for answers for ever.
        // The next life begins with none of that.
        if (_broker?.Links.Values.Contains(child) == true || _workers.Contains(child) || child.Equals(_listener)
            || child.Equals(_broker?.Groups))
        {
            if (!_closing)
                End(clean: false, mayRestart: true, $"its actor {child.Path.Name} ended", null);
            return;
        }

        OnStarted(now, child);
        if (_stopping.Remove(child, out var stopping))
            OnReplicaStopped(now, stopping);
        else
            OnReplicaCrashed(now, child);
    }

    private void OnReplicaStopped(long now, Stopping stopping)
    {
        var partition = stopping.Replica.Partition;
        if (stopping.Reason != StopReason.Replaced || !_hosted.TryGetValue(partition, out var update))
        {
            SetLogAside(partition, stopping.Reason);
            return;
        }

        _faults.Replaced(partition);
        ReportReplicas(now);
        StartReplica(stopping.Replica, update, reopen: true);
        stopping.Replica.Replica.Tell(new ReplicaProtocol.Update(update, _broker!.Image.BrokersView));
    }

    /// <summary>Off this actor's turn: a slow disk must not hold up heartbeats.</summary>
    private void SetLogAside(TopicIdPartition partition, StopReason reason)
    {
        var broker = _broker!;
        Task.Factory.StartNew(
            () =>
            {
                try
                {
                    if (reason == StopReason.Deleted)
                        broker.Storage.DeleteLog(partition);
                    else
                        broker.Storage.MarkStray(partition);
                }
                finally
                {
                    broker.Replicas.EndLeaving();
                    broker.Watchers.Changed();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).ContinueWith(
                failed =>
                {
                    // What a life leaves behind when it ends the next one finds in the metadata, and does.
                    if (!_closing)
                        _logger.Warning(failed.Exception!.GetBaseException(), "The log of {0} could not be set aside", partition);
                },
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default);
    }

    /// <summary>A replica's actor that ended unasked could not even say so.</summary>
    private void OnReplicaCrashed(long now, IActorRef child)
    {
        var replica = _broker?.Replicas.All.FirstOrDefault(r => r.Replica.Equals(child));
        if (_closing || replica is null || !_hosted.TryGetValue(replica.Partition, out var update))
            return;
        OnReplicaFailed(now, new ReplicaProtocol.Failed(
            replica.Partition, update.Registration.LeaderEpoch, "its actor ended", Unexpected: true));
        replica.Break();

        // It cannot say any more that it has left its position, nor what became of the records that it was handed.
        foreach (var (leader, link) in _broker!.Links)
            link.Tell(new ReplicaProtocol.ToLink(replica.Partition, new StopFetching(leader)));
    }

    private void OnReplicaFailed(long now, ReplicaProtocol.Failed failed)
    {
        _logger.Error(
            "Replica {0} of broker {1} is offline since leader epoch {2}: {3}",
            failed.Partition, _life.Broker, failed.LeaderEpoch, failed.Reason);
        _faults.Record(failed.Partition, failed.LeaderEpoch, now);
        ReportReplicas(now);
    }

    private void ReportReplicas(long now) => _lifecycle!.OnReplicas(now, _faults.Offline, LogEnds(), _effects);

    /// <summary>
    /// Where logs end that the controller asks for (F3): only of replicas that know that nobody leads, for only then can the
    /// end not move any more.
    /// </summary>
    private ImmutableArray<ReplicaLogEnd> LogEnds()
    {
        var ends = ImmutableArray.CreateBuilder<ReplicaLogEnd>();
        foreach (var partition in _wantedLogEnds)
        {
            if (_hosted.TryGetValue(partition, out var update)
                && _broker!.Replicas.TryGet(partition, out var replica)
                && replica.View is { Role: ReplicaRole.Idle } view
                && view.LeaderEpoch >= update.Registration.LeaderEpoch)
            {
                ends.Add(new ReplicaLogEnd(partition, view.LastEpoch, view.LogEndOffset));
            }
        }

        return ends.ToImmutable();
    }

    private void OnIsrWanted(long now, Effect effect)
    {
        switch (effect)
        {
            case ProposeIsr propose:
                _proposals!.OnProposal(now, propose.Proposal, _effects);
                break;
            case WithdrawIsrProposal withdraw:
                _proposals!.OnWithdraw(withdraw.Partition);
                break;
        }
    }

    private enum StopReason
    {
        Deleted,
        SetAside,
        Replaced,
    }

    private sealed record Stopping(ReplicaHandle Replica, StopReason Reason);
}
