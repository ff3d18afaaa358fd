namespace AkkaReplication.History;

/// <summary>What a poll may return, in Kafka's words (<c>isolation.level</c>).</summary>
public enum Isolation : byte
{
    /// <summary>Only what is committed: nothing of a transaction that was aborted or is under way.</summary>
    Committed,

    /// <summary>Everything below the high watermark, transactions that will be aborted among it.</summary>
    Uncommitted,
}
