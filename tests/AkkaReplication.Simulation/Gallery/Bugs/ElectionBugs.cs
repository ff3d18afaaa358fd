using System.Collections.Immutable;
using AkkaReplication.Simulation.Faults;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>Whom the controller makes leader, and whom it keeps in ISR and ELR.</summary>
internal static class ElectionBugs
{
    private const string Builder = "AkkaReplication.Core/Controller/PartitionChangeBuilder.cs";
    private const string Brokers = "AkkaReplication.Core/Controller/ControllerDecider.Brokers.cs";

    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "election-outside-isr",
            "6.1, I12",
            "Any live replica may be elected, in ISR, ELR or neither.",
            Builder,
            "=> isAcceptable(broker) && candidates.Contains(broker);",
            "=> isAcceptable(broker);"),
        new(
            "inactive-leader-elected",
            "6.1, I9",
            "A member of the ISR may be elected though its broker is fenced.",
            Builder,
            "=> isAcceptable(broker) && candidates.Contains(broker);",
            "=> candidates.Contains(broker);"),
        new(
            "elr-at-min-isr",
            "KIP-966, I10",
            "Who leaves the ISR stays eligible though the high watermark goes on without him.",
            Builder,
            "if (isr.Length >= MinIsr) return ([], []);",
            "if (isr.Length > MinIsr) return ([], []);"),
        new(
            "lossy-stays-eligible",
            "F2, KIP-966, I13",
            "A broker that lost records stays in the ELR.",
            Builder,
            "elr = elr.Without(isr).Without(Lossy).InOrderOf(before.Replicas);",
            "elr = elr.Without(isr).InOrderOf(before.Replicas);"),
        new(
            "lossy-taken-for-intact",
            "F2, KAFKA-14139, I13",
            "A broker's word that it may have lost records is not heard at its registration.",
            Brokers,
            "if (IsLossy(request, earlier))",
            "if (IsLossy(request, earlier) && request.LogDirs.IsEmpty)"),
        new(
            "unclean-election-where-forbidden",
            "6.3, I12",
            "A replica that is not in sync is elected though unclean.leader.election.enable is false.",
            Builder,
            "if (Mode != ElectionMode.Unclean) return BrokerId.None;",
            ""),
        new(
            "fenced-broker-keeps-isr",
            "KAFKA-3143, I9",
            "A broker that is fenced stays in its ISRs, and leader where it was.",
            Brokers,
            """
            RemoveFromIsrs(work, broker.Id);
            work.Add(new BrokerChangeRecord(broker.Id, broker.Epoch, Fenced: true, InControlledShutdown: null));
            """,
            "work.Add(new BrokerChangeRecord(broker.Id, broker.Epoch, Fenced: true, InControlledShutdown: null));"),
        new(
            "stopping-broker-keeps-isr",
            "6.6, KIP-841, I9",
            "A broker that wants to stop stays in its ISRs.",
            Brokers,
            """
            RemoveFromIsrs(work, broker.Id);
            work.Add(new BrokerChangeRecord(broker.Id, broker.Epoch, Fenced: null, InControlledShutdown: true));
            """,
            "work.Add(new BrokerChangeRecord(broker.Id, broker.Epoch, Fenced: null, InControlledShutdown: true));"),
        new(
            "nobody-elected-on-return",
            "6.5, I37",
            "Partitions without a leader stay so when a replica that may lead comes back.",
            Brokers,
            """
            work.Add(new BrokerChangeRecord(broker.Id, broker.Epoch, Fenced: false, InControlledShutdown: null));
            ElectWhereLeaderless(work, broker.Id);
            """,
            "work.Add(new BrokerChangeRecord(broker.Id, broker.Epoch, Fenced: false, InControlledShutdown: null));"),
        new(
            "offline-replica-leads-on",
            "F1, I37",
            "A replica that its broker reports offline keeps its leadership and its place in the ISR.",
            Brokers,
            "if (partition.Isr.Contains(broker.Id)) Change(work, partition, partition.Isr.Without(broker.Id));",
            "_ = partition;"),
        new(
            "leader-epoch-not-raised",
            "6.11, I2",
            "Another leader begins in the epoch of the one before.",
            "AkkaReplication.Core/Metadata/MetadataImage.Folding.cs",
            "record.Leader is null ? before.LeaderEpoch : before.LeaderEpoch.Next(),",
            "before.LeaderEpoch,"),
        new(
            "old-life-stays-in-isr",
            "F4, I9",
            "A broker's new life inherits the places of the one before in ISRs, before it has anything.",
            Brokers,
            "if (IsLossy(request, earlier)) RemoveLossy(work, earlier.Id); else RemoveFromIsrs(work, earlier.Id);",
            "if (IsLossy(request, earlier)) RemoveLossy(work, earlier.Id);")
        {
            Late = true,
        },
        new(
            "unclean-election-unmarked",
            "6.10, I12",
            "A leader that was elected uncleanly counts as recovered.",
            Builder,
            "recoveryState = LeaderRecoveryState.Recovering;",
            "recoveryState = LeaderRecoveryState.Recovered;")
        {
            Late = true,
        },
        new(
            "unclean-election-keeps-elr",
            "6.3, I12",
            "After an unclean election replicas of the history that was given up stay eligible.",
            Builder,
            """
            isr = [leader];
            (elr, lastKnownElr) = ([], []);
            recoveryState
            """,
            """
            isr = [leader];
            elr = elr.Without(leader);
            recoveryState
            """)
        {
            Late = true,
        },
        new(
            "dead-last-leader-elected",
            "KAFKA-19522, H5, I9",
            "The last known replica is elected whether it lives or not.",
            Builder,
            "if (lastKnownElr.Length == 1 && isAcceptable(lastKnownElr[0]))",
            "if (lastKnownElr.Length == 1)")
        {
            Late = true,
        },
        new(
            "last-known-not-awaited",
            "F3",
            "The fullest of the last known replicas is chosen before all of them are back.",
            "AkkaReplication.Core/Controller/LastKnownElections.cs",
            """
            if (report == default)
                return null;
            """,
            """
            if (report == default)
                continue;
            """)
        {
            Late = true,
        },
        new(
            "fullest-by-length-alone",
            "F3, Q3",
            "Of the last known replicas the longest log is chosen, whatever epoch it ends in.",
            "AkkaReplication.Core/Controller/LastKnownElections.cs",
            "left.LastEpoch == right.LastEpoch ? left.LogEndOffset > right.LogEndOffset : left.LastEpoch > right.LastEpoch;",
            "left.LogEndOffset > right.LogEndOffset;")
        {
            Late = true,
            Course = Courses.RarePlots,
        },
        new(
            "log-ends-not-told",
            "F3, I37",
            "Brokers do not notice that they are asked where their logs end.",
            "AkkaReplication.Core/Brokers/MetadataDelta.cs",
            "wanted.Add(partition.Id);",
            "_ = wanted;")
        {
            Late = true,
        },
    ];
}
