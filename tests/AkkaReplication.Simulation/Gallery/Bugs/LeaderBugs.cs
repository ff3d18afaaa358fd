using System.Collections.Immutable;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>What a leader makes of its followers' fetches, and of its own failure.</summary>
internal static class LeaderBugs
{
    private const string Fetches = "AkkaReplication.Core/Replicas/LeaderReplica.Fetches.cs";

    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "diverging-fetch-counts",
            "KAFKA-8400, KAFKA-13141, I28",
            "The position of a follower whose log differs counts as if it had those records.",
            Fetches,
            "follower.IsWaiting = false; if (DivergenceOf(",
            "follower.IsWaiting = false; follower.Accept(fetch, _log.LogEndOffset, nowMs); if (DivergenceOf("),
        new(
            "no-divergence-check",
            "KIP-101, KIP-595, I18",
            "The leader compares offsets, not epochs, with a follower's log.",
            Fetches,
            "fetch.LastFetchedEpoch, fetch.FetchOffset, _log.LogStartOffset,",
            "LeaderEpoch.None, fetch.FetchOffset, _log.LogStartOffset,"),
        new(
            "fetch-epoch-unchecked",
            "KIP-320, KAFKA-7395, I27",
            "A fetch made under another leader epoch moves the leader's view of that follower.",
            "AkkaReplication.Core/Replicas/Replica.Data.cs",
            "if (JudgeEpoch(fetch.CurrentLeaderEpoch, isRequired: true) is var error",
            "if (JudgeEpoch(LeaderEpoch.None, isRequired: false) is var error"),
        new(
            "empty-epoch-not-noted",
            "KAFKA-7415",
            "A leader that has appended nothing does not note where its epoch begins.",
            "AkkaReplication.Core/Replicas/LeaderReplica.cs",
            "_log.AssignEpoch(_epoch, _epochStartOffset);",
            ""),
        new(
            "failure-unreported",
            "F1, I37",
            "A replica whose disk failed does not say so, and stays what the controller takes it for.",
            "AkkaReplication.Core/Replicas/Replica.Roles.cs",
            "effects.Add(new ReplicaFailed(Partition, _context.LeaderEpoch, reason));",
            ""),
        new(
            "leads-on-from-earlier-life",
            "F1, F4, I1",
            "A broker goes on with a leadership that was given to its earlier life.",
            "AkkaReplication.Core/Replicas/Replica.Roles.cs",
            "&& update.MetadataOffset >= _context.OwnEpoch.Value;",
            ";")
        {
            Late = true,
        },
        new(
            "failed-replica-returns-in-its-epoch",
            "F1, I37",
            "A replica that failed counts as healthy again before its partition has a higher leader epoch.",
            "AkkaReplication.Core/Brokers/ReplicaFaults.cs",
            "if (epoch <= faults.Epoch ||",
            "if (epoch < faults.Epoch ||")
        {
            Late = true,
        },
    ];
}
