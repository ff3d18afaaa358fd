using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Controller;

/// <summary>The invariants of replication rules 12 that the controller's records alone must keep.</summary>
internal static class ControllerInvariants
{
    /// <summary>What holds between a state and the next (I2, I3, I12).</summary>
    public static void CheckStep(MetadataImage before, MetadataBatch batch, object command)
    {
        var image = before;
        for (var i = 0; i < batch.Records.Length; i++)
        {
            var record = batch.Records[i];
            var next = image.Apply(record, batch.BaseOffset + i, batch.Epoch);
            if (record is PartitionChangeRecord change)
                CheckChange(image, next, change, command);
            if (record is RegisterBrokerRecord register)
            {
                Require(register.BrokerEpoch.Value == batch.BaseOffset + i, "I3: epoch is the record's offset", register);
                Require(
                    image.TryGetBroker(register.Broker) is not { } b || b.Epoch < register.BrokerEpoch,
                    "I3: broker epochs rise",
                    register);
            }

            image = next;
        }
    }

    /// <summary>What holds after every event (I7 to I11).</summary>
    public static void CheckState(MetadataImage image)
    {
        foreach (var p in image.Partitions)
        {
            Require(p.Isr.All(p.Replicas.Contains), "I7: isr within replicas", p);
            Require(p.Elr.All(p.Replicas.Contains), "I7: elr within replicas", p);
            Require(p.LastKnownElr.All(p.Replicas.Contains), "I7, H8: last known within replicas", p);
            Require(!p.Isr.Intersect(p.Elr).Any(), "I7: isr and elr apart", p);
            Require(!p.LastKnownElr.Intersect(p.Elr.Union(p.Isr)).Any(), "last known are neither in isr nor in elr", p);
            Require(p.Isr.Distinct().Count() == p.Isr.Length && p.Elr.Distinct().Count() == p.Elr.Length, "I7: no duplicates", p);
            Require(!p.Leader.Exists || p.Isr.Contains(p.Leader), "I8: leader in isr", p);
            foreach (var b in p.Isr)
            {
                Require(
                    image.TryGetBroker(b) is { IsActive: true } r && !r.OfflineReplicas.Contains(p.Id),
                    "I9: everybody in isr is alive",
                    p);
            }

            Require(p.Isr.IsEmpty || p.Leader.Exists, "I37: who is in sync and alive leads", p);
            Require(p.Elr.IsEmpty || p.Isr.Length < p.MinIsr, "I10: elr only below min isr", p);
            Require(p.RecoveryState == LeaderRecoveryState.Recovered || p.Isr.Length <= 1, "I11: recovering alone", p);
            Require(p.MinIsr >= 1 && p.MinIsr <= p.Replicas.Length, "L4: effective min isr", p);
            Require(!p.Isr.IsEmpty || p.Elr.Length + p.LastKnownElr.Length > 0, "F3: somebody is remembered", p);
        }
    }

    /// <summary>The image is the fold of what was written, read back from bytes, and survives a snapshot (I6).</summary>
    public static void CheckEncoding(MetadataImage before, MetadataBatch batch)
    {
        var after = before.Apply(batch);
        var decoded = MetadataRecordCodec.DecodeBatch(MetadataRecordCodec.Encode(batch));
        Assert.Equal(Bytes(after), Bytes(before.Apply(decoded)));

        var one = before;
        for (var i = 0; i < decoded.Records.Length; i++)
        {
            var record = MetadataRecordCodec.Decode(MetadataRecordCodec.Encode(decoded.Records[i]));
            one = one.Apply(record, batch.BaseOffset + i, batch.Epoch);
        }

        Assert.Equal(Bytes(after), Bytes(one));
        var restored = MetadataImage.FromSnapshot(MetadataRecordCodec.DecodeSnapshot(Bytes(after)));
        Assert.Equal(Bytes(after), Bytes(restored));
        Assert.Equal(Statuses(after), Statuses(restored));
        Assert.Equal((after.PartitionCount, after.Offset, after.Epoch), (restored.PartitionCount, restored.Offset, restored.Epoch));
    }

    private static IEnumerable<(BrokerId, BrokerStatus, string)> Statuses(MetadataImage image) =>
        image.BrokersView.Brokers.Select(broker => (
            broker.Key,
            broker.Value with { OfflineReplicas = [] },
            string.Join(", ", broker.Value.OfflineReplicas)));

    public static byte[] Bytes(MetadataImage image) => MetadataRecordCodec.Encode(image.ToSnapshot());

    private static void CheckChange(MetadataImage before, MetadataImage after, PartitionChangeRecord record, object command)
    {
        var id = new TopicIdPartition(record.TopicId, record.Partition);
        var (old, now) = (before.TryGetPartition(id)!, after.TryGetPartition(id)!);
        Require(now.PartitionEpoch == old.PartitionEpoch.Next(), "I2: partition epoch by one", now);
        Require(now.LeaderEpoch == old.LeaderEpoch || now.LeaderEpoch == old.LeaderEpoch.Next(), "I2: leader epoch by one at most", now);
        Require(now.Leader == old.Leader || now.LeaderEpoch == old.LeaderEpoch.Next(), "I2: another leader, another epoch", now);
        Require(
            command is AlterPartitions
            || record is not { Isr: null, Leader: null, Elr: null, LastKnownElr: null, RecoveryState: null, MinIsr: null },
            "KAFKA-16624: no record for nothing",
            now);

        if (now.LeaderEpoch == old.LeaderEpoch || !now.Leader.Exists)
            return;
        if (old.Isr.Contains(now.Leader) || old.Elr.Contains(now.Leader))
        {
            Require(old.Isr.Contains(now.Leader) || now.Isr.Length == 1, "6.2: from the elr alone", now);
            return;
        }

        var allowed = before.TopicsById[id.TopicId].Settings.UncleanLeaderElectionEnable
            || command is ElectLeaders { Type: ElectionType.Unclean }
            || (old.Isr.IsEmpty && old.Elr.IsEmpty && old.LastKnownElr.Contains(now.Leader)
                && (command is ElectLastKnown || old.LastKnownElr.Length == 1));
        Require(allowed, "I12: unclean only where allowed", now);
        Require(
            now is { RecoveryState: LeaderRecoveryState.Recovering, Isr.Length: 1, Elr.IsEmpty: true },
            "I12: alone and recovering",
            now);
    }

    private static void Require(bool holds, string invariant, object subject) =>
        Assert.True(holds, holds ? "" : $"{invariant}: {Show(subject)}");

    private static string Show(object subject) => subject is PartitionRegistration p
        ? $"{p.Topic}-{p.Partition} replicas [{Join(p.Replicas)}] isr [{Join(p.Isr)}] elr [{Join(p.Elr)}] " +
          $"last known [{Join(p.LastKnownElr)}] leader {p.Leader} epochs {p.LeaderEpoch}/{p.PartitionEpoch} {p.RecoveryState} min {p.MinIsr}"
        : subject.ToString()!;

    private static string Join(IEnumerable<BrokerId> brokers) => string.Join(",", brokers);
}
