namespace AkkaReplication.Replicas;

/// <summary>A produce that was appended and waits for an offset to be reached.</summary>
internal readonly record struct PendingProduce(
    RequestToken Token, long RequiredOffset, long BaseOffset, long LogAppendTimeMs, long DeadlineMs);

/// <summary>
/// Produces that wait, ordered by the offset they wait for. A ring: appends come in order and cost no allocation, only
/// duplicates of older batches are put between.
/// </summary>
internal sealed class PendingProduces
{
    private PendingProduce[] _items = new PendingProduce[16];
    private int _head;

    public int Count { get; private set; }

    /// <summary>The earliest deadline of all, <see cref="long.MaxValue"/> when nothing waits. Walks them all.</summary>
    public long EarliestDeadlineMs
    {
        get
        {
            var earliest = long.MaxValue;
            for (var i = 0; i < Count; i++)
                earliest = Math.Min(earliest, At(i).DeadlineMs);
            return earliest;
        }
    }

    public void Add(in PendingProduce produce)
    {
        if (Count == _items.Length)
            Grow();

        var position = Count++;
        while (position > 0 && At(position - 1).RequiredOffset > produce.RequiredOffset)
        {
            At(position) = At(position - 1);
            position--;
        }

        At(position) = produce;
    }

    /// <summary>Takes out the first one if <paramref name="offset"/> suffices for it.</summary>
    public bool TryTake(long offset, out PendingProduce produce)
    {
        if (Count == 0 || At(0).RequiredOffset > offset)
        {
            produce = default;
            return false;
        }

        produce = At(0);
        _head = (_head + 1) & (_items.Length - 1);
        Count--;
        return true;
    }

    /// <summary>Takes out the first one, whatever it waits for.</summary>
    public bool TryTakeAny(out PendingProduce produce) => TryTake(long.MaxValue, out produce);

    /// <summary>Moves those whose deadline has come to <paramref name="expired"/>, in their order.</summary>
    public void TakeExpired(long nowMs, List<PendingProduce> expired)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            var produce = At(i);
            if (produce.DeadlineMs <= nowMs)
                expired.Add(produce);
            else
                At(kept++) = produce;
        }

        Count = kept;
    }

    private ref PendingProduce At(int index) => ref _items[(_head + index) & (_items.Length - 1)];

    private void Grow()
    {
        var larger = new PendingProduce[_items.Length * 2];
        for (var i = 0; i < Count; i++)
            larger[i] = At(i);
        _items = larger;
        _head = 0;
    }
}
