using AkkaReplication.Records;

namespace AkkaReplication.Simulation.Disks.Memory;

/// <summary>
/// One segment file: its bytes, where its batches are, and how much of it is on the medium. Bytes that were handed out are
/// never written again: what changes them begins a new array.
/// </summary>
internal sealed class MemorySegment(long baseOffset, long nowMs)
{
    private const int FirstBytes = 1024;
    private const int FirstEntries = 8;

    private byte[] _bytes = [];
    private Entry[] _entries = [];
    private int _handedOut;
    private List<int>? _flipped;
    private List<(int From, int To)>? _forgotten;

    public long BaseOffset { get; } = baseOffset;

    /// <summary>When it was created or opened, by the broker's clock.</summary>
    public long CreatedMs { get; set; } = nowMs;

    /// <summary>When its file was written last, by the broker's clock.</summary>
    public long LastWriteMs { get; private set; } = nowMs;

    /// <summary>Batches.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of whole batches.</summary>
    public int SizeBytes { get; private set; }

    /// <summary>Bytes of the file: more than <see cref="SizeBytes"/> where a write failed in the middle.</summary>
    public int FileBytes { get; private set; }

    /// <summary>How much of the file a power loss leaves in any case.</summary>
    public int DurableBytes { get; private set; }

    /// <summary>Changes since the last flush.</summary>
    public bool IsDirty { get; private set; }

    /// <summary>Whether the file's name survives a power loss.</summary>
    public bool IsNameDurable { get; set; }

    /// <summary>The file may be other than <see cref="Entries"/> say: a recovery has to read it.</summary>
    public bool IsSuspect { get; private set; }

    /// <summary>The file is gone.</summary>
    public bool IsDropped { get; set; }

    /// <summary>A batch of an idempotent producer is, or was, in it.</summary>
    public bool HasProducers { get; private set; }

    /// <summary>The greatest timestamp, -1 for none.</summary>
    public long MaxTimestampMs { get; private set; } = -1;

    /// <summary>What retention judges the age by.</summary>
    public long AgeTimestampMs => MaxTimestampMs >= 0 ? MaxTimestampMs : LastWriteMs;

    /// <summary>The greatest timestamp of the first batch, -1 for none.</summary>
    public long FirstTimestampMs => Count == 0 ? -1 : _entries[0].MaxTimestampMs;

    /// <summary>The offset after the last batch.</summary>
    public long EndOffset => Count == 0 ? BaseOffset : _entries[Count - 1].NextOffset;

    public ReadOnlySpan<Entry> Entries => _entries.AsSpan(0, Count);

    public ReadOnlySpan<byte> File => _bytes.AsSpan(0, FileBytes);

    /// <summary>Room for so many bytes at the end of the whole batches; <see cref="Commit"/> follows for each batch put there.</summary>
    public Span<byte> Reserve(int bytes)
    {
        var needed = SizeBytes + bytes;
        if (needed > _bytes.Length || SizeBytes < _handedOut)
        {
            var longer = new byte[needed > _bytes.Length ? Math.Max(FirstBytes, Math.Max(needed, _bytes.Length * 2)) : _bytes.Length];
            _bytes.AsSpan(0, SizeBytes).CopyTo(longer);
            _bytes = longer;
            _handedOut = 0;
        }

        return _bytes.AsSpan(SizeBytes, bytes);
    }

    /// <summary>The next batch of what was put at the end is written.</summary>
    public void Commit(in BatchHeader header, long nowMs)
    {
        Add(header, SizeBytes);
        SizeBytes += header.SizeInBytes;
        FileBytes = SizeBytes;
        LastWriteMs = nowMs;
        IsDirty = true;
    }

    /// <summary>A write failed after so many bytes.</summary>
    public void LeaveTorn(int bytes)
    {
        FileBytes = SizeBytes + bytes;
        IsDirty = true;
        IsSuspect = true;
    }

    public int PositionOf(int index) => index < Count ? _entries[index].Position : SizeBytes;

