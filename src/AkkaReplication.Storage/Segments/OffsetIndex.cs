using System.Buffers.Binary;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Segments;

/// <summary>
/// Kafka's <c>.index</c>: for some batches of a segment, the last offset (relative to the segment's base, i32) and the
/// byte where the batch begins (i32).
/// </summary>
internal sealed class OffsetIndex : IDisposable
{
    public const int EntrySize = 8;

    private readonly IndexFile _entries;
    private readonly long _baseOffset;

    public OffsetIndex(IFileSystem files, string path, long baseOffset, int count)
    {
        _entries = new IndexFile(files, path, EntrySize, sizeof(int), count);
        _baseOffset = baseOffset;
    }

    public int Count => _entries.Count;

    public IndexFile Entries => _entries;

    /// <summary>The last entry; null where there is none.</summary>
    public (long Offset, int Position)? Last => At(Count - 1);

    public (long Offset, int Position)? At(int index)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        return _entries.TryRead(index, entry) ? Decode(entry) : null;
    }

    public void Append(long lastOffset, int position)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteInt32BigEndian(entry, (int)(lastOffset - _baseOffset));
        BinaryPrimitives.WriteInt32BigEndian(entry[4..], position);
        _entries.Append(entry);
    }

    /// <summary>A byte at or before which the batch with <paramref name="offset"/> begins; always the start of a batch.</summary>
    public int PositionBefore(long offset)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        return _entries.TryFindFloor(offset - _baseOffset, entry) ? Decode(entry).Position : 0;
    }

    /// <summary>Drops the entries of batches that end at or after <paramref name="endOffset"/>.</summary>
    public void TruncateTo(long endOffset)
    {
        var count = Count;
        while (count > 0 && At(count - 1) is { } last && last.Offset >= endOffset)
            count--;
        _entries.TruncateTo(count);
    }

    public void Dispose() => _entries.Dispose();

    private (long Offset, int Position) Decode(ReadOnlySpan<byte> entry) =>
        (_baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry), BinaryPrimitives.ReadInt32BigEndian(entry[4..]));
}
