using System.Collections.Immutable;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>What a follower cuts, appends and says.</summary>
internal static class FollowerBugs
{
    private const string Follower = "AkkaReplication.Core/Replicas/FollowerReplica.cs";
    private const string Truncation = "AkkaReplication.Core/Replicas/FollowerReplica.Truncation.cs";

    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "truncates-to-hw",
            "KIP-101, KAFKA-1211, I26",
            "A new follower cuts its log at its own high watermark.",
            Follower,
            "if (_log.Epochs.Latest == LeaderEpoch.None && _log.LogEndOffset > _context.HighWatermark)",
            "if (_log.LogEndOffset > _context.HighWatermark)"),
        new(
            "truncates-by-the-leaders-end-alone",
            "KIP-279, KAFKA-6361",
            "A follower cuts at the offset the leader names, also where it has no record of that epoch.",
            Truncation,
            ": Math.Min(ours.EndOffset, end);",
            ": Math.Min(leaders.EndOffset, end);"),
        new(
            "later-epochs-survive-truncation",
            "KAFKA-10706, I37",
            "A truncation that cuts no record leaves the epochs that begin at the log's end.",
            Truncation,
            """
            _log.TruncateTo(offset);
            _context.SetHighWatermark(_context.HighWatermark);
            """,
            """
            if (offset < _log.LogEndOffset)
                _log.TruncateTo(offset);
            _context.SetHighWatermark(_context.HighWatermark);
            """),
        new(
            "follower-stays-in-old-epoch",
            "KAFKA-7164, I37",
            "A follower does not begin anew where only its leader's epoch has changed.",
            "AkkaReplication.Core/Replicas/Replica.Roles.cs",
            "var isNewLeaderEpoch = registration.LeaderEpoch > _context.LeaderEpoch;",
            """
            var isNewLeaderEpoch = registration.LeaderEpoch > _context.LeaderEpoch
                && (_follower is null || _follower.Leader != registration.Leader);
            """),
        new(
            "asks-before-flush",
            "D2, I38",
            "With flush=fsync a follower states a position that is not on its disk yet.",
            Follower,
            "_log.FlushedEndOffset >= _log.LogEndOffset)",
            "_log.FlushedEndOffset >= 0)"),
        new(
            "full-disk-for-ever",
            "5.4, I37",
            "A follower without room for records does not ask again when there is room.",
            Follower,
            """
            !TryAppend(answer)))
            {
                BackOff(effects);
                return;
            }
            """,
            """
            !TryAppend(answer)))
            {
                return;
            }
            """),
    ];
}
