using System.Buffers.Binary;
using AkkaReplication.Logs;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Segments;

/// <summary>
/// Kafka's <c>.timeindex</c>: the largest timestamp so far (i64) and the last offset of the batch that brought it (relative
/// to the segment's base, i32). No record after an entry's offset and before the next entry's has a greater timestamp than
/// the next entry.
/// </summary>
internal sealed class TimeIndex : IDisposable
{
    public const int EntrySize = 12;

    private readonly IndexFile _entries;
    private readonly long _baseOffset;

    public TimeIndex(IFileSystem files, string path, long baseOffset, int count)
    {
        _entries = new IndexFile(files, path, EntrySize, sizeof(long), count);
        _baseOffset = baseOffset;
    }

    public int Count => _entries.Count;

    public IndexFile Entries => _entries;

    /// <summary>The last entry; null where there is none.</summary>
    public TimestampAndOffset? Last => At(Count - 1);

    public TimestampAndOffset? At(int index)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        return _entries.TryRead(index, entry) ? Decode(entry) : null;
    }

    /// <summary>Adds an entry where its timestamp is greater than the last one's.</summary>
    public void MaybeAppend(long timestampMs, long offset)
    {
        if (timestampMs < 0 || (Last is { } last && last.TimestampMs >= timestampMs))
            return;

        Span<byte> entry = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteInt64BigEndian(entry, timestampMs);
        BinaryPrimitives.WriteInt32BigEndian(entry[8..], (int)(offset - _baseOffset));
        _entries.Append(entry);
    }

    /// <summary>An offset before which every record is older than <paramref name="timestampMs"/>.</summary>
    public long OffsetBefore(long timestampMs)
    {
        // An entry with the very timestamp may stand behind the first record that has it: look below.
        Span<byte> entry = stackalloc byte[EntrySize];
        return _entries.TryFindFloor(timestampMs - 1, entry) ? Decode(entry).Offset : _baseOffset;
    }

    /// <summary>The last entry whose batch ends below <paramref name="offset"/>; null where there is none.</summary>
    public TimestampAndOffset? LastBelow(long offset)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (At(middle) is { } entry && entry.Offset < offset)
                low = middle + 1;
            else
                high = middle;
        }

        return At(low - 1);
    }

    /// <summary>Drops the entries whose batch ends at or after <paramref name="endOffset"/>.</summary>
    public void TruncateTo(long endOffset)
    {
        var count = Count;
        while (count > 0 && At(count - 1) is { } last && last.Offset >= endOffset)
            count--;
        _entries.TruncateTo(count);
    }

    public void Dispose() => _entries.Dispose();

    private TimestampAndOffset Decode(ReadOnlySpan<byte> entry) => new(
        BinaryPrimitives.ReadInt64BigEndian(entry), _baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry[8..]));
}
