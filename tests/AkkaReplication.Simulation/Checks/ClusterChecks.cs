using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Replicas;
using AkkaReplication.Simulation.Processes;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Checks;

/// <summary>
/// The safety rules, looked at after every turn that could break them. Knows what no process knows: what was ever committed,
/// and everybody's logs. Rules are named as in the replication rules: I1 to I42.
/// </summary>
internal sealed partial class ClusterChecks(Cluster cluster)
{
    private readonly Dictionary<TopicIdPartition, CommittedLog> _committed = [];
    private readonly Dictionary<(TopicIdPartition, LeaderEpoch), (BrokerId, int Life)> _leaders = [];
    private readonly Dictionary<(BrokerId, TopicIdPartition, LeaderEpoch), long> _most = [];

    private World World => cluster.World;

    /// <summary>
    /// Whether a partition has anything that could be lost. One that was created while all its replicas but a dead one were
    /// fenced has that one in its ISR alone, whatever its disk has come to.
    /// </summary>
    public bool HasCommitted(TopicIdPartition partition) => CommittedOf(partition).End > 0;

    public CommittedLog CommittedOf(TopicIdPartition partition)
    {
        if (!_committed.TryGetValue(partition, out var committed))
            _committed.Add(partition, committed = new CommittedLog());
        return committed;
    }

    public void OnReplicaOpened(BrokerProcess broker, ReplicaSlot slot)
    {
        var watermark = slot.Machine!.HighWatermark;
        (slot.History.ComparedTo, slot.History.HighWatermark, slot.History.LogStart) = (watermark, watermark, slot.Log!.LogStartOffset);
        CheckNothingIsMissing(broker, slot);
        cluster.OnRecovered(broker.Id, slot.Partition, slot.Log!.LogEndOffset);
        CheckEpochCache(broker, slot);
    }

    /// <summary>One turn of one replica is over, its effects are not carried out yet.</summary>
    public void AfterTurn(BrokerProcess broker, ReplicaSlot slot)
    {
        var (machine, log, history) = (slot.Machine!, slot.Log!, slot.History);
        if (history.Role == ReplicaRole.Follower && (machine.Role != ReplicaRole.Follower || machine.LeaderEpoch != history.Epoch))
            OnFollowsNoMore(broker.Id, slot);
        if (machine.Role == ReplicaRole.Follower)
            _followedUntilUs.Remove((broker.Id, slot.Partition, machine.LeaderEpoch));
        if (machine.Role == ReplicaRole.Offline || slot.HasFailed)
        {
            // What it committed in the very turn in which its disk failed is committed, and may have been acknowledged.
            if (history.Role == ReplicaRole.Leader && history.Epoch == machine.LeaderEpoch)
                Commit(broker, slot, isNew: false);
            history.Role = ReplicaRole.Offline;
            return;
        }

        var (start, watermark, end) = (log.LogStartOffset, machine.HighWatermark, log.LogEndOffset);
        if (!(start <= watermark && watermark <= end && log.FlushedEndOffset <= end))
            throw Broken("I21", broker, slot, $"{start} <= {watermark} <= {end}, flushed {log.FlushedEndOffset}");

        history.HighWatermarkBefore = history.HighWatermark;
        CheckEpochs(broker, slot);
        var isSame = history.Role == machine.Role && history.Epoch == machine.LeaderEpoch;
        if (!isSame)
        {
            OnRole(broker, slot);
            history.HighWatermark = watermark;
        }

        if (end > history.MostInEpoch)
        {
            history.MostInEpoch = end;
            var key = (broker.Id, slot.Partition, machine.LeaderEpoch);
            _most[key] = Math.Max(end, _most.GetValueOrDefault(key));
        }

        if (machine.Role == ReplicaRole.Leader)
        {
            if (watermark < history.HighWatermark)
                throw Broken("I20", broker, slot, $"high watermark {history.HighWatermark} -> {watermark}");
            if (isSame && watermark > history.HighWatermark && machine.CommittedIsr.Length < machine.Registration!.MinIsr
                && start <= history.HighWatermark)
            {
                throw Broken("I22", broker, slot, $"high watermark {history.HighWatermark} -> {watermark} below the minimum ISR");
            }

            Commit(broker, slot, isNew: !isSame);
            if (isSame && start > history.LogStart && start > history.HighWatermark)
                throw Broken("I34", broker, slot, $"the log starts at {start} now, the high watermark was {history.HighWatermark}");
            CheckDuties(broker, slot);
            CheckProposal(broker, slot);
            CheckLease(broker, slot.Partition, machine.View);
            if (++history.Turns % 4 == 0 || watermark > history.HighWatermark)
                CheckFollowers(broker, slot);
            if (World.Profile.Fsync && log.FlushedEndOffset < watermark && IsCurrent(slot) && !WasUnclean(slot.Partition))
                throw Broken("I38", broker, slot, $"the leader has flushed {log.FlushedEndOffset}, the high watermark is {watermark}");
            if (machine.View.LeaseEndMs < broker.NowMs)
                World.Tally.Seen(Sometimes.LeaseLapsedOnLeader);
        }
        else
        {
            Compare(broker, slot);
        }

        (history.HighWatermark, history.LogStart) = (watermark, start);
        if ((history.Turns & 63) == 63)
            CheckEpochCache(broker, slot);
    }

