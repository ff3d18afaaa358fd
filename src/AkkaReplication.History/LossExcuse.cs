namespace AkkaReplication.History;

/// <summary>A loss that the test says is legitimate. Immutable.</summary>
public sealed record LossExcuse
{
    private LossExcuse(string key, long? fromOffset, long belowOffset, long atNs) =>
        (Key, FromOffset, BelowOffset, AtNs) = (key, fromOffset, belowOffset, atNs);

    /// <summary>The partition.</summary>
    public string Key { get; }

    /// <summary>What stood here or above may be gone, and its offsets used again; null if this is not the kind.</summary>
    public long? FromOffset { get; }

    /// <summary>What stands below may be gone.</summary>
    public long BelowOffset { get; }

    /// <summary>Only what was read or sent by operations invoked until then is excused. Nanoseconds, on the history's
    /// clock.</summary>
    public long AtNs { get; }

    /// <summary>After an unclean election: what was read or sent at these offsets by operations that were invoked until a
    /// moment proves nothing any more.</summary>
    /// <param name="key">The partition.</param>
    /// <param name="fromOffset">The first offset that the elected replica did not have.</param>
    /// <param name="atNs">A moment at which the election was over.</param>
    public static LossExcuse From(string key, long fromOffset, long atNs = Operation.NeverNs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fromOffset);
        return new LossExcuse(key, fromOffset, 0, atNs);
    }

    /// <summary>After DeleteRecords or retention.</summary>
    /// <param name="key">The partition.</param>
    /// <param name="belowOffset">The log's start.</param>
    public static LossExcuse Below(string key, long belowOffset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(belowOffset);
        return new LossExcuse(key, null, belowOffset, Operation.NeverNs);
    }
}
