namespace AkkaReplication.Storage;

/// <summary>
/// Remembers what the last read of one log returned as long as somebody still has it, because a leader's followers are
/// told of new records at the same moment and read the same bytes. Owns no memory; any thread. The bytes belong to all
/// who got them and must never be written to.
/// </summary>
/// <param name="holds">It is remembered until the next read, whatever the garbage collector likes.</param>
internal sealed class RecentRead(bool holds)
{
    private readonly Lock _lock = new();
    private readonly MemoryReference<byte[]> _buffer = new(holds);
    private long _generation = -1;
    private long _offset;
    private long _endOffset;
    private int _length;

    /// <summary>Remembers the batches between two offsets: the buffer's first <paramref name="length"/> bytes.</summary>
    public void Remember(long generation, long offset, long endOffset, byte[] buffer, int length)
    {
        lock (_lock)
        {
            _generation = generation;
            _offset = offset;
            _endOffset = endOffset;
            _length = length;
            _buffer.SetTarget(buffer);
        }
    }

    /// <summary>The very bytes that reading from the one offset up to the other would return.</summary>
    public bool TryFind(long generation, long offset, long endOffset, int maxBytes, out ReadOnlyMemory<byte> batches)
    {
        lock (_lock)
        {
            if (_generation == generation
                && _offset == offset
                && _endOffset == endOffset
                && _length <= maxBytes
                && _buffer.TryGetTarget(out var buffer))
            {
                batches = buffer.AsMemory(0, _length);
                return true;
            }
        }

        batches = ReadOnlyMemory<byte>.Empty;
        return false;
    }
}