    /// <summary>I15, I16, I38: whoever may be elected has everything committed.</summary>
    public void CheckCandidates(TopicIdPartition partition)
    {
        // Until the uncleanly elected leader has shown what it has, nobody knows what is committed.
        if (Truth.TryGetPartition(partition) is not { } registration || _excusePending.Contains(partition))
            return;

        var committed = CommittedOf(partition);
        foreach (var candidate in registration.Isr.Concat(registration.Elr))
        {
            var broker = cluster.BrokerOf(candidate);
            if (!broker.IsAlive || broker.SlotOf(partition) is not { Log: { } log, HasFailed: false, IsStopped: false } slot
                || slot.Machine!.Role == ReplicaRole.Offline
                || broker.Epoch != Truth.TryGetBroker(candidate)?.Epoch)
            {
                continue;
            }

            var isInIsr = registration.Isr.Contains(candidate);
            if (log.LogEndOffset < committed.End)
            {
                throw Broken(
                    isInIsr ? "I15" : "I16", broker, slot,
                    $"may be elected, ends at {log.LogEndOffset}, committed is {committed.End} (isr [{string.Join(", ", registration.Isr)}])");
            }

            if (isInIsr && World.Profile.Fsync && !WasUnclean(partition) && log.FlushedEndOffset < committed.End)
                throw Broken("I38", broker, slot, $"has flushed {log.FlushedEndOffset}, committed is {committed.End}");
        }

        if (registration.Leader.Exists
            && cluster.BrokerOf(registration.Leader).SlotOf(partition) is { Machine: { Role: ReplicaRole.Leader } leader } led
            && leader.LeaderEpoch == registration.LeaderEpoch)
        {
            foreach (var member in registration.Isr)
            {
                if (!leader.MaximalIsr.Contains(member))
                    throw Broken("I14", cluster.BrokerOf(registration.Leader), led, $"{member} is missing in [{string.Join(", ", leader.MaximalIsr)}]");
            }
        }
    }

    public void OnProduce(BrokerProcess broker, ReplicaSlot slot, RequestToken token, short acks, ReadOnlyMemory<byte> batch)
    {
        if (BatchHeader.TryRead(batch.Span, out var header))
        {
            slot.History.Produces[token] = new ReceivedProduce(
                acks, header.Crc, header.RecordCount, slot.Log!.LogEndOffset, (header.ProducerId, header.ProducerEpoch, header.BaseSequence));
        }
    }

