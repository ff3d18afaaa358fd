using System.Collections.Immutable;
using AkkaReplication.Brokers;
using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>The replicas of a broker: started, told, replaced and stopped as metadata says.</summary>
internal sealed partial class BrokerProcess
{
    private readonly SortedDictionary<TopicIdPartition, ReplicaSlot> _slots = [];
    private readonly SortedDictionary<TopicIdPartition, PartitionUpdate> _hosted = [];
    private ReplicaFaults _faults = new();
    private ImmutableArray<TopicIdPartition> _wantedLogEnds = [];
    private long _nextToken;

    public IEnumerable<ReplicaSlot> Slots => _slots.Values;

    public ReplicaSlot? SlotOf(TopicIdPartition partition) => _slots.GetValueOrDefault(partition);

    private void ClearReplicas()
    {
        foreach (var slot in _slots.Values)
            slot.IsStopped = true;
        _slots.Clear();
        _hosted.Clear();
        _faults = new ReplicaFaults();
        _wantedLogEnds = [];
    }

    private void OnMetadataApplied(MetadataApplied applied)
    {
        Image = applied.After;
        _cluster.Checks.OnImageApplied(this, applied.After);
        var brokers = applied.After.BrokersView;
        World.Trace.Line($"broker {Id} applies metadata up to {applied.After.Offset}: leads {applied.Leading.Length} that changed, follows {applied.Following.Length}");
        foreach (var topic in applied.DeletedTopics)
        {
            foreach (var partition in _hosted.Keys.Where(p => p.TopicId == topic).ToArray())
                Remove(partition, deleted: true);
            foreach (var partition in _disk.LogsOf(topic).ToArray())
                OnDisk(() => _disk.DeleteLog(partition));
        }

        foreach (var stray in applied.Strays)
            Remove(stray, deleted: false);
        if (applied.BrokersChanged)
        {
            EnsureLinks(brokers.Brokers.Keys);
            foreach (var slot in _slots.Values.ToArray())
                ToReplica(slot.Partition, (s, fx) => s.Machine!.OnBrokersChanged(NowMs, brokers, fx));
        }

        foreach (var update in applied.Leading)
            Apply(update, brokers);
        foreach (var update in applied.Following)
            Apply(update, brokers);
        _wantedLogEnds = applied.WantedLogEnds;
        ReportReplicas();
        _lifecycle.OnMetadataApplied(NowMs, applied.After.Offset, _effects);
        _lifecycle.OnReady(NowMs, _effects);
    }

    private void Apply(PartitionUpdate update, BrokersView brokers)
    {
        var partition = update.Registration.Id;
        var isNew = !_slots.TryGetValue(partition, out var slot);
        _hosted[partition] = update;
        if (isNew)
        {
            slot = new ReplicaSlot(this, partition, update.Registration.Topic);
            _slots.Add(partition, slot);
            OpenLog(slot, update.Settings, reopen: false);
        }

        switch (_faults.Judge(partition, update.Registration.LeaderEpoch, NowMs))
        {
            case FaultVerdict.Serves:
                TellUpdate(slot!, update, brokers);
                break;
            case FaultVerdict.Replace:
                Replace(slot!, update);
                break;
        }
    }

    private void TellUpdate(ReplicaSlot slot, PartitionUpdate update, BrokersView brokers)
    {
        var last = slot.LastUpdate;
        slot.LastUpdate = update;
        if (last is not null && update.Registration.LeaderEpoch.Value > last.Registration.LeaderEpoch.Value + 1)
            World.Tally.Seen(Sometimes.MissedEpochs);
        if (last is not null && last.Registration.Leader == update.Registration.Leader && update.Registration.Leader.Exists
            && update.Registration.LeaderEpoch > last.Registration.LeaderEpoch)
        {
            World.Tally.Seen(Sometimes.SameLeaderNewEpoch);
        }

        ToReplica(slot.Partition, (s, fx) =>
        {
            s.Machine!.OnBrokersChanged(NowMs, brokers, fx);
            _cluster.Checks.AfterTurn(this, s);
            _disk.ApplySettings(s.Partition, update.Settings);
            if (update.Registration.LeaderEpoch > s.Machine.LeaderEpoch && s.Machine.Role == ReplicaRole.Leader)
            {
                if (s.Machine.PendingProduceCount > 0)
                    World.Tally.Seen(Sometimes.LeaderDeposedWithProducesPending);
                if (s.Machine.PendingIsrProposal is not null)
                    World.Tally.Seen(Sometimes.IsrProposalPendingAtElection);
            }

            s.Machine.OnPartitionUpdate(NowMs, update, fx);
        });
    }

