namespace AkkaReplication.Storage.Tests.Simulated;

/// <summary>The bytes of one simulated file: as programs see them, and as they are on the disk.</summary>
internal sealed class SimulatedContent
{
    private const int PageBytes = 512;

    private byte[] _durable = [];
    private byte[] _bytes = [];
    private bool _isDirty;

    public int Length { get; private set; }

    /// <summary>When it was written last; ms since the Unix epoch.</summary>
    public long LastWriteMs { get; set; }

    public int Read(Span<byte> buffer, long position)
    {
        var count = (int)Math.Clamp(Length - position, 0, buffer.Length);
        _bytes.AsSpan((int)Math.Min(position, Length), count).CopyTo(buffer);
        return count;
    }

    public void Write(ReadOnlySpan<byte> source, long position)
    {
        var end = checked((int)(position + source.Length));
        if (end > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(end, 2 * _bytes.Length));
        source.CopyTo(_bytes.AsSpan((int)position));
        Length = Math.Max(Length, end);
        _isDirty = true;
    }

    public void SetLength(long length)
    {
        if (length > _bytes.Length)
            Array.Resize(ref _bytes, (int)length);
        if (length < Length)
            _bytes.AsSpan((int)length, Length - (int)length).Clear();
        Length = (int)length;
        _isDirty = true;
    }

    public void Flush()
    {
        if (_isDirty)
            _durable = _bytes.AsSpan(0, Length).ToArray();
        _isDirty = false;
    }

    /// <summary>After a failed flush the system takes the pages for clean: they are never written, and no later flush says so.</summary>
    public void ForgetDirty() => _isDirty = false;

    /// <summary>
    /// Leaves, of what was not flushed, everything, nothing, a prefix, or any mixture of pages; a file that grew may have its
    /// new size and zeros in it.
    /// </summary>
    public void Crash(Random random)
    {
        var wanted = _bytes.AsSpan(0, Length).ToArray();
        var survivor = random.Next(4) switch
        {
            0 => _durable,
            1 when _isDirty => wanted,
            2 => Prefix(wanted, random),
            _ => Pages(wanted, random),
        };
        _bytes = survivor.ToArray();
        _durable = survivor.ToArray();
        Length = survivor.Length;
        _isDirty = false;
    }

    /// <summary>The unflushed bytes reached the disk up to some byte.</summary>
    private byte[] Prefix(byte[] wanted, Random random)
    {
        if (!_isDirty)
            return _durable;

        var same = wanted.AsSpan().CommonPrefixLength(_durable);
        var cut = random.Next(same, wanted.Length + 1);
        return cut >= _durable.Length ? wanted[..cut] : [.. wanted[..cut], .. _durable[cut..]];
    }

    private byte[] Pages(byte[] wanted, Random random)
    {
        if (!_isDirty)
            return _durable;

        var length = random.Next(2) == 0 ? _durable.Length : wanted.Length;
        var mixed = new byte[length];
        for (var at = 0; at < length; at += PageBytes)
        {
            var source = random.Next(2) == 0 ? _durable : wanted;
            var count = Math.Min(PageBytes, Math.Min(length, source.Length) - at);
            if (count > 0)
                source.AsSpan(at, count).CopyTo(mixed.AsSpan(at));
        }

        return mixed;
    }
}
