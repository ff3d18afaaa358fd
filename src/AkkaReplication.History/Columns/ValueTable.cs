namespace AkkaReplication.History.Columns;

/// <summary>Numbers values 0, 1, 2, ... in the order in which they are first met.</summary>
internal sealed class ValueTable
{
    private readonly Column<long> _payloads;
    private readonly Column<bool> _isText;
    private readonly TextTable _texts;
    private readonly Column<int> _numberOfText;
    private int[] _slots = Empty(64);

    public ValueTable()
        : this(new Column<long>(), new Column<bool>(), new TextTable(), new Column<int>())
    {
    }

    private ValueTable(
        Column<long> payloads, Column<bool> isText, TextTable texts, Column<int> numberOfText)
    {
        _payloads = payloads;
        _isText = isText;
        _texts = texts;
        _numberOfText = numberOfText;
    }

    public int Count => _payloads.Count;

    public int NumberOf(HistoryValue value) =>
        value.Text is { } text ? NumberOfText(_texts.NumberOf(text)) : NumberOf(value.Number);

    /// <summary>The text must not be a number in its usual form.</summary>
    public int NumberOf(ReadOnlySpan<byte> utf8) => NumberOfText(_texts.NumberOf(utf8));

    public int NumberOf(long value)
    {
        var mask = _slots.Length - 1;
        var slot = Slot(value, mask);
        while (_slots[slot] >= 0)
        {
            if (_payloads[_slots[slot]] == value)
                return _slots[slot];
            slot = (slot + 1) & mask;
        }

        var number = Add(value, isText: false);
        _slots[slot] = number;
        if ((number + 1) * 3L > _slots.Length * 2L)
            Grow();
        return number;
    }

    public HistoryValue ValueOf(int number) => _isText[number]
        ? HistoryValue.Of(_texts.TextOf((int)_payloads[number]))
        : HistoryValue.Of(_payloads[number]);

    public ValueTable Copy() =>
        new(_payloads.Copy(), _isText.Copy(), _texts.Copy(), _numberOfText.Copy()) { _slots = (int[])_slots.Clone() };

    private int NumberOfText(int text)
    {
        if (text == _numberOfText.Count)
            _numberOfText.Add(Add(text, isText: true));
        return _numberOfText[text];
    }

    private int Add(long payload, bool isText)
    {
        _payloads.Add(payload);
        _isText.Add(isText);
        return _payloads.Count - 1;
    }

    private void Grow()
    {
        _slots = Empty(_slots.Length * 2);
        var mask = _slots.Length - 1;
        for (var number = 0; number < Count; number++)
        {
            if (_isText[number])
                continue;
            var slot = Slot(_payloads[number], mask);
            while (_slots[slot] >= 0)
                slot = (slot + 1) & mask;
            _slots[slot] = number;
        }
    }

    private static int Slot(long value, int mask)
    {
        var mixed = (ulong)value * 0x9E3779B97F4A7C15UL;
        return (int)(mixed >> 32) & mask;
    }

    private static int[] Empty(int size)
    {
        var slots = new int[size];
        Array.Fill(slots, -1);
        return slots;
    }
}
