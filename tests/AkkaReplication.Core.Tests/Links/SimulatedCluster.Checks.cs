using System.Text;
using AkkaReplication.Clients;
using AkkaReplication.Core.Tests.Replicas;
using AkkaReplication.Records;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Links;

internal sealed partial class SimulatedCluster
{
    private readonly Dictionary<TopicIdPartition, SortedDictionary<long, (int Epoch, string Value)>> _ever = [];
    private readonly Dictionary<(BrokerId, TopicIdPartition), Leadership> _leaders = [];

    /// <summary>Checks what one turn of one replica could break: I17, I20, I21, I22, I33.</summary>
    public void AfterTurn(SimulatedBroker broker, Replica replica)
    {
        var log = broker.Logs[replica.Partition];
        Require(
            log.LogStartOffset <= replica.HighWatermark && replica.HighWatermark <= log.LogEndOffset,
            $"I21: {log.LogStartOffset} <= {replica.HighWatermark} <= {log.LogEndOffset} on {broker.Id}");
        if (replica.Role != ReplicaRole.Leader)
            return;

        var key = (broker.Id, replica.Partition);
        var isSame = _leaders.TryGetValue(key, out var last)
            && ReferenceEquals(last!.Replica, replica)
            && last.Epoch == replica.LeaderEpoch;
        if (!isSame)
        {
            CheckNewLeader(broker, replica, log);
            last = new Leadership(replica, replica.LeaderEpoch, 0);
        }

        Require(
            replica.HighWatermark >= last!.HighWatermark,
            $"I20: {last.HighWatermark} -> {replica.HighWatermark} on {broker.Id}");
        if (replica.HighWatermark > last.HighWatermark)
            Commit(broker, replica, log, last.HighWatermark);
        _leaders[key] = last with { HighWatermark = replica.HighWatermark };
    }

    private void OnAcknowledged(SimulatedBroker broker, TopicIdPartition partition, long offset, string value)
    {
        var replica = broker.Replicas[partition];
        Require(
            offset < replica.HighWatermark,
            $"I19: {partition} {offset} was acknowledged above {replica.HighWatermark}");
        Require(
            EverOf(partition).TryGetValue(offset, out var ever) && ever.Value == value,
            $"I19: {partition} {offset} was acknowledged as {value}, but committed as {ever.Value}");
        Require(World.NowMs <= replica.View.LeaseEndMs, $"I40: {partition} {offset} was acknowledged after the lease");
    }

    /// <summary>A deletion was answered: nobody who could be elected from the ISR begins before it.</summary>
    private void OnFollowed(SimulatedBroker broker, TopicIdPartition partition, long offset, long lowWatermark)
    {
        Require(lowWatermark >= offset, $"{partition} was to be deleted before {offset}, but starts at {lowWatermark}");
        var leader = broker.Replicas[partition];
        Require(World.NowMs <= leader.View.LeaseEndMs, $"I40: {partition} was deleted before {offset} after the lease");
        foreach (var follower in leader.Followers.Where(follower => follower.InMaximalIsr))
        {
            var status = Controller.Latest.Brokers.Brokers[follower.Broker];
            var start = Brokers[follower.Broker].Logs[partition].LogStartOffset;
            Require(
                status.Epoch != follower.BrokerEpoch || start >= lowWatermark,
                $"{partition} was deleted before {lowWatermark}, but starts at {start} on {follower.Broker}");
        }
    }

    /// <summary>Somebody's high watermark passed these offsets: they are, and stay, what they are here.</summary>
    private void Commit(SimulatedBroker broker, Replica replica, MemoryLog log, long from)
    {
        var ever = EverOf(replica.Partition);
        foreach (var batch in BatchesIn(log, Math.Max(from, log.LogStartOffset), replica.HighWatermark))
        {
            var entry = (batch.Header.PartitionLeaderEpoch.Value, ValueOf(batch));
            var offset = batch.Header.BaseOffset;
            Require(
                ever.TryAdd(offset, entry) || ever[offset] == entry,
                $"I17: {replica.Partition} {offset} was {ever[offset]}, is {entry} on {broker.Id}");
        }
    }