    /// <summary>I19, I30, I40.</summary>
    public void OnProduced(BrokerProcess broker, ReplicaSlot slot, ProduceCompleted completed)
    {
        if (!slot.History.Produces.Remove(completed.Token, out var produce))
            throw Broken("I30", broker, slot, $"produce {completed.Token} is answered twice: {completed.Error}");
        if (produce.Acks == 0)
            throw Broken("I30", broker, slot, "a produce with acks 0 is answered");
        if (World.Trace.IsOn)
            World.Trace.Line($"broker {broker.Id} {cluster.NameOf(slot.Partition)} answers a produce of {produce.Identity} that came at {produce.EndBefore}: {completed.Error} at {completed.BaseOffset} {completed.Message}");
        if (completed.Error == ErrorCode.RequestTimedOut)
            World.Tally.Seen(Sometimes.ProduceTimedOut);
        if (completed.Error == ErrorCode.NotEnoughReplicas)
            World.Tally.Seen(Sometimes.BelowMinIsr);
        if (completed.Error is ErrorCode.NotEnoughReplicas or ErrorCode.OutOfOrderSequenceNumber or ErrorCode.InvalidProducerEpoch
            && slot.Log!.LogEndOffset != produce.EndBefore)
        {
            throw Broken("I31", broker, slot, $"{completed.Error}, but the log went from {produce.EndBefore} to {slot.Log.LogEndOffset}");
        }

        if (completed.Error == ErrorCode.None && completed.BaseOffset >= 0 && completed.BaseOffset < produce.EndBefore)
            World.Tally.Seen(Sometimes.DuplicateBatchAnswered);
        if (completed.Error != ErrorCode.None || produce.Acks != -1 || completed.BaseOffset < 0)
            return;

        var machine = slot.Machine!;
        var last = completed.BaseOffset + produce.Count - 1;
        if (last >= machine.HighWatermark)
            throw Broken("I19", broker, slot, $"{last} is acknowledged, the high watermark is {machine.HighWatermark}");

        // In the same turn, after this answer, its disk may have failed.
        if (machine.Role == ReplicaRole.Leader && broker.NowMs > machine.View.LeaseEndMs && !IsFollowedByAll(broker, slot))
            throw Broken("I40", broker, slot, $"{last} is acknowledged {broker.NowMs - machine.View.LeaseEndMs} ms after the lease");
        if (completed.BaseOffset < slot.Log!.LogStartOffset || IsExcused(slot.Partition, machine.LeaderEpoch))
            return;

        if (CommittedOf(slot.Partition).At(completed.BaseOffset) is not { } committed || committed.Crc != produce.Crc)
            throw Broken("I19", broker, slot, $"{completed.BaseOffset} is acknowledged and is not what was committed there");
    }

    public void OnRecordsDeleted(BrokerProcess broker, ReplicaSlot slot, long offset, DeleteRecordsCompleted completed)
    {
        if (completed.Error != ErrorCode.None)
            return;
        if (offset >= 0 && completed.LowWatermark < offset)
            throw Broken("I41", broker, slot, $"was to be deleted below {offset}, but starts at {completed.LowWatermark}");
        CheckDeletionIsFollowed(broker, slot, completed.LowWatermark);
    }

    /// <summary>I33: what a consumer gets is committed, and the same for ever.</summary>
    public void OnServed(BrokerProcess broker, TopicIdPartition partition, ReadView view, ReadOnlyMemory<byte> records)
    {
        var leaseEndMs = Math.Max(view.LeaseEndMs, broker.LeaseEndMs);
        if (broker.NowMs > leaseEndMs)
            throw new Violation("I40", $"broker {broker.Id} serves {cluster.NameOf(partition)} {broker.NowMs - leaseEndMs} ms after the lease");
        if (WasUnclean(partition))
            NotePredecessor(partition, view, records);
        if (IsExcused(partition, view.LeaderEpoch))
            return;

        var committed = CommittedOf(partition);
        var batches = new BatchSequence(records);
        while (batches.MoveNext())
        {
            var header = batches.Header;
            if (header.NextOffset > view.HighWatermark)
                throw new Violation("I33", $"broker {broker.Id} serves {cluster.NameOf(partition)} up to {header.NextOffset}, the high watermark is {view.HighWatermark}");
            if (committed.At(header.BaseOffset) is { } batch ? !IsSame(batch, header) : header.BaseOffset < committed.End)
                throw new Violation("I33", $"broker {broker.Id} serves {cluster.NameOf(partition)} {header.BaseOffset}, which is not what was committed");
        }
    }

    /// <summary>What a follower is about to be told: I27, only the leader of its epoch speaks to it.</summary>
    public void BeforeFetched(BrokerProcess broker, ReplicaSlot slot, FetchedPartition fetched)
    {
        if (fetched.Records.IsEmpty || slot.Machine!.Role != ReplicaRole.Follower || fetched.CurrentLeaderEpoch != slot.Machine.LeaderEpoch)
            return;
        if (!_leaders.ContainsKey((slot.Partition, fetched.CurrentLeaderEpoch)))
            throw Broken("I27", broker, slot, $"is given records in epoch {fetched.CurrentLeaderEpoch}, which nobody has led");
    }

