namespace AkkaReplication.Simulation.Checks;

/// <summary>A batch that some leader's high watermark has passed: what it is, it stays.</summary>
internal readonly record struct CommittedBatch(long BaseOffset, long NextOffset, int Epoch, uint Crc, int Count);

/// <summary>Everything that was ever committed in a partition, by offset.</summary>
internal sealed class CommittedLog
{
    private readonly List<CommittedBatch> _batches = [];

    public IReadOnlyList<CommittedBatch> Batches => _batches;

    /// <summary>Everything below it is known.</summary>
    public long End { get; private set; }

    public void Add(in CommittedBatch batch)
    {
        _batches.Add(batch);
        End = batch.NextOffset;
    }

    /// <summary>The batch that holds the offset; null where none does.</summary>
    public CommittedBatch? At(long offset)
    {
        var index = IndexAt(offset);
        return index < _batches.Count && _batches[index].BaseOffset <= offset ? _batches[index] : null;
    }

    /// <summary>The first batch that ends above the offset.</summary>
    public int IndexAt(long offset)
    {
        var (low, high) = (0, _batches.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_batches[middle].NextOffset > offset)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    /// <summary>A loss that the rules allow: from that offset on nothing is committed any more.</summary>
    public void CutTo(long offset)
    {
        var index = IndexAt(offset);
        _batches.RemoveRange(index, _batches.Count - index);
        End = _batches.Count == 0 ? Math.Min(End, offset) : _batches[^1].NextOffset;
    }
}
