using System.Collections.Immutable;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>What a leader counts before it calls records committed.</summary>
internal static class HighWatermarkBugs
{
    private const string Leader = "AkkaReplication.Core/Replicas/LeaderReplica.HighWatermark.cs";

    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "hw-over-committed-isr",
            "KIP-497, I14",
            "The high watermark waits for the ISR that was acknowledged last, not for the one that the controller may hold.",
            Leader,
            "follower.InMaximalIsr || (follower.IsCaughtUp",
            "follower.InCommittedIsr || (follower.IsCaughtUp"),
        new(
            "hw-below-min-isr",
            "KIP-966, I22",
            "The high watermark moves though fewer replicas than min.insync.replicas are in sync.",
            Leader,
            "if (_committedIsr.Length < _minIsr)",
            "if (_committedIsr.Length < 1)"),
        new(
            "hw-goes-back",
            "3.1, I20",
            "A leader lowers its high watermark to what it knows of its followers.",
            Leader,
            "return candidate > _context.HighWatermark && _context.SetHighWatermark(candidate);",
            "return _context.SetHighWatermark(candidate);"),
        new(
            "hw-over-unflushed-leader",
            "D2, I38",
            "With flush=fsync the leader counts what it has written, not what it has flushed.",
            Leader,
            "? Math.Min(_log.FlushedEndOffset, _log.LogEndOffset) : _log.LogEndOffset;",
            "? _log.LogEndOffset : _log.LogEndOffset;"),
        new(
            "hw-unmoved-by-flush",
            "D2, I37",
            "A completed flush of the leader's log does not move the high watermark.",
            Leader,
            "RequestFlush(nowMs, effects); Settle(nowMs, effects);",
            "RequestFlush(nowMs, effects);"),
        new(
            "hw-beyond-log-end",
            "1.1, I21",
            "A replica believes its leader's high watermark beyond its own log's end.",
            "AkkaReplication.Core/Replicas/ReplicaContext.cs",
            "Math.Clamp(offset, Log.LogStartOffset, Log.LogEndOffset);",
            "Math.Max(offset, Log.LogStartOffset);"),
        new(
            "member-counts-before-it-fetched",
            "TLA rule 3, I28",
            "A new leader takes its ISR's members to have everything before they have said so in its epoch.",
            "AkkaReplication.Core/Replicas/FollowerView.cs",
            "public void StartAsMember(long nowMs) => LastCaughtUpMs = nowMs;",
            "public void StartAsMember(long nowMs) => (LastCaughtUpMs, LogEndOffset) = (nowMs, long.MaxValue);"),
        new(
            "follower-silent-after-flush",
            "D2, I37",
            "With flush=fsync a follower that has flushed does not state its new position.",
            "AkkaReplication.Core/Replicas/FollowerReplica.cs",
            "_awaitsFlush = false; Ask(effects);",
            "_awaitsFlush = false;")
        {
            Late = true,
        },
    ];
}
