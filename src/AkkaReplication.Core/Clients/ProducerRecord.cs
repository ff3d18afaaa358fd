using AkkaReplication.Records;

namespace AkkaReplication.Clients;

/// <summary>A record on its way into a producer; its bytes are copied before the call returns.</summary>
public readonly ref struct ProducerRecord
{
    /// <summary>No partition is named: the key decides, or the producer for a null key.</summary>
    public const int AnyPartition = -1;

    public ProducerRecord()
    {
    }

    public required string Topic { get; init; }

    public int Partition { get; init; } = AnyPartition;

    /// <summary>Ms since the Unix epoch.</summary>
    public long TimestampMs { get; init; }

    public ReadOnlySpan<byte> Key { get; init; }

    public bool KeyIsNull { get; init; }

    public ReadOnlySpan<byte> Value { get; init; }

    public bool ValueIsNull { get; init; }

    public IReadOnlyList<RecordHeader>? Headers { get; init; }

    /// <summary>Comes back in <see cref="RecordsReported"/>.</summary>
    public object? Completion { get; init; }
}

/// <summary>What came of a record that was handed to a producer.</summary>
/// <param name="Error">None: the record will be reported exactly once. Otherwise it was refused here and now.</param>
/// <param name="Wake">The machine needs a turn: call OnTimer soon.</param>
/// <param name="Cause">What a partitioner threw, if that is the reason.</param>
public readonly record struct AppendResult(ErrorCode Error, string? Message, bool Wake, Exception? Cause = null)
{
    public bool IsAccepted => Error == ErrorCode.None;
}

/// <summary>A record that cannot go into a batch yet: its topic is not known, or memory is used up.</summary>
internal sealed record WaitingRecord(
    string Topic,
    int Partition,
    long TimestampMs,
    byte[]? Key,
    byte[]? Value,
    IReadOnlyList<RecordHeader>? Headers,
    object? Completion,
    int SizeBytes,
    long DeadlineMs,
    long FlushRound)
{
    public ProducerRecord AsRecord() => new()
    {
        Topic = Topic,
        Partition = Partition,
        TimestampMs = TimestampMs,
        Key = Key,
        KeyIsNull = Key is null,
        Value = Value,
        ValueIsNull = Value is null,
        Headers = Headers,
        Completion = Completion,
    };

    public static WaitingRecord Copy(in ProducerRecord record, int sizeBytes, long deadlineMs, long flushRound) => new(
        record.Topic,
        record.Partition,
        record.TimestampMs,
        record.KeyIsNull ? null : record.Key.ToArray(),
        record.ValueIsNull ? null : record.Value.ToArray(),
        record.Headers,
        record.Completion,
        sizeBytes,
        deadlineMs,
        flushRound);
}
