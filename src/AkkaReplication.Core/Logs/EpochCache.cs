namespace AkkaReplication.Logs;

/// <summary>
/// Where each leader epoch of a log began (KIP-101, KIP-279): strictly increasing in epoch and in start offset. Decides
/// nothing about the log; whoever owns the log persists it.
/// </summary>
public sealed class EpochCache
{
    private readonly List<EpochStart> _entries = [];
    private EpochHistory? _history;

    public EpochCache()
    {
    }

    /// <param name="entries">Entries in their order, as they were persisted.</param>
    /// <exception cref="ArgumentException">They are not strictly increasing, or negative.</exception>
    public EpochCache(IEnumerable<EpochStart> entries)
    {
        foreach (var entry in entries)
        {
            if (_entries.Count > 0 && (entry.Epoch <= _entries[^1].Epoch || entry.StartOffset <= _entries[^1].StartOffset))
                throw new ArgumentException($"{entry} does not follow {_entries[^1]}.", nameof(entries));
            Assign(entry.Epoch, entry.StartOffset);
        }
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<EpochStart> Entries => _entries;

    /// <summary>The entries as they are now, for readers elsewhere; the same object until something changes.</summary>
    public EpochHistory History => _history ??= new EpochHistory([.. _entries]);

    public bool IsEmpty => _entries.Count == 0;

    /// <summary>The newest epoch, <see cref="LeaderEpoch.None"/> if there is none.</summary>
    public LeaderEpoch Latest => _entries.Count == 0 ? LeaderEpoch.None : _entries[^1].Epoch;

    /// <summary>
    /// Notes that <paramref name="epoch"/> starts at <paramref name="startOffset"/>; entries it contradicts (epoch or
    /// start not below) go. Nothing happens, and the answer is false, where it is the latest epoch with a start at or
    /// before that.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative epoch or offset.</exception>
    public bool Assign(LeaderEpoch epoch, long startOffset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch.Value, nameof(epoch));
        ArgumentOutOfRangeException.ThrowIfNegative(startOffset);
        if (_entries.Count > 0 && _entries[^1].Epoch == epoch && startOffset >= _entries[^1].StartOffset)
            return false;

        _history = null;
        while (_entries.Count > 0 && (_entries[^1].Epoch >= epoch || _entries[^1].StartOffset >= startOffset))
            _entries.RemoveAt(_entries.Count - 1);
        _entries.Add(new EpochStart(epoch, startOffset));
        return true;
    }

    /// <inheritdoc cref="EpochHistory.EndOffsetFor"/>
    public EpochEnd? EndOffsetFor(LeaderEpoch epoch, long logEndOffset) => History.EndOffsetFor(epoch, logEndOffset);

    /// <inheritdoc cref="EpochHistory.EpochAt"/>
    public LeaderEpoch? EpochAt(long offset) => History.EpochAt(offset);

    /// <summary>
    /// Drops the entries that start at or after <paramref name="endOffset"/>. To be called at every truncation, also
    /// one that removes no record (KAFKA-10706). True if something changed.
    /// </summary>
    public bool TruncateFromEnd(long endOffset)
    {
        var keep = FirstIndexWhere(entry => entry.StartOffset >= endOffset);
        if (keep == _entries.Count)
            return false;

        _history = null;
        _entries.RemoveRange(keep, _entries.Count - keep);
        return true;
    }

    /// <summary>
    /// Forgets what lies before <paramref name="startOffset"/>; the epoch that reigns there begins there now. True if
    /// something changed.
    /// </summary>
    public bool TruncateFromStart(long startOffset)
    {
        var higher = FirstIndexWhere(entry => entry.StartOffset > startOffset);
        if (higher == 0)
            return false;

        var reigning = new EpochStart(_entries[higher - 1].Epoch, startOffset);
        if (higher == 1 && _entries[0] == reigning)
            return false;

        _history = null;
        _entries.RemoveRange(0, higher - 1);
        _entries[0] = reigning;
        return true;
    }

    /// <summary>Forgets everything: the log starts anew.</summary>
    public void Clear()
    {
        _history = null;
        _entries.Clear();
    }

    public override string ToString() => string.Join(", ", _entries.Select(entry => $"{entry.Epoch}@{entry.StartOffset}"));

    private int FirstIndexWhere(Predicate<EpochStart> isBeyond)
    {
        int low = 0, high = _entries.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (isBeyond(_entries[middle]))
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
