using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage.Cleaning;

/// <summary>Reads whole batches of a segment, a few at a time, into a buffer that is used again.</summary>
internal sealed class BatchChunks
{
    private byte[] _buffer = [];

    /// <summary>
    /// The whole batches from a position on, about <paramref name="bytes"/> of them and at least one; they hold until the next
    /// call.
    /// </summary>
    /// <exception cref="IOException">The segment cannot be read, or no batch begins there.</exception>
    public ReadOnlyMemory<byte> Read(LogSegment segment, long position, int bytes)
    {
        var left = segment.SizeBytes - position;
        var read = ReadInto(segment, position, (int)Math.Min(left, Math.Max(bytes, BatchHeader.Size)));
        if (!BatchHeader.TryRead(read.Span, out var first) || first.SizeInBytes > left)
            throw Damaged(segment, position);
        if (first.SizeInBytes > read.Length)
            read = ReadInto(segment, position, first.SizeInBytes);

        try
        {
            var batches = new BatchSequence(read);
            while (batches.MoveNext())
            {
            }

            return read[..batches.BytesRead];
        }
        catch (CorruptBatchException)
        {
            throw Damaged(segment, position);
        }
    }

    private static IOException Damaged(LogSegment segment, long position) =>
        new($"segment {segment.BaseOffset} is damaged at or after byte {position}");

    private ReadOnlyMemory<byte> ReadInto(LogSegment segment, long position, int count)
    {
        if (_buffer.Length < count)
            _buffer = GC.AllocateUninitializedArray<byte>(count);
        var read = segment.File.Read(_buffer.AsSpan(0, count), position);
        return read == count
            ? _buffer.AsMemory(0, count)
            : throw new IOException($"segment {segment.BaseOffset} ends at byte {position + read}, not {position + count}");
    }
}