    /// <summary>The first batch that ends after <paramref name="offset"/>; <see cref="Count"/> where there is none.</summary>
    public int IndexOf(long offset)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].NextOffset <= offset)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    public ReadOnlyMemory<byte> Slice(int position, int bytes)
    {
        _handedOut = Math.Max(_handedOut, position + bytes);
        return _bytes.AsMemory(position, bytes);
    }

    public void MarkDirty() => IsDirty = true;

    /// <summary>Everything written is on the medium, except what the medium has refused before.</summary>
    public void Flush()
    {
        IsDirty = false;
        DurableBytes = FileBytes;
    }

    /// <summary>
    /// The medium refused what was not flushed: the system takes it for flushed from now on, and no later flush writes it.
    /// </summary>
    public void ForgetDirty()
    {
        IsDirty = false;
        if (FileBytes > DurableBytes)
            (_forgotten ??= []).Add((DurableBytes, FileBytes));
    }

    /// <summary>Everything is written once more, so that a flush covers it again.</summary>
    public void Rewrite()
    {
        _forgotten = null;
        IsDirty = true;
    }

    /// <summary>Cuts the file behind its first batches, and flushes that.</summary>
    public void TruncateTo(int count)
    {
        var size = PositionOf(count);
        Become(size);
        Count = count;
        SizeBytes = size;
        RestoreTimestamp();
    }

    /// <summary>Begins anew with a file of which nothing is known; the first batches are told by <see cref="Found"/>.</summary>
    public void Rescan()
    {
        Count = 0;
        SizeBytes = 0;
        MaxTimestampMs = -1;
    }

    /// <summary>A recovery has read a valid batch at the end of those before.</summary>
    public void Found(in BatchHeader header)
    {
        Add(header, SizeBytes);
        SizeBytes += header.SizeInBytes;
    }

    /// <summary>A recovery has read it all and kept what is valid.</summary>
    public void Trust()
    {
        IsSuspect = SizeBytes < FileBytes || _flipped is not null;
        IsDirty = true;
    }

    /// <summary>Damages one byte of the file, for all who read it from now on.</summary>
    public void Flip(int position, int bit)
    {
        _bytes = [.. _bytes];
        _handedOut = 0;
        _bytes[position] ^= (byte)(1 << bit);
        (_flipped ??= []).Add(position);
        IsSuspect = true;
    }

    /// <summary>Whether a read of these bytes meets damage that nobody has met before.</summary>
    public bool MeetsDamage(int position, int bytes)
    {
        if (_flipped is null)
            return false;
        var met = _flipped.RemoveAll(flipped => flipped >= position && flipped < position + bytes);
        if (_flipped.Count == 0)
            _flipped = null;
        return met > 0;
    }

    /// <summary>What a power loss must take away whatever else it leaves: null where there is nothing.</summary>
    public IReadOnlyList<(int From, int To)>? Forgotten => _forgotten;

    /// <summary>The medium has these bytes, and only these.</summary>
    public void BecomeAfterPowerLoss(byte[] bytes)
    {
        IsSuspect |= !bytes.AsSpan().SequenceEqual(File);
        _bytes = bytes;
        _handedOut = 0;
        Become(bytes.Length);
    }

    /// <summary>The file has this length, durably.</summary>
    private void Become(int bytes)
    {
        FileBytes = DurableBytes = bytes;
        IsDirty = false;
        IsNameDurable = true;
        _forgotten = null;
        _flipped?.RemoveAll(position => position >= bytes);
        if (_flipped is { Count: 0 })
            _flipped = null;
    }

    private void Add(in BatchHeader header, int position)
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, Math.Max(FirstEntries, Count * 2));
        _entries[Count++] = new Entry(
            header.BaseOffset,
            header.NextOffset,
            header.MaxTimestampMs,
            position,
            header.PartitionLeaderEpoch,
            header.HasProducerId);
        MaxTimestampMs = Math.Max(MaxTimestampMs, header.MaxTimestampMs);
        HasProducers |= header.HasProducerId;
    }

    private void RestoreTimestamp()
    {
        MaxTimestampMs = -1;
        foreach (ref readonly var entry in Entries)
            MaxTimestampMs = Math.Max(MaxTimestampMs, entry.MaxTimestampMs);
    }

    /// <summary>Where a batch is.</summary>
    internal readonly record struct Entry(
        long BaseOffset, long NextOffset, long MaxTimestampMs, int Position, LeaderEpoch Epoch, bool HasProducer);
}