    private void CheckNewLeader(SimulatedBroker broker, Replica replica, MemoryLog log)
    {
        // A leader that metadata has replaced meanwhile may lack what was committed since.
        if (Controller.Latest.Partitions[replica.Partition].LeaderEpoch != replica.LeaderEpoch)
            return;

        var ever = EverOf(replica.Partition);
        var found = 0;
        foreach (var batch in log.Batches)
        {
            if (batch.Header.BaseOffset < log.LogStartOffset)
                continue;
            if (ever.TryGetValue(batch.Header.BaseOffset, out var entry))
            {
                found++;
                Require(
                    entry == (batch.Header.PartitionLeaderEpoch.Value, ValueOf(batch)),
                    $"I17: leader {broker.Id} has another {replica.Partition} {batch.Header.BaseOffset} than {entry}");
            }
        }

        var kept = ever.Keys.Count(offset => offset >= log.LogStartOffset);
        Require(
            found >= kept,
            $"I17: leader {broker.Id} has {found} of {kept} committed batches of {replica.Partition}");
    }

    private void CheckNowAndThen(long eventCount)
    {
        CheckMaximalIsr();
        if (eventCount % 500 != 0)
            return;

        foreach (var partition in Partitions)
        {
            for (var one = 0; one < BrokerIds.Length; one++)
            {
                for (var other = 0; other < one; other++)
                    CheckLogsMatch(partition, BrokerIds[one], BrokerIds[other]);
            }

            foreach (var broker in Brokers.Values.Where(broker => broker.IsAlive))
                CheckRead(broker, partition);
        }
    }

    /// <summary>I14 and I15: while epochs agree, the leader counts with everyone the controller might elect.</summary>
    private void CheckMaximalIsr()
    {
        foreach (var partition in Partitions)
        {
            var truth = Controller.Latest.Partitions[partition];
            if (!truth.Leader.Exists
                || !Brokers[truth.Leader].Replicas.TryGetValue(partition, out var leader)
                || leader.Role != ReplicaRole.Leader
                || leader.LeaderEpoch != truth.LeaderEpoch)
            {
                continue;
            }

            foreach (var member in truth.Isr)
            {
                var (log, committed) = (Brokers[member].Logs[partition], leader.HighWatermark);
                Require(
                    leader.MaximalIsr.Contains(member),
                    $"I14: {partition} {member} is missing in [{string.Join(", ", leader.MaximalIsr)}]");
                Require(
                    log.LogEndOffset >= committed,
                    $"I15: {partition} {member} ends at {log.LogEndOffset}, the high watermark is {committed}");
                Require(
                    _flush == FlushPolicy.Replicated || log.FlushedEndOffset >= committed,
                    $"I38: {partition} {member} has flushed {log.FlushedEndOffset}, the high watermark is {committed}");
            }
        }
    }

    /// <summary>I18: where epoch and offset agree, everything before agrees.</summary>
    private void CheckLogsMatch(TopicIdPartition partition, BrokerId one, BrokerId other)
    {
        var (log, otherLog) = (Brokers[one].Logs[partition], Brokers[other].Logs[partition]);
        var start = Math.Max(log.LogStartOffset, otherLog.LogStartOffset);
        var a = log.Batches;
        var b = otherLog.Batches;
        var agreed = false;
        for (int i = a.Length - 1, j = b.Length - 1; i >= 0 && j >= 0;)
        {
            var (offset, otherOffset) = (a[i].Header.BaseOffset, b[j].Header.BaseOffset);
            if (offset != otherOffset)
            {
                _ = offset > otherOffset ? i-- : j--;
                continue;
            }

            agreed |= a[i].Header.PartitionLeaderEpoch == b[j].Header.PartitionLeaderEpoch;
            Require(
                !agreed || offset < start || a[i].Bytes.Span.SequenceEqual(b[j].Bytes.Span),
                $"I18: {partition} {offset} differs between {one} and {other}");
            (i, j) = (i - 1, j - 1);
        }
    }

