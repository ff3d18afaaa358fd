using System.Buffers;

namespace AkkaReplication.Protocol;

/// <summary>
/// Frames on their way out: what was written, in memory from a pool, and between it the records that are sent from where
/// they are. For one thread at a time; whoever is done with it disposes of it, or clears it and uses it again.
/// </summary>
public sealed class FrameBuffer : IDisposable
{
    /// <summary>Records of at least so many bytes are referred to; fewer are cheaper to copy than to send on their own.</summary>
    public const int PassThroughSize = 1024;

    private readonly List<Piece> _pieces = [];
    private byte[] _array;
    private long _passedThrough;

    /// <param name="capacity">How many bytes, without records, are expected.</param>
    public FrameBuffer(int capacity = 512) => _array = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, 16));

    /// <summary>How many bytes the frames have together, records included.</summary>
    public long Length => Written + _passedThrough;

    /// <summary>How many segments <see cref="GetSegments"/> gives at most.</summary>
    public int SegmentCount => (_pieces.Count * 2) + 1;

    internal int Written { get; set; }

    internal Span<byte> Space => _array;

    /// <summary>Forgets what was written; memory from <see cref="GetSegments"/> must no longer be in use.</summary>
    public void Clear()
    {
        Written = 0;
        _passedThrough = 0;
        _pieces.Clear();
    }

    /// <summary>The bytes in their order; valid until <see cref="Clear"/>, <see cref="Dispose"/> or the next frame.</summary>
    /// <param name="segments">To which they are added; none is empty.</param>
    public void GetSegments(ICollection<ReadOnlyMemory<byte>> segments)
    {
        var from = 0;
        foreach (var piece in _pieces)
        {
            if (piece.At > from)
                segments.Add(_array.AsMemory(from, piece.At - from));
            segments.Add(piece.Records);
            from = piece.At;
        }

        if (Written > from)
            segments.Add(_array.AsMemory(from, Written - from));
    }

    /// <summary>Copies the bytes in their order, records too.</summary>
    public void CopyTo(IBufferWriter<byte> target)
    {
        var from = 0;
        foreach (var piece in _pieces)
        {
            target.Write(_array.AsSpan(from, piece.At - from));
            target.Write(piece.Records.Span);
            from = piece.At;
        }

        target.Write(_array.AsSpan(from, Written - from));
    }

    /// <returns>A copy of the bytes, records too.</returns>
    public byte[] ToArray()
    {
        var target = new ArrayBufferWriter<byte>((int)Math.Max(Length, 1));
        CopyTo(target);
        return target.WrittenSpan.ToArray();
    }

    public void Dispose()
    {
        var array = _array;
        _array = [];
        Clear();
        if (array.Length > 0)
            ArrayPool<byte>.Shared.Return(array);
    }

    /// <summary>Makes room for more bytes behind the first <paramref name="written"/>.</summary>
    internal Span<byte> Grow(int written, int bytes)
    {
        ObjectDisposedException.ThrowIf(_array.Length == 0, this);
        var needed = (long)written + bytes;
        if (needed > Array.MaxLength)
            throw new ReplicationException(ErrorCode.MessageTooLarge, $"a frame of {needed} bytes, records not counted");

        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(_array.Length * 2L, needed, Array.MaxLength));
        _array.AsSpan(0, written).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
        return larger;
    }

    internal void PassThrough(int at, ReadOnlyMemory<byte> records)
    {
        _pieces.Add(new Piece(at, records));
        _passedThrough += records.Length;
    }

    /// <summary>Where the buffer ends, to come back to with <see cref="Rewind"/>.</summary>
    internal Mark GetMark() => new(Written, _pieces.Count, _passedThrough);

    /// <summary>Forgets what came after the mark.</summary>
    internal void Rewind(Mark mark)
    {
        Written = mark.Written;
        _passedThrough = mark.PassedThrough;
        _pieces.RemoveRange(mark.Pieces, _pieces.Count - mark.Pieces);
    }

    internal readonly record struct Mark(int Written, int Pieces, long PassedThrough);

    /// <summary>Records, and the number of written bytes before them.</summary>
    private readonly record struct Piece(int At, ReadOnlyMemory<byte> Records);
}