    public void OnObserved(BrokerProcess broker, ReplicaSlot slot, ReplicaObservation observation)
    {
        switch (observation)
        {
            case LogTruncated cut:
                OnTruncated(broker, slot, cut);
                break;
            case LogStartMoved moved:
                World.Tally.Seen(Sometimes.RetentionMovedStart);
                if (moved.ToOffset > slot.History.HighWatermarkBefore)
                    throw Broken("I34", broker, slot, $"retention moves the log start to {moved.ToOffset}, the high watermark was {slot.History.HighWatermarkBefore}");
                cluster.ExcuseBelow(slot.Partition, moved.ToOffset);
                break;
        }
    }

    private void OnTruncated(BrokerProcess broker, ReplicaSlot slot, LogTruncated cut)
    {
        if (cut.ToOffset < cut.FromOffset)
        {
            World.Tally.Truncations++;
            World.Tally.Seen(Sometimes.FollowerTruncated);
            World.Trace.Line($"broker {broker.Id} {cluster.NameOf(slot.Partition)} is cut from {cut.FromOffset} to {cut.ToOffset} in epoch {cut.LeaderEpoch}");
        }

        if (cut.ToOffset >= cut.HighWatermarkBefore)
            return;

        World.Tally.Seen(Sometimes.FollowerTruncatedBelowItsHighWatermark);
        var history = slot.History;
        var committed = CommittedOf(slot.Partition);
        var wasCommitted = Math.Min(history.ComparedTo, committed.End);
        history.ComparedTo = Math.Min(history.ComparedTo, cut.ToOffset);

        // What retention took at the leader may go here, too.
        if (cut.ToOffset < wasCommitted && !_excused.ContainsKey(slot.Partition) && slot.Log!.LogStartOffset < wasCommitted
            && slot.Log.LogStartOffset <= cut.ToOffset && cut.ToOffset > cluster.DeletedBelow(slot.Partition))
        {
            throw Broken("I26", broker, slot, $"cuts itself to {cut.ToOffset}, but had what was committed up to {wasCommitted}");
        }
    }

    private void OnRole(BrokerProcess broker, ReplicaSlot slot)
    {
        var (machine, history) = (slot.Machine!, slot.History);
        (history.Role, history.Epoch, history.MostInEpoch) = (machine.Role, machine.LeaderEpoch, 0);
        World.Trace.Line($"broker {broker.Id} {cluster.NameOf(slot.Partition)} is {machine.Role} in epoch {machine.LeaderEpoch}, {slot.Log!.LogStartOffset} to {slot.Log.LogEndOffset}, high watermark {machine.HighWatermark}");
        if (machine.Role != ReplicaRole.Leader)
            return;

        var key = (slot.Partition, machine.LeaderEpoch);
        if (_leaders.TryGetValue(key, out var other) && other != (broker.Id, broker.Life))
            throw Broken("I1", broker, slot, $"leads epoch {machine.LeaderEpoch}, which broker {other.Item1} has led");
        _leaders[key] = (broker.Id, broker.Life);
        _epochStarts[key] = slot.Log!.LogEndOffset;
        if (slot.Log.Epochs.Latest != machine.LeaderEpoch)
            throw Broken("I24", broker, slot, $"leads epoch {machine.LeaderEpoch}, the epochs are {slot.Log.Epochs}");
        CheckNewLeader(broker, slot);
        ComparedToCommitted(slot);
    }

    /// <summary>
    /// What it has and nobody had committed, or not since an unclean election cost it, becomes so as soon as its high watermark
    /// passes it: a checkpointed one may have passed it before.
    /// </summary>
    private void ComparedToCommitted(ReplicaSlot slot) =>
        slot.History.ComparedTo = Math.Min(slot.History.ComparedTo, CommittedOf(slot.Partition).End);

    /// <summary>I17: it has everything committed, unless the loss was allowed.</summary>
    private void CheckNewLeader(BrokerProcess broker, ReplicaSlot slot)
    {
        // A leader that metadata has replaced meanwhile may lack what was committed since.
        var machine = slot.Machine!;
        if (Truth.TryGetPartition(slot.Partition)?.LeaderEpoch != machine.LeaderEpoch)
            return;

        var log = slot.Log!;
        var committed = CommittedOf(slot.Partition);
        var start = Math.Max(log.LogStartOffset, 0);
        var differsAt = FirstDifference(log, committed, start);
        if (_excusePending.Remove(slot.Partition))
        {
            var from = Math.Min(differsAt ?? log.LogEndOffset, Math.Max(log.LogEndOffset, start));

            // Of a batch that its log starts in, the part below may be another one's.
            if (LogReading.Headers(log, start, log.LogEndOffset) is [var first, ..] && first.BaseOffset < start
                && committed.At(first.BaseOffset) is { } known && !IsSame(known, first))
            {
                from = Math.Min(from, first.BaseOffset);
            }

            if (from < committed.End)
                committed.CutTo(from);

            ComparedToCommitted(slot);
            cluster.ExcuseFrom(slot.Partition, from);
            World.Trace.Line($"{cluster.NameOf(slot.Partition)} may have lost what was at {from} and above");
            return;
        }

        if (differsAt is { } at)
            throw Broken("I17", broker, slot, $"leads epoch {machine.LeaderEpoch} and lacks what was committed at {at} of {committed.End}");
        if (log.LogEndOffset < committed.End)
            throw Broken("I17", broker, slot, $"leads epoch {machine.LeaderEpoch}, ends at {log.LogEndOffset}, committed is {committed.End}");
    }

