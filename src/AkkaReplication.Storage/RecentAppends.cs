namespace AkkaReplication.Storage;

/// <summary>
/// The last batches that a leader appended, as they are in the file, for the followers who read them a moment later. Kept
/// only while somebody reads at the log's end, and no longer than the garbage collector likes: an idle log holds nothing.
/// One writer, the replica's turn; readers on any thread. Bytes that were handed out are never written again.
/// </summary>
/// <param name="holds">They are kept until newer ones push them out, whatever the garbage collector likes.</param>
internal sealed class RecentAppends(bool holds)
{
    private const int ChunkBytes = 64 * 1024;
    private const int MostChunks = 8;
    private const int MostUnread = 64;

    private readonly Lock _lock = new();
    private MemoryReference<Chunk>[] _chunks = [];
    private int _newest;
    private int _unread = MostUnread;

    /// <summary>Whether somebody reads what is appended: keeping it for nobody would cost a copy.</summary>
    public bool IsWanted => Volatile.Read(ref _unread) < MostUnread;

    /// <summary>Somebody reads at the log's end.</summary>
    public void Want() => Volatile.Write(ref _unread, 0);

    /// <summary>A copy of the batch with other bytes at its start. Nobody finds it before <see cref="Commit"/>.</summary>
    public Kept Keep(long generation, long baseOffset, ReadOnlySpan<byte> start, ReadOnlySpan<byte> rest)
    {
        var length = start.Length + rest.Length;
        var chunk = Newest();
        if (chunk is null || !chunk.Continues(generation, baseOffset, length))
        {
            chunk = new Chunk(generation, baseOffset, Math.Max(length, ChunkBytes));
            Begin(chunk);
        }

        var target = chunk.Room(length);
        start.CopyTo(target.Span);
        rest.CopyTo(target.Span[start.Length..]);
        return new Kept(chunk, target);
    }

    /// <summary>The batch stands in the file.</summary>
    public void Commit(in Kept kept, long nextOffset)
    {
        lock (_lock)
            kept.Chunk.Add(nextOffset, kept.Batch.Length);
        Volatile.Write(ref _unread, _unread + 1);
    }

    /// <summary>
    /// Whole batches from the one that begins at <paramref name="offset"/>, none beyond <paramref name="limit"/>, and as many
    /// as fit. False where the first one is not kept, or does not fit.
    /// </summary>
    /// <param name="atLeastOneBatch">The first one fits in any case.</param>
    public bool TryFind(
        long generation, long offset, long limit, int maxBytes, bool atLeastOneBatch, out ReadOnlyMemory<byte> batches)
    {
        lock (_lock)
            batches = Find(generation, offset, limit, maxBytes);
        if (batches.IsEmpty || (batches.Length > maxBytes && !atLeastOneBatch))
            return false;
        Want();
        return true;
    }

    private Chunk? Newest() => _chunks.Length > 0 && _chunks[_newest].TryGetTarget(out var chunk) ? chunk : null;

    /// <summary>Readers are a few batches behind: the chunks before are theirs still.</summary>
    private void Begin(Chunk chunk)
    {
        lock (_lock)
        {
            if (_chunks.Length == 0)
                _chunks = [.. Enumerable.Range(0, MostChunks).Select(_ => new MemoryReference<Chunk>(holds))];
            _newest = (_newest + 1) % MostChunks;
            _chunks[_newest].SetTarget(chunk);
        }
    }

    private ReadOnlyMemory<byte> Find(long generation, long offset, long limit, int maxBytes)
    {
        for (var i = 0; i < _chunks.Length; i++)
        {
            if (_chunks[(_newest - i + MostChunks) % MostChunks].TryGetTarget(out var chunk)
                && chunk.Find(generation, offset, limit, maxBytes) is { IsEmpty: false } batches)
            {
                return batches;
            }
        }

        return ReadOnlyMemory<byte>.Empty;
    }

    /// <summary>A batch that is being appended, and what keeps it.</summary>
    internal readonly record struct Kept(Chunk Chunk, ReadOnlyMemory<byte> Batch);

    /// <summary>Batches that follow one another, in one array.</summary>
    internal sealed class Chunk(long generation, long baseOffset, int size)
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(size);
        private readonly List<(long NextOffset, int End)> _batches = new(4);

        private long NextOffset => _batches.Count == 0 ? baseOffset : _batches[^1].NextOffset;

        private int End => _batches.Count == 0 ? 0 : _batches[^1].End;

        public bool Continues(long itsGeneration, long offset, int length) =>
            generation == itsGeneration && NextOffset == offset && _bytes.Length - End >= length;

        public Memory<byte> Room(int length) => _bytes.AsMemory(End, length);

        public void Add(long nextOffset, int length) => _batches.Add((nextOffset, End + length));

        public ReadOnlyMemory<byte> Find(long itsGeneration, long offset, long limit, int maxBytes)
        {
            if (generation != itsGeneration || offset < baseOffset)
                return ReadOnlyMemory<byte>.Empty;

            // From the end: whoever reads here is close to it.
            var first = _batches.Count;
            while (first > 0 && _batches[first - 1].NextOffset > offset)
                first--;
            var (begins, start) = first == 0 ? (baseOffset, 0) : _batches[first - 1];
            if (begins != offset || first == _batches.Count || _batches[first].NextOffset > limit)
                return ReadOnlyMemory<byte>.Empty;

            var last = first;
            while (last + 1 < _batches.Count
                && _batches[last + 1].NextOffset <= limit
                && _batches[last + 1].End - start <= maxBytes)
            {
                last++;
            }

            return _bytes.AsMemory(start, _batches[last].End - start);
        }
    }
}
