namespace AkkaReplication.Records;

/// <summary>
/// Where the parts of one record lie in its batch's record bytes. Reads and bounds-checks the form only; never allocates.
/// </summary>
internal struct ParsedRecord
{
    public long TimestampDelta;
    public int OffsetDelta;
    public int KeyStart;
    public int KeyLength;
    public int ValueStart;
    public int ValueLength;
    public int HeaderCount;
    public int HeadersStart;
    public int End;

    /// <summary>Parses the record at <paramref name="position"/>. Null when all is well, else what is wrong.</summary>
    public static string? Parse(ReadOnlySpan<byte> records, int position, out ParsedRecord record)
    {
        record = default;
        if (!Varint.TryRead(records, ref position, out int length) || length < 0 || length > records.Length - position)
            return "a record's length does not fit its batch";

        record.End = position + length;
        var body = records[..record.End];
        // One byte of attributes, of which no bit is in use.
        position++;
        if (position > record.End
            || !Varint.TryRead(body, ref position, out record.TimestampDelta)
            || !Varint.TryRead(body, ref position, out record.OffsetDelta))
        {
            return "a record ends before its offset delta";
        }

        if (!TrySkipField(body, ref position, out record.KeyStart, out record.KeyLength))
            return "a record's key does not fit the record";
        if (!TrySkipField(body, ref position, out record.ValueStart, out record.ValueLength))
            return "a record's value does not fit the record";
        if (!Varint.TryRead(body, ref position, out record.HeaderCount) || record.HeaderCount < 0)
            return "a record's header count is invalid";

        record.HeadersStart = position;
        for (var i = 0; i < record.HeaderCount; i++)
        {
            if (!TrySkipField(body, ref position, out _, out var keyLength) || keyLength < 0)
                return "a record header's key does not fit the record";
            if (!TrySkipField(body, ref position, out _, out _))
                return "a record header's value does not fit the record";
        }

        return position == record.End ? null : "a record is longer than its parts";
    }

    /// <summary>Reads a length-prefixed field; length -1 stands for null.</summary>
    public static bool TrySkipField(ReadOnlySpan<byte> body, ref int position, out int start, out int length)
    {
        start = 0;
        if (!Varint.TryRead(body, ref position, out length) || length < -1 || length > body.Length - position)
            return false;

        start = position;
        position += Math.Max(length, 0);
        return true;
    }
}
