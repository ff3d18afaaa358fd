using System.Collections.Immutable;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>What passes between two brokers.</summary>
internal static class LinkBugs
{
    private const string Sending = "AkkaReplication.Core/Links/FollowerLink.Sending.cs";

    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "lost-answer-awaited-for-ever",
            "link, I37",
            "A follower's link does not state its positions again when an answer does not come.",
            Sending,
            """
            _troubles++;
                Restate();
            }
            """,
            """
            _troubles++;
            }
            """),
        new(
            "new-session-states-nothing",
            "link, I37",
            "A follower's link believes that the leader knows in a new session what it was told in the last one.",
            Sending,
            ".Where(f => f.State == PositionState.Stated).OrderBy(f => f.Partition)) MakeUnstated(followed);",
            ".Where(f => f.State == PositionState.Delayed).OrderBy(f => f.Partition)) MakeUnstated(followed);"),
        new(
            "waiting-follower-not-woken",
            "link, I37",
            "A leader's link does not answer a follower that has everything when there is more.",
            "AkkaReplication.Core/Links/LeaderLink.cs",
            "|| position.State is not (PositionState.Idle or PositionState.Unread))",
            "|| position.State is not PositionState.Unread)"),
        new(
            "credit-not-given-back",
            "link, I37",
            "The bytes that a replica has appended stay counted as held.",
            "AkkaReplication.Core/Links/FollowerLink.cs",
            "LetGo(followed); followed.Position = position;",
            "followed.Position = position;")
        {
            Late = true,
        },
        new(
            "read-of-left-position-answers",
            "link, KAFKA-7786",
            "What was read for a position that the follower has left counts as the answer to the new one.",
            "AkkaReplication.Core/Links/LeaderLink.cs",
            "&& partition.IsAnswerTo(position.Fetch))",
            ")")
        {
            Late = true,
        },
        new(
            "truncated-log-served",
            "KAFKA-13207, I27",
            "Bytes that were read while the log was being cut are handed to a follower.",
            "AkkaReplication.Core/Links/LinkEffects.cs",
            "return view.Log.IsCurrent ?",
            "return view.Log.TruncationGeneration >= 0 ?")
        {
            Late = true,
        },
    ];
}
