using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Simulation.Processes;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Checks;

/// <summary>The rules that the controller's records must keep, and those of followers of metadata.</summary>
internal sealed partial class ClusterChecks
{
    private readonly Dictionary<(ControllerEpoch, long), object> _commands = [];
    private readonly Dictionary<long, MetadataImage> _truths = [];

    // Partitions that an election may have cost something: since which epoch; and those whose new leader has not shown yet
    // what it has.
    private readonly Dictionary<TopicIdPartition, LeaderEpoch> _excused = [];
    private readonly HashSet<TopicIdPartition> _excusePending = [];

    /// <summary>The fold of everything committed.</summary>
    public MetadataImage Truth { get; private set; } = MetadataImage.Empty(Cluster.Id);

    /// <summary>What a leader of that epoch committed may be lost, because an unclean election followed.</summary>
    public bool IsExcused(TopicIdPartition partition, LeaderEpoch epoch) =>
        _excused.TryGetValue(partition, out var since) && (epoch < since || _excusePending.Contains(partition));

    public bool WasUnclean(TopicIdPartition partition) => _excused.ContainsKey(partition);

    /// <summary>A controller is about to write what a command led to.</summary>
    public void OnDecided(ControllerEpoch epoch, long offset, object command) => _commands[(epoch, offset)] = command;

    /// <summary>A batch is committed: I2, I3, I7 to I13, I39.</summary>
    public void OnMetadataCommitted(MetadataBatch batch)
    {
        Violation.Require(
            batch.BaseOffset == Truth.Offset + 1 && batch.Epoch >= Truth.Epoch, "I39",
            () => $"a batch of epoch {batch.Epoch} at {batch.BaseOffset} follows epoch {Truth.Epoch}, offset {Truth.Offset}");
        var command = _commands.GetValueOrDefault((batch.Epoch, batch.BaseOffset));
        var before = Truth;
        var image = before;
        var changed = new List<TopicIdPartition>();
        for (var i = 0; i < batch.Records.Length; i++)
        {
            var next = image.Apply(batch.Records[i], batch.BaseOffset + i, batch.Epoch);
            switch (batch.Records[i])
            {
                case PartitionChangeRecord change:
                    var id = new TopicIdPartition(change.TopicId, change.Partition);
                    changed.Add(id);
                    CheckChange(image, next, change, command);
                    _states[(id, next.TryGetPartition(id)!.PartitionEpoch)] = next.TryGetPartition(id)!;
                    break;
                case BrokerChangeRecord { Fenced: true } fenced when command is FenceBroker fence:
                    CheckFenced(fenced, batch.Epoch, fence.Reason);
                    break;
                case RegisterBrokerRecord register:
                    Violation.Require(
                        image.TryGetBroker(register.Broker) is not { } known || known.Epoch < register.BrokerEpoch, "I3",
                        () => $"broker epoch {register.BrokerEpoch} of {register.Broker} is not greater than the one before");
                    break;
            }

            image = next;
        }

        Truth = image;
        _truths[image.Offset] = image;
        if (World.Trace.IsOn)
            Show(batch, command);
        CheckState(image, changed, batch);
        CheckLease(command as FenceBroker);
        OnRegistered(image, command);
        foreach (var partition in changed)
            CheckCandidates(partition);
    }

    /// <summary>I6: a broker's image is the controller's at that offset.</summary>
    public void OnImageApplied(BrokerProcess broker, MetadataImage image)
    {
        if (image.Offset < 0)
            return;
        Violation.Require(
            image.Offset <= Truth.Offset, "I6", () => $"broker {broker.Id} is at metadata offset {image.Offset}, committed is {Truth.Offset}");
        if (!_truths.TryGetValue(image.Offset, out var truth))
            throw new Violation("I6", $"broker {broker.Id} is at metadata offset {image.Offset}, inside a batch");
        foreach (var topic in truth.TopicsById.Values)
        {
            Violation.Require(
                image.TopicsById.TryGetValue(topic.Id, out var known) && known.Partitions.Count == topic.Partitions.Count, "I6",
                () => $"broker {broker.Id} does not know {topic.Name} as it is at {image.Offset}");
            for (var i = 0; i < topic.Partitions.Count; i++)
            {
                var (a, b) = (topic.Partitions[i], image.TopicsById[topic.Id].Partitions[i]);
                Violation.Require(
                    ReferenceEquals(a, b) || (a.PartitionEpoch == b.PartitionEpoch && a.LeaderEpoch == b.LeaderEpoch
                        && a.Leader == b.Leader && a.Isr.SequenceEqual(b.Isr) && a.Elr.SequenceEqual(b.Elr)),
                    "I6", () => $"broker {broker.Id} knows {b}, it is {a}");
            }
        }

        Violation.Require(
            image.TopicsById.Count == truth.TopicsById.Count, "I6", () => $"broker {broker.Id} knows topics that are gone at {image.Offset}");
    }

