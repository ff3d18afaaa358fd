namespace AkkaReplication.History.Checking;

/// <summary>
/// What stands where in one key, as far as the history proves it: Log and Order. Offsets that are known get the indices 0,
/// 1, 2, ... by their order. Used for one key after the other, because its buffers are large.
/// </summary>
/// <remarks>
/// A <i>position</i> is a place in the key's list of steps, from 0. Of a value that stands at several offsets the first and
/// the last index are kept.
/// </remarks>
internal sealed class KeyLog(HistoryIndex index)
{
    private readonly int[] _first = new int[index.History.Values.Count];
    private readonly int[] _last = new int[index.History.Values.Count];
    private long[] _sortedOffsets = [];
    private int[] _sortedPositions = [];
    private int[] _indexOf = [];
    private long[] _offsets = [];
    private int[] _groupStarts = [];
    private int[] _visibleBefore = [];
    private int _start;

    public int Key { get; private set; }

    /// <summary>Positions of the key.</summary>
    public int Positions { get; private set; }

    /// <summary>Offsets that something stands at.</summary>
    public int Count { get; private set; }

    public OperationHistory History => index.History;

    public int StepAt(int position) => index.KeySteps[_start + position];

    public int OperationAt(int position) => index.KeyOperations[_start + position];

    public StepKind KindAt(int position) => index.History.StepKindOf(StepAt(position));

    public int ValueAt(int position) => index.History.StepValue(StepAt(position));

    public long OffsetAt(int position) => index.History.StepOffset(StepAt(position));

    /// <summary>The index of what a position says, or -1 if it says nothing of the log.</summary>
    public int IndexAt(int position) => _indexOf[position];

    /// <summary>The lowest index of a value, or -1.</summary>
    public int FirstIndexOf(int value) => _first[value];

    /// <summary>The highest index of a value, or -1.</summary>
    public int LastIndexOf(int value) => _last[value];

    /// <summary>The offset with an index.</summary>
    public long OffsetOf(int logIndex) => _offsets[logIndex];

    /// <summary>The positions that say something of an index: records, and sends.</summary>
    public ReadOnlySpan<int> PositionsOf(int logIndex) =>
        _sortedPositions.AsSpan(_groupStarts[logIndex], _groupStarts[logIndex + 1] - _groupStarts[logIndex]);

    /// <summary>The lowest index with at least this offset; the count if there is none.</summary>
    public int LowestIndexFrom(long offset)
    {
        var found = Array.BinarySearch(_offsets, 0, Count, offset);
        return found >= 0 ? found : ~found;
    }

    /// <summary>How many of the records with indices from one to another (exclusive) a poll has to show.</summary>
    public int Visible(int from, int to, Isolation isolation)
    {
        if (from >= to)
            return 0;
        return isolation == Isolation.Uncommitted ? to - from : _visibleBefore[to] - _visibleBefore[from];
    }

    /// <summary>Where the operation that a position belongs to ends in the key.</summary>
    public int EndOfOperation(int position)
    {
        var operation = OperationAt(position);
        do
            position++;
        while (position < Positions && OperationAt(position) == operation);
        return position;
    }

    /// <summary>Makes this the log of a key.</summary>
    public void Load(int key)
    {
        Key = key;
        _start = index.KeyStarts[key];
        Positions = index.KeyStarts[key + 1] - _start;
        Reserve();
        Order(Collect());
    }

    /// <summary>Whether what a position says is knowledge of the log.</summary>
    private bool IsObservation(int position)
    {
        var (offset, operation) = (OffsetAt(position), OperationAt(position));
        return KindAt(position) switch
        {
            // A poller is given only what is safe, whatever becomes of its own operation.
            StepKind.Record => !index.IsDropped(Key, offset, operation),
            // The offset of a send that may never have happened would be a phantom.
            StepKind.Send => offset >= 0 && index.IsCommitted(operation) && !index.IsDropped(Key, offset, operation),
            _ => false,
        };
    }

    private int Collect()
    {
        var count = 0;
        var isSorted = true;
        for (var position = 0; position < Positions; position++)
        {
            _indexOf[position] = -1;
            if (ValueAt(position) is var value and >= 0)
                _first[value] = _last[value] = -1;
            if (!IsObservation(position))
                continue;
            _sortedOffsets[count] = OffsetAt(position);
            _sortedPositions[count] = position;
            isSorted &= count == 0 || _sortedOffsets[count - 1] <= _sortedOffsets[count];
            count++;
        }

        if (!isSorted)
            Array.Sort(_sortedOffsets, _sortedPositions, 0, count);
        return count;
    }

    private void Order(int count)
    {
        Count = 0;
        for (var i = 0; i < count;)
        {
            var offset = _sortedOffsets[i];
            var isVisible = false;
            _offsets[Count] = offset;
            _groupStarts[Count] = i;
            for (; i < count && _sortedOffsets[i] == offset; i++)
            {
                var position = _sortedPositions[i];
                var value = ValueAt(position);
                _indexOf[position] = Count;
                if (_first[value] < 0)
                    _first[value] = Count;
                _last[value] = Count;
                isVisible |= index.IsVisible(value);
            }

            // Which of several positions was met first must not depend on how the sorting went.
            Array.Sort(_sortedPositions, _groupStarts[Count], i - _groupStarts[Count]);
            _visibleBefore[Count + 1] = _visibleBefore[Count] + (isVisible ? 1 : 0);
            Count++;
        }

        _groupStarts[Count] = count;
    }

    private void Reserve()
    {
        if (_indexOf.Length >= Positions)
            return;
        var size = Math.Max(Positions, 16);
        _sortedOffsets = new long[size];
        _sortedPositions = new int[size];
        _indexOf = new int[size];
        _offsets = new long[size];
        _groupStarts = new int[size + 1];
        _visibleBefore = new int[size + 1];
    }
}