    /// <summary>I33: what consumers get is committed, and the same for ever.</summary>
    private void CheckRead(SimulatedBroker broker, TopicIdPartition partition)
    {
        var view = broker.Replicas[partition].View;
        var start = view.LogStartOffset;
        var bound = ConsumerRead.Decide(
            view, LeaderEpoch.None, start, LeaderEpoch.None, IsolationLevel.ReadUncommitted, World.NowMs);
        if (bound.Error != ErrorCode.None)
            return;

        var ever = EverOf(partition);
        var from = Math.Max(start, bound.UpToOffset - 5);
        var batches = new BatchSequence(view.Log.Read(from, bound.UpToOffset, int.MaxValue, true));
        while (batches.MoveNext())
        {
            Require(
                ever.TryGetValue(batches.Header.BaseOffset, out var entry)
                && entry == (batches.Header.PartitionLeaderEpoch.Value, ValueOf(new(batches.Header, batches.Current))),
                $"I33: {broker.Id} serves {partition} {batches.Header.BaseOffset}, which is not what was committed");
        }
    }

    /// <summary>I37: left alone, everyone is in sync again, and all but what came last (a read can be slow) is everywhere.</summary>
    private void CheckAtRest()
    {
        foreach (var partition in Partitions)
        {
            var truth = Controller.Latest.Partitions[partition];
            Require(truth.Leader.Exists, $"I37: {partition} has no leader");
            Require(
                truth.Isr.Length == BrokerIds.Length,
                $"I37: {partition} has the ISR [{string.Join(", ", truth.Isr)}], led by {truth.Leader}; logs: "
                + string.Join(", ", Brokers.Values.Select(b =>
                    $"{b.Id} {b.Logs[partition].LogStartOffset} to {b.Logs[partition].LogEndOffset}"))
                + "; followers: " + string.Join(", ", Brokers[truth.Leader].Replicas[partition].Followers));
            var leader = Brokers[truth.Leader].Replicas[partition];
            Require(leader.PendingIsrProposal is null, $"I37: {partition} waits for {leader.PendingIsrProposal}");
            Require(
                leader.LogEndOffset - leader.HighWatermark < 60,
                $"I37: {partition} ends at {leader.LogEndOffset}, the high watermark is {leader.HighWatermark}");
            foreach (var broker in Brokers.Values)
            {
                var log = broker.Logs[partition];
                Require(
                    log.LogStartOffset >= Brokers[truth.Leader].Logs[partition].LogStartOffset,
                    $"I37: {partition} starts at {log.LogStartOffset} on {broker.Id}");
                var end = log.LogEndOffset;
                Require(
                    leader.LogEndOffset - end < 60,
                    $"I37: {partition} ends at {leader.LogEndOffset}, on {broker.Id} at {end}");
            }
        }
    }

    private SortedDictionary<long, (int Epoch, string Value)> EverOf(TopicIdPartition partition)
    {
        if (!_ever.TryGetValue(partition, out var ever))
            _ever.Add(partition, ever = []);
        return ever;
    }

    private static List<MemoryLog.Stored> BatchesIn(MemoryLog log, long from, long to)
    {
        var found = new List<MemoryLog.Stored>();
        var batches = log.Batches;
        for (var i = batches.Length - 1; i >= 0 && batches[i].Header.BaseOffset >= from; i--)
        {
            if (batches[i].Header.LastOffset < to)
                found.Add(batches[i]);
        }

        return found;
    }

    private static string ValueOf(in MemoryLog.Stored batch)
    {
        var reader = new RecordBatchReader(batch.Bytes);
        return reader.MoveNext() ? Encoding.UTF8.GetString(reader.Value.Span) : "";
    }

    private sealed record Leadership(Replica Replica, LeaderEpoch Epoch, long HighWatermark);

    private static void Require(bool condition, string what)
    {
        if (!condition)
            throw new InvalidOperationException(what);
    }
}