    private void OpenLog(ReplicaSlot slot, TopicSettings settings, bool reopen)
    {
        var epoch = _hosted[slot.Partition].Registration.LeaderEpoch;
        try
        {
            if (reopen)
                _disk.ReleaseLog(slot.Partition);
            var log = _disk.GetOrCreateLog(slot.Partition, slot.Topic, settings);
            if (reopen && log.LogEndOffset < slot.View?.LogEndOffset)
                throw new StorageException($"it ends at {log.LogEndOffset} on disk, but was at {slot.View.LogEndOffset}");
            var profile = World.Profile;
            var machine = new Replica(
                slot.Partition,
                new ReplicaOptions(
                    Id, profile.LagMs, 500, profile.Fsync ? FlushPolicy.Fsync : FlushPolicy.Replicated, profile.SessionMs)
                {
                    ProducerIdExpirationMs = 3_600_000,
                },
                log,
                _disk.InitialHighWatermark(slot.Partition));
            machine.OnOwnEpoch(Epoch);
            (slot.Log, slot.Machine, slot.LeaseEndMs) = (log, machine, 0);
            _cluster.Checks.OnReplicaOpened(this, slot);
        }
        catch (StorageException e)
        {
            World.Trace.Line($"broker {Id} cannot open {_cluster.NameOf(slot.Partition)}: {e.Message}");
            if (!reopen)
                World.Tally.Seen(Sometimes.LogCorruptAtStart);
            (slot.Log, slot.Machine) = (null, null);
            OnReplicaFailed(slot.Partition, epoch, e.Message);
        }
    }

    /// <summary>F1: another machine takes the place of the failed one, over the log as it is on disk.</summary>
    private void Replace(ReplicaSlot old, PartitionUpdate update)
    {
        World.Tally.Seen(Sometimes.ReplicaReplaced);
        StopSlot(old);
        var slot = new ReplicaSlot(this, old.Partition, old.Topic) { View = old.View };
        _slots[old.Partition] = slot;
        _faults.Replaced(old.Partition);
        var mayHaveLostData = _disk.MayHaveLostData(old.Partition);
        OpenLog(slot, update.Settings, reopen: true);
        if (slot.Machine is not null)
            _cluster.Checks.OnReopened(this, slot, update.Registration.LeaderEpoch, mayHaveLostData);
        ReportReplicas();
        if (slot.Machine is not null)
            TellUpdate(slot, update, Image.BrokersView);
    }

    private void Remove(TopicIdPartition partition, bool deleted)
    {
        _hosted.Remove(partition);
        _faults.Forget(partition);
        if (!_slots.Remove(partition, out var slot))
            return;
        StopSlot(slot);
        OnDisk(() =>
        {
            if (deleted)
                _disk.DeleteLog(partition);
            else
                _disk.MarkStray(partition);
        });
    }

    private void StopSlot(ReplicaSlot slot)
    {
        if (slot.Machine is { } machine)
        {
            machine.OnStop(NowMs, slot.Effects);
            PerformAll(slot);
        }

        slot.IsStopped = true;
        slot.StopTimers();
        foreach (var link in _links.Values)
            ToFollower(link.Peer, (l, fx) => l.OnStop(NowMs, slot.Partition, fx));
    }

    /// <summary>In a turn of its own, a little later.</summary>
    private void ToReplica(TopicIdPartition partition, Action<ReplicaSlot, EffectList> turn)
    {
        if (_slots.TryGetValue(partition, out var slot))
            slot.Mailbox.Tell(() => ReplicaTurn(slot, turn));
    }

    private void ReplicaTurn(ReplicaSlot slot, Action<ReplicaSlot, EffectList> turn)
    {
        if (slot.IsStopped || slot.Machine is not { } machine || _isClosing)
            return;

        try
        {
            if (slot.LeaseEndMs != LeaseEndMs)
            {
                slot.LeaseEndMs = LeaseEndMs;
                machine.OnLease(NowMs, LeaseEndMs, slot.Effects);
                _cluster.Checks.AfterTurn(this, slot);
            }

            turn(slot, slot.Effects);
            _cluster.Checks.AfterTurn(this, slot);
            PerformAll(slot);
            _cluster.Checks.AfterEffects(this, slot);
        }
        catch (StorageException e)
        {
            Fail(slot, e.Message);
        }
    }

    /// <summary>F1: an exception takes this replica offline, as a storage error does.</summary>
    public void Fail(ReplicaSlot slot, string reason)
    {
        if (slot.Machine is not { } machine || slot.IsStopped)
            return;
        slot.Effects.Clear();
        var first = !slot.HasFailed;
        var epoch = machine.View.LeaderEpoch;
        machine.OnStorageFailed(NowMs, reason, slot.Effects);
        PerformAll(slot);
        if (first)
            OnReplicaFailed(slot.Partition, epoch, reason);
    }

    /// <summary>The operating system writes to the disk what a log has written to its files. Nobody has asked for it.</summary>
    public void WriteBack(TopicIdPartition partition) => ToReplica(partition, (slot, _) => _disk.Flush(partition, (_, error) =>
    {
        if (error is not null)
            ReplicaTurn(slot, (s, fx) => s.Machine!.OnFlushFailed(NowMs, error, fx));
    }));

