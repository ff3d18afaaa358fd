namespace AkkaReplication.History.Columns;

/// <summary>
/// A list that only grows, in blocks, so that growing never copies more than the first of them. Small while it is short.
/// </summary>
internal sealed class Column<T>
    where T : struct
{
    private const int BlockBits = 16;
    private const int BlockSize = 1 << BlockBits;
    private const int BlockMask = BlockSize - 1;
    private const int SmallestBlock = 64;

    private T[][] _blocks = [new T[SmallestBlock]];

    public int Count { get; private set; }

    public ref T this[int index] => ref _blocks[index >> BlockBits][index & BlockMask];

    public void Add(T item)
    {
        var (block, at) = (Count >> BlockBits, Count & BlockMask);
        if (block == 0 && at == _blocks[0].Length)
            Array.Resize(ref _blocks[0], at * 2);
        else if (at == 0 && block > 0)
            AddBlock(block);
        _blocks[block][at] = item;
        Count++;
    }

    /// <summary>Forgets what was added after there were so many.</summary>
    public void TruncateTo(int count) => Count = count;

    public Column<T> Copy()
    {
        var used = Math.Max(1, (Count + BlockMask) >> BlockBits);
        var copy = new Column<T> { _blocks = new T[used][], Count = Count };
        for (var i = 0; i < used; i++)
            copy._blocks[i] = (T[])_blocks[i].Clone();
        return copy;
    }

    private void AddBlock(int block)
    {
        if (block == _blocks.Length)
            Array.Resize(ref _blocks, _blocks.Length * 2);
        _blocks[block] ??= new T[BlockSize];
    }
}
