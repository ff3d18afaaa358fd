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
        new(
            "lease-of-an-unconfirmed-controller",
            "E1, P6",
            "A controller gives whole leases, however long ago a majority confirmed it.",
            "AkkaReplication.Core/Controller/BrokerSessions.cs",
            "Math.Max(0, options.SessionTimeoutMs - (nowMs - (_confirmedAtMs ?? nowMs)))",
            "options.SessionTimeoutMs"),
        new(
            "controller-not-confirmed",
            "P6, I37",
            "A controller that has nothing to write does not ask whether it is one still.",
            "AkkaReplication.Core/Controller/ControllerConfirmation.cs",
            "var unconfirmedMs = nowMs - _confirmedAtMs;",
            "var unconfirmedMs = 0L * nowMs;"),
        new(
            "heartbeats-do-not-count",
            "T1, I37",
            "A broker's session begins with its registration and is not prolonged by heartbeats.",
            "AkkaReplication.Core/Controller/BrokerSessions.cs",
            "session.LastContactMs = nowMs;",
            "")
        {
            Late = true,
        },
        new(
            "damaged-tail-called-intact",
            "F2, I13",
            "A log whose last batch was damaged counts as one that has lost nothing.",
            "AkkaReplication.Core/Logs/RecoveryPlan.cs",
            "RecoveryAction.CutTail, KeepsIntact: scan.Problem == ScanProblem.Incomplete,",
            "RecoveryAction.CutTail, KeepsIntact: true,")
        {
            Late = true,
        },
        new(
            "unregistered-loss-forgotten",
            "F2, I13",
            "A life that ended before it could state its predecessor's loss takes the knowledge of it along.",
            "AkkaReplication.Storage/LifeJudge.cs",
            "return verdict > _carried ? verdict : _carried;",
            "return verdict;")
        {
            Late = true,
        },
        new(
            "clean-marker-left",
            "KAFKA-10471",
            "The marker of a clean shutdown survives the start after it, so that a crash looks clean.",
            "AkkaReplication.Storage/LifeJudge.cs",
            "CleanShutdownMarker.Take(_options.Files, directory.Path);",
            "_ = directory;")
        {
            Late = true,
        },
    ];
}
