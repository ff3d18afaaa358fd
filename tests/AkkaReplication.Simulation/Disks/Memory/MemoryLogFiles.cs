using AkkaReplication.Logs;

namespace AkkaReplication.Simulation.Disks.Memory;

/// <summary>What the disk holds of one log, inside and outside its directory: it outlives the lives that use it.</summary>
internal sealed class MemoryLogFiles(TopicIdPartition id, TopicPartition name)
{
    // The first is durable, the last is what a process sees; those between were replaced before a flush.
    private readonly List<EpochStart[]> _epochs = [[]];

    public TopicIdPartition Id { get; } = id;

    public TopicPartition Name { get; } = name;

    /// <summary>Oldest first; also those that have left the log and wait to be deleted.</summary>
    public List<MemorySegment> Segments { get; } = [];

    /// <summary>Producer states as of certain offsets.</summary>
    public SortedList<long, Snapshot> Snapshots { get; } = [];

    /// <summary>Recovery point checkpoint; written atomically, as the others.</summary>
    public long RecoveryPoint { get; set; }

    /// <summary>Log start checkpoint.</summary>
    public long LogStart { get; set; }

    /// <summary>High watermark checkpoint.</summary>
    public long HighWatermark { get; set; }

    /// <summary>It cannot be used, and the controller has been told so.</summary>
    public bool IsDamageRegistered { get; set; }

    /// <summary>The epoch checkpoint as a process sees it.</summary>
    public EpochStart[] Epochs => _epochs[^1];

    /// <summary>Replaces the epoch checkpoint; which one a power loss leaves is open until the log is flushed.</summary>
    public void ReplaceEpochs(EpochCache epochs) => _epochs.Add([.. epochs.Entries]);

    /// <summary>Replaces the epoch checkpoint durably.</summary>
    public void WriteEpochs(EpochCache epochs)
    {
        ReplaceEpochs(epochs);
        FlushNames();
    }

    /// <summary>All names in the log's directory are durable.</summary>
    public void FlushNames()
    {
        if (_epochs.Count > 1)
            _epochs.RemoveRange(0, _epochs.Count - 1);
        for (var i = Segments.Count - 1; i >= 0 && !Segments[i].IsNameDurable; i--)
            Segments[i].IsNameDurable = true;
    }

    public bool HoldsEpochs(EpochCache epochs)
    {
        if (Epochs.Length != epochs.Entries.Count)
            return false;
        for (var i = 0; i < Epochs.Length; i++)
        {
            if (Epochs[i] != epochs.Entries[i])
                return false;
        }

        return true;
    }

    /// <summary>The only snapshot there is from here on, durable; none where nothing is known.</summary>
    public void KeepSnapshot(long offset, ProducerStates producers)
    {
        Snapshots.Clear();
        if (producers.Count > 0)
            Snapshots.Add(offset, new Snapshot(producers.Encode(), IsDurable: true));
    }

    public void DeleteSnapshotsAfter(long offset)
    {
        while (Snapshots.Count > 0 && Snapshots.GetKeyAtIndex(Snapshots.Count - 1) > offset)
            Snapshots.RemoveAt(Snapshots.Count - 1);
    }

    public void DeleteSnapshotsBefore(long offset)
    {
        while (Snapshots.Count > 0 && Snapshots.GetKeyAtIndex(0) < offset)
            Snapshots.RemoveAt(0);
    }

    public void FlushSnapshot(long offset)
    {
        if (Snapshots.TryGetValue(offset, out var snapshot))
            Snapshots[offset] = snapshot with { IsDurable = true };
    }

    /// <summary>Of the epoch checkpoints that were not flushed, a power loss leaves one.</summary>
    /// <returns>Whether it is not the newest.</returns>
    public bool LoseEpochs(Func<int, int> choose)
    {
        if (_epochs.Count == 1)
            return false;
        var kept = choose(_epochs.Count);
        var isOlder = kept < _epochs.Count - 1;
        var survivor = _epochs[kept];
        _epochs.Clear();
        _epochs.Add(survivor);
        return isOlder;
    }

    /// <summary>Encoded producer states.</summary>
    internal readonly record struct Snapshot(byte[] Bytes, bool IsDurable);
}
