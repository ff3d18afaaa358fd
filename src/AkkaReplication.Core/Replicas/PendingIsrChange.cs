namespace AkkaReplication.Replicas;

/// <summary>Which way a leader wants to change its ISR.</summary>
internal enum IsrChange : byte
{
    /// <summary>One follower joins.</summary>
    Expand,

    /// <summary>Followers that lag leave.</summary>
    Shrink,

    /// <summary>
    /// Nothing changes but the partition epoch: kills every copy of a refused proposal that may still be on its way
    /// (L1).
    /// </summary>
    Keep,
}

/// <summary>The one ISR change that a leader has proposed and whose fate it does not know yet (I29).</summary>
internal sealed class PendingIsrChange(IsrChange kind, IsrProposal proposal, FollowerView? joining, long brokersOffset)
{
    public IsrChange Kind { get; } = kind;

    public IsrProposal Proposal { get; } = proposal;

    /// <summary>Who joins, for an <see cref="IsrChange.Expand"/>.</summary>
    public FollowerView? Joining { get; } = joining;

    /// <summary>The brokers' state (as a metadata offset) that the proposal was made on.</summary>
    public long BrokersOffset { get; } = brokersOffset;

    /// <summary>How often it was handed over to be sent.</summary>
    public int Submissions { get; set; } = 1;

    /// <summary>
    /// The controller's answer was one that only metadata can resolve (4.6): the proposal is sent no more.
    /// </summary>
    public bool AwaitsMetadata { get; set; }
}
