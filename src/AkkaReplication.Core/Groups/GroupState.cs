namespace AkkaReplication.Groups;

/// <summary>Where a group stands; the names are those that Kafka's tools show.</summary>
public enum GroupState : byte
{
    /// <summary>It does not exist, or is just being deleted.</summary>
    Dead,

    /// <summary>It has no members; there may be offsets.</summary>
    Empty,

    /// <summary>Waits for all members to join the next generation.</summary>
    PreparingRebalance,

    /// <summary>Waits for the leader's assignment.</summary>
    CompletingRebalance,

    /// <summary>Every member can have its assignment.</summary>
    Stable,
}
