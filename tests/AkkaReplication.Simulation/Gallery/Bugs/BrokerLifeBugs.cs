using System.Collections.Immutable;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>How a broker's lives begin and end, and how long one may act alone.</summary>
internal static class BrokerLifeBugs
{
    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "loss-called-intact",
            "F2, I13",
            "A machine that lost its power is said to have kept what was not flushed.",
            "AkkaReplication.Core/Logs/RecoveryPlan.cs",
            "return sameBoot || flushedBeforeAcknowledging ? PreviousLife.Intact : PreviousLife.Lossy;",
            "return PreviousLife.Intact;"),
        new(
            "lease-outlives-session",
            "E1, I40",
            "A broker's lease is counted twice as long as its session.",
            "AkkaReplication.Core/Brokers/BrokerLifecycle.cs",
            "var endMs = answer.SentAtMs + answer.LeaseMs;",
            "var endMs = answer.SentAtMs + (2 * answer.LeaseMs);"),
    ];
}
