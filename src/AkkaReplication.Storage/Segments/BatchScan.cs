using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Segments;

/// <summary>
/// Walks the batches of a file from the start of one to a given end, through a buffer of the caller's, and says why it
/// stopped. Never reads a byte at or beyond the end.
/// </summary>
internal ref struct BatchScan
{
    private readonly IFile _file;
    private readonly Span<byte> _buffer;
    private long _bufferAt;
    private int _buffered;
    private BatchHeader _header;

    /// <param name="buffer">At least a batch header's size.</param>
    public BatchScan(IFile file, long start, long end, Span<byte> buffer)
    {
        _file = file;
        _buffer = buffer;
        End = end;
        Next = start;
    }

    public long End { get; }

    /// <summary>Where the current batch begins.</summary>
    public long Position { get; private set; }

    /// <summary>Where the next batch begins: the end of all that was valid.</summary>
    public long Next { get; private set; }

    public readonly BatchHeader Header => _header;

    /// <summary>Why there is no further batch.</summary>
    public ScanProblem Problem { get; private set; }

    /// <summary>Goes to the next batch. False at the end, or with a <see cref="Problem"/>.</summary>
    /// <param name="checkCrc">Read the batch and compare its checksum, too.</param>
    public bool MoveNext(bool checkCrc)
    {
        if (Next == End)
            return false;

        Problem = Examine(Next, checkCrc);
        if (Problem != ScanProblem.None)
            return false;

        Position = Next;
        Next += _header.SizeInBytes;
        return true;
    }

    private ScanProblem Examine(long position, bool checkCrc)
    {
        if (End - position < BatchHeader.Size)
            return ScanProblem.Incomplete;
        var bytes = Peek(position, BatchHeader.Size);
        if (bytes.Length < BatchHeader.Size)
            return ScanProblem.Incomplete;
        if (!BatchHeader.TryRead(bytes, out _header) || _header.LastOffsetDelta < 0 || _header.BaseOffset < 0)
            return ScanProblem.Malformed;
        if (_header.SizeInBytes > End - position)
            return ScanProblem.Incomplete;
        return checkCrc ? CheckCrc(position) : ScanProblem.None;
    }

    private ScanProblem CheckCrc(long position)
    {
        uint crc = 0;
        var at = position + CrcCovers;
        var end = position + _header.SizeInBytes;
        while (at < end)
        {
            var bytes = Peek(at, (int)Math.Min(_buffer.Length, end - at));
            if (bytes.Length == 0)
                return ScanProblem.Incomplete;
            crc = Crc32C.Append(crc, bytes);
            at += bytes.Length;
        }

        return crc == _header.Crc ? ScanProblem.None : ScanProblem.Checksum;
    }

    /// <summary>Where the bytes under a batch's checksum begin: after the checksum itself.</summary>
    private const int CrcCovers = 21;

    /// <summary>Up to <paramref name="count"/> bytes at a position; at least one while there is one.</summary>
    private ReadOnlySpan<byte> Peek(long position, int count)
    {
        var offset = position - _bufferAt;
        if (offset >= 0 && offset + count <= _buffered)
            return _buffer.Slice((int)offset, count);

        var wanted = (int)Math.Min(_buffer.Length, End - position);
        _buffered = _file.Read(_buffer[..wanted], position);
        _bufferAt = position;
        return _buffer[..Math.Min(count, _buffered)];
    }
}