    public void OnConsumerTruncation(TopicPartition partition)
    {
        var id = Truth.TryGetPartition(partition)?.Id;
        Violation.Require(
            id is { } known && WasUnclean(known), "I33", () => $"a consumer of {partition} is told that its log was cut, without an unclean election");
    }

    public void OnDeletionAsked(TopicIdPartition partition, long offset) => cluster.ExcuseBelow(partition, offset);

    /// <summary>
    /// E1: whoever is fenced for its silence has no lease any more, not even one from a controller that was deposed and did not
    /// know it.
    /// </summary>
    private void CheckLease(FenceBroker? fence)
    {
        if (fence is null || cluster.BrokerOf(fence.Broker) is not { IsAlive: true } broker || broker.Epoch != fence.BrokerEpoch)
            return;
        var slackMs = 2 + (2 * World.Profile.Drift * World.Profile.SessionMs);
        Violation.Require(
            broker.LeaseEndMs - broker.NowMs <= slackMs, "E1",
            () => $"broker {broker.Id} is fenced ({fence.Reason}) {broker.LeaseEndMs - broker.NowMs} ms before the end of its lease");
    }

    /// <summary>I13: who lost something is out until it has proved itself.</summary>
    private void OnRegistered(MetadataImage image, object? command)
    {
        if (command is not RegistrationCommand { Request: var request })
            return;

        World.Tally.Seen(request.PreviousLife switch
        {
            PreviousLife.Lossy => Sometimes.BrokerRegisteredLossy,
            PreviousLife.Intact => Sometimes.BrokerRegisteredIntact,
            _ => Sometimes.BrokerRegisteredClean,
        });
        cluster.OnRegistered(request.Broker, request.IncarnationId);
        if (request.PreviousLife != PreviousLife.Lossy)
            return;
        foreach (var partition in image.Partitions)
        {
            Violation.Require(
                !partition.Isr.Contains(request.Broker) && !partition.Elr.Contains(request.Broker), "I13",
                () => $"{request.Broker} registered lossy and is still in isr or elr of {partition.Name}");
        }
    }

    private void CheckChange(MetadataImage before, MetadataImage after, PartitionChangeRecord record, object? command)
    {
        var id = new TopicIdPartition(record.TopicId, record.Partition);
        var (old, now) = (before.TryGetPartition(id)!, after.TryGetPartition(id)!);
        Require(now.PartitionEpoch == old.PartitionEpoch.Next(), "I2", "partition epoch by one", now);
        Require(now.LeaderEpoch == old.LeaderEpoch || now.LeaderEpoch == old.LeaderEpoch.Next(), "I2", "leader epoch by one at most", now);
        Require(now.Leader == old.Leader || now.LeaderEpoch == old.LeaderEpoch.Next(), "I2", "another leader, another epoch", now);
        if (now.Isr.Length < old.Isr.Length)
        {
            World.Tally.Shrinks++;
            World.Tally.Seen(Sometimes.IsrShrunk);
        }

        if (now.Isr.Length > old.Isr.Length)
        {
            World.Tally.Expands++;
            World.Tally.Seen(Sometimes.IsrExpanded);
        }

        if (!now.Elr.IsEmpty)
            World.Tally.Seen(Sometimes.ElrNotEmpty);
        if (command is AlterPartitions alter)
            CheckExpand(before, old, now, alter);
        if (now.LeaderEpoch == old.LeaderEpoch || !now.Leader.Exists)
            return;

        if (now.Leader != old.Leader)
            World.Tally.LeaderChanges++;
        if (old.Isr.Contains(now.Leader))
            return;
        if (old.Elr.Contains(now.Leader))
        {
            World.Tally.Seen(Sometimes.ElectedFromElr);
            Require(now.Isr.Length == 1, "I12", "from the elr alone", now);
            return;
        }

        if (command is ElectLastKnown && !old.LastKnownElr.IsEmpty)
            CheckFullest(before, old, now);
        var isLastKnown = old.Isr.IsEmpty && old.Elr.IsEmpty && old.LastKnownElr.Contains(now.Leader)
            && (command is ElectLastKnown || old.LastKnownElr.Length == 1);
        World.Tally.Seen(isLastKnown ? Sometimes.ElectedLastKnown : Sometimes.ElectedUncleanly);
        Require(
            isLastKnown || before.TopicsById[id.TopicId].Settings.UncleanLeaderElectionEnable
                || command is ElectLeaders { Type: ElectionType.Unclean },
            "I12", "unclean only where allowed", now);
        Require(
            now is { RecoveryState: LeaderRecoveryState.Recovering, Isr.Length: 1, Elr.IsEmpty: true },
            "I12", "alone and recovering", now);
        if (isLastKnown && !cluster.MayLoseAll && !cluster.IsUnclean(id.TopicId) && HasCommitted(id))
            Require(false, "I16", "isr and elr were lost together, which the faults of this run do not do", now);
        _excused[id] = now.LeaderEpoch;
        _excusePending.Add(id);
    }

