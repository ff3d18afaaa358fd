using AkkaReplication.Records;

namespace AkkaReplication;

/// <summary>What a record carries.</summary>
public sealed class Message<TKey, TValue>
{
    /// <summary>Decides the partition where none is named; null spreads records evenly.</summary>
    public TKey Key { get; set; } = default!;

    /// <summary>Null deletes the key in a compacted topic.</summary>
    public TValue Value { get; set; } = default!;

    /// <summary>Named values beside the record; null for none.</summary>
    public Headers? Headers { get; set; }

    /// <summary>
    /// The moment the record speaks of, from 1970 to 9999; left out, the moment of the call. A
    /// <see cref="DateTimeOffset"/> will do.
    /// </summary>
    public Timestamp Timestamp { get; set; }
}

/// <summary>A record's time in ms since the Unix epoch, and who set it.</summary>
public readonly record struct Timestamp(long UnixTimestampMs, TimestampType Type)
{
    public Timestamp(DateTimeOffset time)
        : this(time.ToUnixTimeMilliseconds(), TimestampType.CreateTime)
    {
    }

    /// <summary>The greatest time that is accepted, in ms since the Unix epoch: the end of the year 9999.</summary>
    internal const long GreatestMs = 253_402_300_799_999;

    /// <summary>No time: the moment of the call. 1970-01-01T00:00:00Z cannot be told from it.</summary>
    public static readonly Timestamp Default;

    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeMilliseconds(UnixTimestampMs);

    /// <summary>A record's own time, cut to whole milliseconds.</summary>
    public static Timestamp FromDateTimeOffset(DateTimeOffset time) => new(time);

    public static implicit operator Timestamp(DateTimeOffset time) => new(time);
}

/// <summary>
/// Named values beside a record, in order; names may repeat. Not to be changed once the record is handed over.
/// </summary>
public sealed class Headers : IReadOnlyList<RecordHeader>
{
    private readonly List<RecordHeader> _headers = [];

    public int Count => _headers.Count;

    public RecordHeader this[int index] => _headers[index];

    /// <summary>Adds a header; the value may be null and is not copied.</summary>
    public Headers Add(string key, byte[]? value) =>
        Add(key, value is null ? (ReadOnlyMemory<byte>?)null : value.AsMemory());

    /// <summary>Adds a header; the value may be null and is not copied.</summary>
    public Headers Add(string key, ReadOnlyMemory<byte>? value)
    {
        ArgumentNullException.ThrowIfNull(key);
        _headers.Add(new RecordHeader(key, value));
        return this;
    }

    /// <summary>The last value of that name.</summary>
    /// <returns>False where no header has the name.</returns>
    public bool TryGetLast(string key, out ReadOnlyMemory<byte>? value)
    {
        for (var i = _headers.Count - 1; i >= 0; i--)
        {
            if (!string.Equals(_headers[i].Key, key, StringComparison.Ordinal))
                continue;

            value = _headers[i].Value;
            return true;
        }

        value = null;
        return false;
    }

    public IEnumerator<RecordHeader> GetEnumerator() => _headers.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>The type of a key or value that is always null.</summary>
public sealed class Null
{
    private Null()
    {
    }
}
