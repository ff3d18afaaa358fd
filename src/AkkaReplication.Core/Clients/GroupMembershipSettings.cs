using System.Collections.Immutable;

namespace AkkaReplication.Clients;

/// <summary>A consumer's settings as a member of a group, checked by whoever makes them. All times in ms.</summary>
public sealed record GroupMembershipSettings : ClientSettings
{
    /// <summary>group.id.</summary>
    public required string GroupId { get; init; }

    /// <summary>group.instance.id: makes it a static member; null for a dynamic one.</summary>
    public string? GroupInstanceId { get; init; }

    /// <summary>session.timeout.ms: whoever is not heard of for that long is no member any more.</summary>
    public int SessionTimeoutMs { get; init; } = 45_000;

    /// <summary>heartbeat.interval.ms.</summary>
    public int HeartbeatIntervalMs { get; init; } = 3_000;

    /// <summary>
    /// max.poll.interval.ms: how long the group waits for this member when it rebalances, and how long its caller may not
    /// read before it leaves.
    /// </summary>
    public int MaxPollIntervalMs { get; init; } = 300_000;

    /// <summary>enable.auto.commit: stored offsets are committed by and by.</summary>
    public bool EnableAutoCommit { get; init; } = true;

    /// <summary>auto.commit.interval.ms: how long a stored offset waits for its commit.</summary>
    public int AutoCommitIntervalMs { get; init; } = 5_000;

    /// <summary>default.api.timeout.ms: for all attempts of a commit or of a question for offsets together.</summary>
    public int DefaultApiTimeoutMs { get; init; } = 60_000;

    /// <summary>
    /// partition.assignment.strategy, the most wanted first. Partitions are kept through rebalances only where all of
    /// them are cooperative.
    /// </summary>
    public ImmutableArray<IPartitionAssignor> Assignors { get; init; } =
        [new RangeAssignor(), new CooperativeStickyAssignor()];
}
