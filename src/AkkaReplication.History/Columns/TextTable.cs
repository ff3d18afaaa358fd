using System.Text;

namespace AkkaReplication.History.Columns;

/// <summary>
/// Numbers texts 0, 1, 2, ... in the order in which they are first met. Keeps them as UTF-8 in blocks: millions of texts
/// are a handful of objects.
/// </summary>
internal sealed class TextTable
{
    private const int BlockBits = 20;
    private const int BlockSize = 1 << BlockBits;
    private const int MaxStackBytes = 512;

    private readonly Column<long> _ends = new();
    private byte[][] _blocks = [new byte[256]];
    private long _size;
    private int[] _slots = Empty(64);

    public int Count => _ends.Count;

    public int NumberOf(string text)
    {
        var max = Encoding.UTF8.GetMaxByteCount(text.Length);
        var bytes = max <= MaxStackBytes ? stackalloc byte[MaxStackBytes] : new byte[max];
        return NumberOf(bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
    }

    public int NumberOf(ReadOnlySpan<byte> utf8)
    {
        var slot = SlotOf(utf8);
        if (_slots[slot] >= 0)
            return _slots[slot];

        var number = _ends.Count;
        Append(utf8);
        if ((number + 1) * 3L > _slots.Length * 2L)
            Grow();
        else
            _slots[slot] = number;
        return number;
    }

    /// <summary>The number of a text, or -1 if it was never met.</summary>
    public int Find(string text) => _slots[SlotOf(Encoding.UTF8.GetBytes(text))];

    public string TextOf(int number)
    {
        var start = number == 0 ? 0 : _ends[number - 1];
        var bytes = new byte[_ends[number] - start];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = At(start + i);
        return Encoding.UTF8.GetString(bytes);
    }

    public TextTable Copy()
    {
        var copy = new TextTable();
        for (var i = 0; i < Count; i++)
            copy.NumberOf(TextOf(i));
        return copy;
    }

    private byte At(long position) => _blocks[position >> BlockBits][position & (BlockSize - 1)];

    private int SlotOf(ReadOnlySpan<byte> utf8)
    {
        var mask = _slots.Length - 1;
        var slot = (int)Hash(utf8) & mask;
        while (_slots[slot] >= 0 && !Equal(_slots[slot], utf8))
            slot = (slot + 1) & mask;
        return slot;
    }

    private bool Equal(int number, ReadOnlySpan<byte> utf8)
    {
        var start = number == 0 ? 0 : _ends[number - 1];
        if (_ends[number] - start != utf8.Length)
            return false;

        var within = (int)(start & (BlockSize - 1));
        var block = _blocks[start >> BlockBits];
        if (within + utf8.Length <= block.Length)
            return block.AsSpan(within, utf8.Length).SequenceEqual(utf8);
        for (var i = 0; i < utf8.Length; i++)
        {
            if (At(start + i) != utf8[i])
                return false;
        }

        return true;
    }

    private void Append(ReadOnlySpan<byte> utf8)
    {
        foreach (var b in utf8)
        {
            var (block, at) = ((int)(_size >> BlockBits), (int)(_size & (BlockSize - 1)));
            if (block == _blocks.Length)
                Array.Resize(ref _blocks, block * 2);
            if (block == 0 && at == _blocks[0].Length)
                Array.Resize(ref _blocks[0], at * 2);
            _blocks[block] ??= new byte[BlockSize];
            _blocks[block][at] = b;
            _size++;
        }

        _ends.Add(_size);
    }

    private void Grow()
    {
        _slots = Empty(_slots.Length * 2);
        var mask = _slots.Length - 1;
        Span<byte> small = stackalloc byte[MaxStackBytes];
        for (var number = 0; number < Count; number++)
        {
            var start = number == 0 ? 0 : _ends[number - 1];
            var length = (int)(_ends[number] - start);
            var bytes = length <= MaxStackBytes ? small[..length] : new byte[length];
            for (var i = 0; i < length; i++)
                bytes[i] = At(start + i);
            var slot = (int)Hash(bytes) & mask;
            while (_slots[slot] >= 0)
                slot = (slot + 1) & mask;
            _slots[slot] = number;
        }
    }

    /// <summary>FNV-1a, mixed: the same in every process, so that a run can be repeated exactly.</summary>
    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in utf8)
            hash = (hash ^ b) * 1099511628211UL;
        return (uint)(hash ^ (hash >> 29) ^ (hash >> 47));
    }

    private static int[] Empty(int size)
    {
        var slots = new int[size];
        Array.Fill(slots, -1);
        return slots;
    }
}