    private void OnReplicaFailed(TopicIdPartition partition, LeaderEpoch epoch, string reason)
    {
        World.Trace.Line($"broker {Id} {_cluster.NameOf(partition)} is offline since epoch {epoch}: {reason}");
        World.Tally.Seen(Sometimes.ReplicaOffline);
        _cluster.Checks.OnReplicaFailed(this, partition, epoch);
        _mailbox.Tell(() => Turn(_ =>
        {
            _faults.Record(partition, epoch, NowMs);
            ReportReplicas();
        }));
    }

    private void ReportReplicas() => _lifecycle.OnReplicas(NowMs, _faults.Offline, LogEnds(), _effects);

    private ImmutableArray<ReplicaLogEnd> LogEnds()
    {
        var ends = ImmutableArray.CreateBuilder<ReplicaLogEnd>();
        foreach (var partition in _wantedLogEnds)
        {
            if (_hosted.TryGetValue(partition, out var update)
                && _slots.TryGetValue(partition, out var slot)
                && slot.View is { Role: ReplicaRole.Idle } view
                && view.LeaderEpoch >= update.Registration.LeaderEpoch)
            {
                ends.Add(new ReplicaLogEnd(partition, view.LastEpoch, view.LogEndOffset));
            }
        }

        return ends.ToImmutable();
    }

    private void PerformAll(ReplicaSlot slot)
    {
        var effects = slot.Effects;
        for (var i = 0; i < effects.Count; i++)
            Perform(slot, effects[i]);
        effects.Clear();
    }

    private void Perform(ReplicaSlot slot, Effect effect)
    {
        switch (effect)
        {
            case ProduceCompleted completed:
                _cluster.Checks.OnProduced(this, slot, completed);
                if (slot.Produces.Remove(completed.Token, out var producer))
                    producer(completed);
                break;
            case DeleteRecordsCompleted completed:
                if (slot.Deletes.Remove(completed.Token, out var deleter))
                    deleter(completed);
                break;
            case ProduceDropped:
                slot.Unanswered?.Invoke();
                break;
            case FollowerFetchAnswered answered:
                if (answered.Error == ErrorCode.OffsetOutOfRange)
                    World.Tally.Seen(Sometimes.FollowerOutOfRange);
                if (answered.Diverging is not null)
                    World.Tally.Seen(Sometimes.FollowerDiverged);
                ToLeader(answered.Request.Follower, (link, fx) => link.OnFetchAnswered(NowMs, answered, fx));
                break;
            case FollowerDataAvailable available:
                ToLeader(available.Follower, (link, fx) => link.OnDataAvailable(NowMs, available.View, fx));
                break;
            case PublishView publish:
                Publish(slot, publish.View);
                break;
            case FetchFrom position:
                ToFollower(position.Leader, (link, fx) => link.OnPosition(NowMs, slot.Partition, position, fx));
                break;
            case FetchFromAfter delayed:
                ToFollower(
                    delayed.Position.Leader, (link, fx) => link.OnPositionAfter(NowMs, slot.Partition, delayed, fx));
                break;
            case StopFetching stop:
                ToFollower(stop.Leader, (link, fx) => link.OnStop(NowMs, slot.Partition, fx));
                break;
            case ProposeIsr propose:
                _mailbox.Tell(() => Turn(fx => _proposals.OnProposal(NowMs, propose.Proposal, fx)));
                break;
            case WithdrawIsrProposal withdraw:
                _mailbox.Tell(() => Turn(_ => _proposals.OnWithdraw(withdraw.Partition)));
                break;
            case FlushLog:
                slot.FlushesUnderWay++;
                _disk.Flush(slot.Partition, (upTo, error) => ReplicaTurn(slot, (s, fx) =>
                {
                    s.FlushesUnderWay--;
                    s.ToldFlushedEndOffset = s.Log!.FlushedEndOffset;
                    if (error is null)
                        s.Machine!.OnFlushed(NowMs, upTo, fx);
                    else
                        s.Machine!.OnFlushFailed(NowMs, error, fx);
                }));
                break;
            case StartReplicaTimer timer:
                slot.Timer(timer.Timer).Start(timer.DelayMs, () => ReplicaTurn(
                    slot, (s, fx) => s.Machine!.OnTimer(NowMs, timer.Timer, fx)));
                break;
            case ReplicaFailed failed:
                OnReplicaFailed(slot.Partition, failed.LeaderEpoch, failed.Reason);
                break;
            case Observe observe:
                _cluster.Checks.OnObserved(this, slot, observe.Observation);
                break;
            default:
                throw new InvalidOperationException($"A replica does not know the effect {effect}.");
        }
    }

    private void Publish(ReplicaSlot slot, ReadView view)
    {
        slot.View = view;
        for (var i = slot.Waiters.Count - 1; i >= 0; i--)
        {
            var waiter = slot.Waiters[i];
            if (!waiter.IsReady(view))
                continue;
            slot.Waiters.RemoveAt(i);
            AfterUs(World.Scheduling.Next(100), waiter.Wake);
        }
    }
}
