namespace AkkaReplication.Storage.Tests.Simulated;

/// <summary>The bytes of one simulated file: as programs see them, and as they are on the disk.</summary>
/// <remarks>
/// What is on the disk is known by what has been overwritten since the last flush, so that a flush of an appended file copies
/// nothing. Only after a failed flush, when the two differ in what no flush mends, it is kept as bytes of its own.
/// </remarks>
internal sealed class SimulatedContent
{
    private const int PageBytes = 512;

    private byte[] _bytes = [];
    private int _durableLength;
    private List<(int Position, byte[] Old)>? _overwritten;
    private byte[]? _durable;
    private List<(int From, int To)>? _written;
    private List<int>? _damaged;
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
        var from = checked((int)position);
        var end = checked(from + source.Length);
        if (end > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(end, 2 * _bytes.Length));
        Overwrite(from, end);
        source.CopyTo(_bytes.AsSpan(from));
        Length = Math.Max(Length, end);
    }

    public void SetLength(long length)
    {
        var end = checked((int)length);
        if (end == Length)
            return;
        if (end > _bytes.Length)
            Array.Resize(ref _bytes, end);
        if (end < Length)
        {
            Overwrite(end, Length);
            _bytes.AsSpan(end, Length - end).Clear();
        }

        Length = end;
        _isDirty = true;
    }

    public void Flush()
    {
        if (!_isDirty)
            return;

        if (_durable is not null)
            _durable = Wanted();
        _written?.Clear();
        _overwritten = null;
        _durableLength = Length;
        _isDirty = false;
    }

    /// <summary>After a failed flush the system takes the pages for clean: they are never written, and no later flush says so.</summary>
    public void ForgetDirty()
    {
        if (!_isDirty)
            return;

        _durable = Durable();
        (_written ??= []).Clear();
        _overwritten = null;
        _isDirty = false;
    }

    /// <summary>Turns one bit round, for programs and on the disk.</summary>
    public void Damage(int position, int bit)
    {
        var mask = (byte)(1 << bit);
        _bytes[position] ^= mask;
        if (_durable is not null && position < _durable.Length)
            _durable[position] ^= mask;
        (_damaged ??= []).Add(position);
    }

    /// <summary>Whether these bytes contain damage that nobody has read before.</summary>
    public bool MeetsDamage(long position, int count)
    {
        if (_damaged is null)
            return false;

        var met = _damaged.RemoveAll(damaged => damaged >= position && damaged < position + count);
        if (_damaged.Count == 0)
            _damaged = null;
        return met > 0;
    }

    /// <summary>
    /// Leaves, of what was not flushed, everything, nothing, a prefix, or any mixture of pages; a file that grew may have its
    /// new size and zeros in it.
    /// </summary>
    /// <returns>Whether programs see other bytes now.</returns>
    public bool Crash(Random random)
    {
        if (!_isDirty && _durable is null)
            return false;

        var durable = Durable();
        var wanted = Wanted();
        var survivor = random.Next(4) switch
        {
            0 => durable,
            1 => wanted,
            2 => Prefix(durable, wanted, random),
            _ => Pages(durable, wanted, random),
        };
        var isOther = !survivor.AsSpan().SequenceEqual(_bytes.AsSpan(0, Length));
        _bytes = survivor;
        Length = _durableLength = survivor.Length;
        _overwritten = null;
        _durable = null;
        _written = null;
        _isDirty = false;
        _damaged?.RemoveAll(position => position >= Length);
        return isOther;
    }

    /// <summary>Bytes between the two are about to change.</summary>
    private void Overwrite(int from, int to)
    {
        _isDirty = true;
        _damaged?.RemoveAll(position => position >= from && position < to);
        if (_durable is not null)
            _written!.Add((from, to));
        else if (from < _durableLength)
            (_overwritten ??= []).Add((from, _bytes[from..Math.Min(to, _durableLength)]));
    }

    /// <summary>What is on the disk.</summary>
    private byte[] Durable()
    {
        if (_durable is not null)
            return [.. _durable];

        var durable = _bytes[.._durableLength];
        for (var i = (_overwritten?.Count ?? 0) - 1; i >= 0; i--)
            _overwritten![i].Old.CopyTo(durable, _overwritten[i].Position);
        return durable;
    }

    /// <summary>What is on the disk once the system has written all that it knows it has to.</summary>
    private byte[] Wanted()
    {
        if (_durable is null)
            return _bytes[..Length];

        var wanted = _isDirty ? new byte[Length] : [.. _durable];
        _durable.AsSpan(0, Math.Min(_durable.Length, wanted.Length)).CopyTo(wanted);
        foreach (var (from, to) in _written!)
        {
            var end = Math.Min(to, wanted.Length);
            if (from < end)
                _bytes.AsSpan(from..end).CopyTo(wanted.AsSpan(from));
        }

        return wanted;
    }

    /// <summary>The unflushed bytes reached the disk up to some byte.</summary>
    private static byte[] Prefix(byte[] durable, byte[] wanted, Random random)
    {
        var same = wanted.AsSpan().CommonPrefixLength(durable);
        var cut = random.Next(same, wanted.Length + 1);
        return cut >= durable.Length ? wanted[..cut] : [.. wanted[..cut], .. durable[cut..]];
    }

    private static byte[] Pages(byte[] durable, byte[] wanted, Random random)
    {
        var length = random.Next(2) == 0 ? durable.Length : wanted.Length;
        var mixed = new byte[length];
        for (var at = 0; at < length; at += PageBytes)
        {
            var source = random.Next(2) == 0 ? durable : wanted;
            var count = Math.Min(PageBytes, Math.Min(length, source.Length) - at);
            if (count > 0)
                source.AsSpan(at, count).CopyTo(mixed.AsSpan(at));
        }

        return mixed;
    }
}