    private static long? FirstDifference(IReplicaLog log, CommittedLog committed, long from)
    {
        var index = committed.IndexAt(from);
        var end = Math.Min(log.LogEndOffset, committed.End);
        if (from >= end)
            return null;

        foreach (var header in LogReading.Headers(log, from, end))
        {
            if (index == committed.Batches.Count)
                break;
            var batch = committed.Batches[index];
            if (header.BaseOffset < batch.BaseOffset)
                continue;
            if (!IsSame(batch, header))
                return batch.BaseOffset;
            index++;
        }

        return index < committed.Batches.Count && committed.Batches[index].NextOffset <= log.LogEndOffset
            ? committed.Batches[index].BaseOffset
            : null;
    }

    /// <summary>The leader's high watermark passed these records: they are, and stay, what they are here (I17).</summary>
    private void Commit(BrokerProcess broker, ReplicaSlot slot, bool isNew)
    {
        var (machine, log, history) = (slot.Machine!, slot.Log!, slot.History);
        var from = Math.Max(history.ComparedTo, log.LogStartOffset);
        if (machine.HighWatermark <= from)
            return;

        history.ComparedTo = machine.HighWatermark;
        if (IsExcused(slot.Partition, machine.LeaderEpoch))
            return;

        var committed = CommittedOf(slot.Partition);
        var grew = false;
        foreach (var header in LogReading.Headers(log, from, machine.HighWatermark))
        {
            if (header.NextOffset <= committed.End)
            {
                RequireSame(broker, slot, committed, header);
            }
            else if (header.BaseOffset >= committed.End)
            {
                // What it begins with it has learned from others, even if an unclean election had cut it in between.
                if (!isNew)
                    CheckHolders(broker, slot, header);
                committed.Add(new CommittedBatch(
                    header.BaseOffset, header.NextOffset, header.PartitionLeaderEpoch.Value, header.Crc, header.RecordCount));
                grew = true;
            }
            else
            {
                throw Broken("I17", broker, slot, $"has a batch from {header.BaseOffset} to {header.LastOffset} across what was committed up to {committed.End}");
            }
        }

        if (grew)
            CheckCandidates(slot.Partition);
    }

    /// <summary>
    /// I19: enough replicas have had it under this leadership. One may have lost it since, with its disk: whoever is answered
    /// later, for a retry, is answered rightly.
    /// </summary>
    private void CheckHolders(BrokerProcess broker, ReplicaSlot slot, in BatchHeader header)
    {
        var holders = 0;
        foreach (var id in cluster.BrokerIds)
        {
            if (_most.GetValueOrDefault((id, slot.Partition, slot.Machine!.LeaderEpoch)) >= header.NextOffset)
                holders++;
        }

        if (holders < slot.Machine!.Registration!.MinIsr)
            throw Broken("I19", broker, slot, $"{header.LastOffset} is committed, but only {holders} replicas have had it");
    }

    /// <summary>I18: below its high watermark a follower has what is committed.</summary>
    private void Compare(BrokerProcess broker, ReplicaSlot slot)
    {
        var (machine, log, history) = (slot.Machine!, slot.Log!, slot.History);
        var from = Math.Max(history.ComparedTo, log.LogStartOffset);
        if (machine.HighWatermark <= from || machine.Role != ReplicaRole.Follower)
            return;

        history.ComparedTo = machine.HighWatermark;
        if (IsExcused(slot.Partition, machine.LeaderEpoch))
            return;

        var committed = CommittedOf(slot.Partition);
        foreach (var header in LogReading.Headers(log, from, machine.HighWatermark))
        {
            if (header.NextOffset <= committed.End)
                RequireSame(broker, slot, committed, header);
        }
    }

