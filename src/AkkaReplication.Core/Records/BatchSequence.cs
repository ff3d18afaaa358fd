using AkkaReplication.Logs;

namespace AkkaReplication.Records;

/// <summary>
/// Walks the whole batches in a buffer and stops before an incomplete one at its end. Checks no checksum and copies
/// nothing.
/// </summary>
public ref struct BatchSequence(ReadOnlyMemory<byte> batches)
{
    private readonly ReadOnlyMemory<byte> _batches = batches;
    private BatchHeader _header;
    private int _next;

    /// <summary>The current batch.</summary>
    public ReadOnlyMemory<byte> Current { get; private set; }

    /// <summary>The current batch's header.</summary>
    public readonly BatchHeader Header => _header;

    /// <summary>Bytes of the whole batches walked so far, the current one included.</summary>
    public readonly int BytesRead => _next;

    /// <summary>Bytes after the current batch.</summary>
    public readonly int BytesLeft => _batches.Length - _next;

    /// <summary>Goes to the next whole batch; false where there is none.</summary>
    /// <exception cref="CorruptBatchException">A header is there but cannot be one of a batch v2.</exception>
    public bool MoveNext()
    {
        var rest = _batches.Span[_next..];
        if (rest.Length < BatchHeader.Size)
            return false;
        if (!BatchHeader.TryRead(rest, out _header))
            throw new CorruptBatchException($"Byte {_next} of {_batches.Length} begins no record batch v2.");
        if (_header.SizeInBytes > rest.Length)
            return false;

        Current = _batches.Slice(_next, _header.SizeInBytes);
        _next += _header.SizeInBytes;
        return true;
    }
}
