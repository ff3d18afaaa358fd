using System.Collections.Immutable;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>What is acknowledged to producers, and when.</summary>
internal static class ProduceBugs
{
    private const string Leader = "AkkaReplication.Core/Replicas/LeaderReplica.Produce.cs";

    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "acknowledged-unreplicated",
            "3.2, I19",
            "acks=all is answered when the leader alone has the batch.",
            Leader,
            "while (_replicating.TryTake(_context.HighWatermark, out var produce))",
            "while (_replicating.TryTake(_log.LogEndOffset, out var produce))"),
        new(
            "acknowledged-one-short",
            "3.3, I19",
            "A produce is answered when all of its batch but the last record is committed.",
            "AkkaReplication.Core/Replicas/PendingProduces.cs",
            "At(0).RequiredOffset > offset)",
            "At(0).RequiredOffset - 1 > offset)"),
        new(
            "acknowledged-below-min-isr",
            "KIP-966, I19",
            "The leader takes one replica for enough, whatever min.insync.replicas says.",
            "AkkaReplication.Core/Replicas/LeaderReplica.cs",
            "_minIsr = registration.MinIsr;",
            "_minIsr = Math.Min(1, registration.MinIsr);"),
        new(
            "repetition-acknowledged-at-once",
            "3.3, I19",
            "A repeated batch of an idempotent producer is acknowledged before its first copy is committed.",
            Leader,
            "input.Token, original.LastOffset + 1, original.BaseOffset,",
            "input.Token, 0, original.BaseOffset,"),
        new(
            "timeout-answered-as-success",
            "3.3, I31",
            "A produce that was not replicated in time is answered without an error.",
            Leader,
            "Complete( produce, ErrorCode.RequestTimedOut,",
            "Complete( produce, ErrorCode.None,"),
        new(
            "produces-outlive-leadership",
            "L3, I30",
            "The produces that wait when a leadership ends are never answered.",
            Leader,
            """
            while (_replicating.TryTakeAny(out var produce))
                Complete(produce, error, message, effects);
            """,
            ""),
        new(
            "lost-wakeup",
            "3.3, I37",
            "A follower's fetch that moves the high watermark does not complete the produces that waited for it.",
            "AkkaReplication.Core/Replicas/LeaderReplica.Fetches.cs",
            """
            CompleteProduces(nowMs, effects);
            CompleteDeletes(nowMs, effects);
            """,
            "CompleteDeletes(nowMs, effects);"),
        new(
            "writes-without-lease",
            "E2, I40",
            "A leader whose lease has lapsed goes on taking and acknowledging records.",
            "AkkaReplication.Core/Replicas/LeaderReplica.Lease.cs",
            "private bool IsLeaseLapsed(long nowMs) => nowMs > LeaseEndMs();",
            "private bool IsLeaseLapsed(long nowMs) => nowMs == long.MaxValue;"),
        new(
            "reads-without-lease",
            "E2, I40",
            "A leader whose lease has lapsed goes on serving consumers.",
            "AkkaReplication.Core/Replicas/ConsumerRead.cs",
            "error == ErrorCode.None && nowMs > view.LeaseEndMs ? ErrorCode.NotLeaderOrFollower : error;",
            "error;"),
        new(
            "reads-beyond-hw",
            "2.1, I33",
            "Consumers are shown what is not committed.",
            "AkkaReplication.Core/Replicas/ConsumerRead.cs",
            "isolation == IsolationLevel.ReadCommitted ? view.LastStableOffset : view.HighWatermark;",
            "isolation == IsolationLevel.ReadCommitted ? view.LastStableOffset : view.LogEndOffset;"),
        new(
            "lease-forgets-elr",
            "E3, I40",
            "A leader without a lease serves on while a replica outside its ISR may have been elected from the ELR.",
            "AkkaReplication.Core/Replicas/LeaderReplica.Lease.cs",
            "if (follower.InMaximalIsr || follower.InElr)",
            "if (follower.InMaximalIsr)")
        {
            Late = true,
        },
        new(
            "deletion-answered-early",
            "KIP-107",
            "A deletion of records is answered before the other replicas have followed.",
            "AkkaReplication.Core/Replicas/LeaderReplica.DeleteRecords.cs",
            "var low = LowWatermark();",
            "var low = _log.LogStartOffset;")
        {
            Late = true,
        },
        new(
            "deletes-beyond-hw",
            "KIP-107, I34",
            "Records may be deleted that are not committed yet.",
            "AkkaReplication.Core/Replicas/LeaderReplica.DeleteRecords.cs",
            "offset < 0 || offset > highWatermark",
            "offset < 0 || offset > _log.LogEndOffset")
        {
            Late = true,
        },
    ];
}
