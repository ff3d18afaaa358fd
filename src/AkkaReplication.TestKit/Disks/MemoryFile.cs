namespace AkkaReplication.Testing.Disks;

/// <summary>The bytes of a file in memory, in pages that are made when they are written to. Any thread.</summary>
internal sealed class MemoryFile
{
    private const int PageSize = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly List<byte[]?> _pages = [];
    private long _length;

    /// <summary>Size in bytes.</summary>
    public long Length => Interlocked.Read(ref _length);

    /// <summary>When the bytes changed last; ms since the Unix epoch.</summary>
    public long LastWriteMs { get; private set; } = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    public int Read(Span<byte> buffer, long position)
    {
        lock (_lock)
        {
            var count = (int)Math.Clamp(_length - position, 0, buffer.Length);
            for (var done = 0; done < count;)
            {
                var (page, offset) = Math.DivRem(position + done, PageSize);
                var part = buffer.Slice(done, (int)Math.Min(PageSize - offset, count - done));
                if (page < _pages.Count && _pages[(int)page] is { } bytes)
                    bytes.AsSpan((int)offset, part.Length).CopyTo(part);
                else
                    part.Clear();
                done += part.Length;
            }

            return count;
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        lock (_lock)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var (page, offset) = Math.DivRem(position + done, PageSize);
                while (_pages.Count <= page)
                    _pages.Add(null);
                var part = bytes.Slice(done, (int)Math.Min(PageSize - offset, bytes.Length - done));
                part.CopyTo((_pages[(int)page] ??= new byte[PageSize]).AsSpan((int)offset));
                done += part.Length;
            }

            _length = Math.Max(_length, position + bytes.Length);
            LastWriteMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        }
    }

    public void SetLength(long length)
    {
        lock (_lock)
        {
            if (length < _length)
                Cut(length);
            _length = length;
            LastWriteMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        }
    }

    /// <summary>What was cut off reads as zeros should the file grow again.</summary>
    private void Cut(long length)
    {
        var (page, offset) = Math.DivRem(length, PageSize);
        if (page >= _pages.Count)
            return;
        _pages[(int)page]?.AsSpan((int)offset).Clear();
        var keep = (int)page + (offset > 0 ? 1 : 0);
        if (keep < _pages.Count)
            _pages.RemoveRange(keep, _pages.Count - keep);
    }
}