    private void RequireSame(BrokerProcess broker, ReplicaSlot slot, CommittedLog committed, in BatchHeader header)
    {
        // What lies below everything committed that is still known was deleted before this run looked.
        if (committed.At(header.BaseOffset) is not { } batch)
            return;
        if (!IsSame(batch, header))
        {
            throw Broken(
                slot.Machine!.Role == ReplicaRole.Leader ? "I17" : "I18", broker, slot,
                $"{header.BaseOffset} to {header.LastOffset} of epoch {header.PartitionLeaderEpoch} was committed as {batch}");
        }
    }

    private static bool IsSame(in CommittedBatch batch, in BatchHeader header) =>
        batch.BaseOffset == header.BaseOffset
        && batch.NextOffset == header.NextOffset
        && batch.Epoch == header.PartitionLeaderEpoch.Value
        && batch.Crc == header.Crc;

    /// <summary>I28: a leader never credits a follower with what it has not had under this epoch.</summary>
    private void CheckFollowers(BrokerProcess broker, ReplicaSlot slot)
    {
        foreach (var follower in slot.Machine!.Followers)
        {
            var other = cluster.BrokerOf(follower.Broker);
            if (follower.LogEndOffset < 0 || other.Epoch != follower.BrokerEpoch
                || other.SlotOf(slot.Partition) is not { Machine.Role: ReplicaRole.Follower } followed
                || followed.History.Epoch != slot.Machine.LeaderEpoch)
            {
                continue;
            }

            if (follower.LogEndOffset > followed.History.MostInEpoch)
                throw Broken("I28", broker, slot, $"credits {follower.Broker} with {follower.LogEndOffset}, which never had more than {followed.History.MostInEpoch}");
        }
    }

    /// <summary>I4: epochs never fall, and nobody knows of more than the controller has decided.</summary>
    private void CheckEpochs(BrokerProcess broker, ReplicaSlot slot)
    {
        var (machine, history) = (slot.Machine!, slot.History);
        if (machine.LeaderEpoch < history.Epoch || machine.PartitionEpoch < history.PartitionEpoch)
            throw Broken("I4", broker, slot, $"epochs fell from {history.Epoch}/{history.PartitionEpoch} to {machine.LeaderEpoch}/{machine.PartitionEpoch}");
        history.PartitionEpoch = machine.PartitionEpoch;
        if (Truth.TryGetPartition(slot.Partition) is { } truth
            && (machine.LeaderEpoch > truth.LeaderEpoch || machine.PartitionEpoch > truth.PartitionEpoch))
        {
            throw Broken("I4", broker, slot, $"epochs {machine.LeaderEpoch}/{machine.PartitionEpoch}, the controller is at {truth.LeaderEpoch}/{truth.PartitionEpoch}");
        }
    }

    /// <summary>I23, I24.</summary>
    private void CheckEpochCache(BrokerProcess broker, ReplicaSlot slot)
    {
        var log = slot.Log!;
        var last = new EpochStart(LeaderEpoch.None, -1);
        foreach (var entry in log.Epochs.Entries)
        {
            if (entry.Epoch <= last.Epoch || entry.StartOffset < last.StartOffset || entry.StartOffset > log.LogEndOffset)
                throw Broken("I24", broker, slot, $"epochs {log.Epochs}, the log ends at {log.LogEndOffset}");
            last = entry;
        }

        var from = Math.Max(log.LogStartOffset, log.LogEndOffset - 50);
        if (from >= log.LogEndOffset)
            return;
        foreach (var header in LogReading.Headers(log, from, log.LogEndOffset))
        {
            if (header.BaseOffset >= log.LogStartOffset
                && log.Epochs.EpochAt(header.BaseOffset) != header.PartitionLeaderEpoch)
            {
                throw Broken("I24", broker, slot, $"the batch at {header.BaseOffset} is of epoch {header.PartitionLeaderEpoch}, the epochs are {log.Epochs}");
            }
        }
    }

    private bool IsCurrent(ReplicaSlot slot) =>
        Truth.TryGetPartition(slot.Partition)?.LeaderEpoch == slot.Machine!.LeaderEpoch;

    private Violation Broken(string rule, BrokerProcess broker, ReplicaSlot slot, string text) =>
        new(rule, $"broker {broker.Id} {cluster.NameOf(slot.Partition)}: {text}");
}
