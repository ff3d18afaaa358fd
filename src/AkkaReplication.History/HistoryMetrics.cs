namespace AkkaReplication.History;

/// <summary>What a history amounts to. Nothing here is an anomaly. Immutable.</summary>
public sealed record HistoryMetrics
{
    /// <summary>How many operations of a kind had an outcome; those that never occurred are left out.</summary>
    public required IReadOnlyDictionary<(OperationKind Kind, Outcome Outcome), long> Operations { get; init; }

    /// <summary>Processes.</summary>
    public int Processes { get; init; }

    /// <summary>Partitions.</summary>
    public int Keys { get; init; }

    /// <summary>Values that were sent, whatever became of them.</summary>
    public long Sent { get; init; }

    /// <summary>Values whose send, or transaction, is known to have succeeded.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Values that a successful poll returned.</summary>
    public long Read { get; init; }

    /// <summary>Keys to which values were sent and that nobody read to their end at the end: on them nothing can be found
    /// <c>unseen</c> or <c>vanished</c>.</summary>
    public required IReadOnlyList<string> KeysWithoutFinalRead { get; init; }

    /// <summary>The longest time by which a poll was behind: from the moment at which the first record that its process
    /// had not read was known to exist (or the key was assigned, if that is later) to the poll's invocation.</summary>
    public TimeSpan WorstRealtimeLag { get; init; }

    /// <summary>The poll with <see cref="WorstRealtimeLag"/>; null if none was behind.</summary>
    public Operation? WorstLaggard { get; init; }

    /// <summary>Values that one subscribed process was given more than once.</summary>
    public long ConsumedAgain { get; init; }

    /// <summary>How often a subscribed process was given one value, at most.</summary>
    public int MaxConsumeCount { get; init; }

    /// <summary>Polls of subscribed processes that went back: expected when groups rebalance.</summary>
    public long SubscribedNonmonotonicPolls { get; init; }

    /// <summary>Polls of subscribed processes that jumped ahead: expected when groups rebalance.</summary>
    public long SubscribedPollSkips { get; init; }

    /// <summary>Values acknowledged with <c>acks=0</c> or <c>1</c> that are lost.</summary>
    public long WeakLosses { get; init; }

    /// <summary>Values that stand twice where a retry may have done it (<c>acks=0</c> or <c>1</c>, or no idempotence).
    /// </summary>
    public long RetryDuplicates { get; init; }

    /// <summary>Sends that stand before an earlier one where a retry may have done it.</summary>
    public long RetryReorderings { get; init; }

    /// <summary>Values of one operation that others stand between: allowed.</summary>
    public long InternalSendSkips { get; init; }

    /// <summary>Groups of transactions that wrote around each other (G0): allowed in Kafka's model.</summary>
    public int WriteCycles { get; init; }

    /// <summary>Groups of transactions in a circle of writes and reads with at least one write order in it (G1c): allowed in
    /// Kafka's model.</summary>
    public int MixedCycles { get; init; }
}