    /// <summary>F3: all last known replicas are there, and nobody among them has more than the one who was chosen.</summary>
    private void CheckFullest(MetadataImage before, PartitionRegistration old, PartitionRegistration now)
    {
        var chosen = LogOf(now.Leader);
        foreach (var member in old.LastKnownElr)
        {
            Require(before.TryGetBroker(member) is { IsActive: true }, "F3", $"{member}, who is awaited, is not there", now);
            if (chosen is not { } best || LogOf(member) is not { } log)
                continue;
            Require(
                log.Epochs.Latest < best.Epochs.Latest || (log.Epochs.Latest == best.Epochs.Latest && log.LogEndOffset <= best.LogEndOffset),
                "F3",
                $"{member} has {log.LogEndOffset} of epoch {log.Epochs.Latest}, the one chosen {best.LogEndOffset} of {best.Epochs.Latest}",
                now);
        }

        IReplicaLog? LogOf(BrokerId id) => cluster.BrokerOf(id) is { IsAlive: true } broker
            && broker.Epoch == before.TryGetBroker(id)?.Epoch
            && broker.SlotOf(now.Id) is { Log: { } log, HasFailed: false, IsStopped: false }
                ? log
                : null;
    }

    /// <summary>KIP-903, KIP-841: nobody enters an ISR but in the life that the controller knows, unfenced.</summary>
    private void CheckExpand(MetadataImage before, PartitionRegistration old, PartitionRegistration now, AlterPartitions alter)
    {
        foreach (var member in now.Isr.Except(old.Isr))
        {
            var registered = before.TryGetBroker(member);
            Require(registered is { IsActive: true }, "I9", $"{member} enters the isr and is not active", now);
            var proposed = alter.Proposals.FirstOrDefault(p => p.Partition == now.Id)?.NewIsr.FirstOrDefault(m => m.Broker == member);
            CheckJoins(member, now);
            Require(
                proposed is null || proposed.Value.Epoch == BrokerEpoch.Unknown || proposed.Value.Epoch == registered!.Epoch,
                "I13", $"{member} enters the isr as of epoch {proposed?.Epoch}", now);
        }
    }

    private void CheckState(MetadataImage image, List<TopicIdPartition> changed, MetadataBatch batch)
    {
        // Changes of brokers touch every partition; others only their own.
        var all = batch.Records.Any(record => record is BrokerChangeRecord or RegisterBrokerRecord or PartitionRecord);
        var partitions = all ? image.Partitions : changed.Select(id => image.TryGetPartition(id)).OfType<PartitionRegistration>();
        foreach (var p in partitions)
        {
            Require(p.Isr.All(b => p.Replicas.Contains(b)), "I7", "isr within replicas", p);
            Require(p.Elr.All(b => p.Replicas.Contains(b)), "I7", "elr within replicas", p);
            Require(p.LastKnownElr.All(b => p.Replicas.Contains(b)), "I7", "last known within replicas", p);
            Require(!p.Isr.Any(b => p.Elr.Contains(b)), "I7", "isr and elr apart", p);
            Require(!p.Leader.Exists || p.Isr.Contains(p.Leader), "I8", "leader in isr", p);
            foreach (var b in p.Isr)
                Require(image.TryGetBroker(b) is { IsActive: true } r && !r.OfflineReplicas.Contains(p.Id), "I9", $"{b} is in the isr and not alive", p);
            Require(p.Isr.IsEmpty || p.Leader.Exists, "I37", "who is in sync and alive leads", p);
            Require(p.Elr.IsEmpty || p.Isr.Length < p.MinIsr, "I10", "elr only below min isr", p);
            Require(p.RecoveryState == LeaderRecoveryState.Recovered || p.Isr.Length <= 1, "I11", "recovering alone", p);
            Require(p.MinIsr >= 1 && p.MinIsr <= p.Replicas.Length, "L4", "effective min isr", p);
            Require(!p.Isr.IsEmpty || p.Elr.Length + p.LastKnownElr.Length > 0, "F3", "somebody is remembered", p);
        }
    }

    private void Show(MetadataBatch batch, object? command)
    {
        foreach (var record in batch.Records)
        {
            if (record is PartitionChangeRecord change
                && Truth.TryGetPartition(new TopicIdPartition(change.TopicId, change.Partition)) is { } p)
            {
                World.Trace.Line($"committed {Show(p)} by {command?.GetType().Name}");
            }
            else
            {
                World.Trace.Line($"committed {record} in epoch {batch.Epoch}");
            }
        }
    }

    private static void Require(bool holds, string rule, string what, PartitionRegistration subject)
    {
        if (!holds)
            throw new Violation(rule, $"{what}: {Show(subject)}");
    }

    private static string Show(PartitionRegistration p) =>
        $"{p.Topic}-{p.Partition} replicas [{Join(p.Replicas)}] isr [{Join(p.Isr)}] elr [{Join(p.Elr)}] last known [{Join(p.LastKnownElr)}] "
        + $"leader {p.Leader} epochs {p.LeaderEpoch}/{p.PartitionEpoch} {p.RecoveryState} min {p.MinIsr}";

    private static string Join(ImmutableArray<BrokerId> brokers) => string.Join(",", brokers);
}
