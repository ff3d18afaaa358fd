using AkkaReplication.Records;

namespace AkkaReplication.Logs;

/// <summary>What a topic's settings allow a produced batch to be; names and defaults are Kafka's.</summary>
public sealed record BatchLimits
{
    public static readonly BatchLimits Default = new();

    /// <summary>max.message.bytes: the greatest batch, in bytes, header included.</summary>
    public int MaxMessageBytes { get; init; } = 1_048_588;

    /// <summary>segment.bytes: a batch must fit one segment.</summary>
    public int SegmentBytes { get; init; } = 1 << 30;

    /// <summary>message.timestamp.type.</summary>
    public TimestampType TimestampType { get; init; } = TimestampType.CreateTime;

    /// <summary>message.timestamp.before.max.ms: how far a CreateTime timestamp may lie in the past.</summary>
    public long TimestampBeforeMaxMs { get; init; } = long.MaxValue;

    /// <summary>message.timestamp.after.max.ms: how far a CreateTime timestamp may lie in the future.</summary>
    public long TimestampAfterMaxMs { get; init; } = long.MaxValue;

    /// <summary>The topic is compacted: every record needs a key.</summary>
    public bool IsCompacted { get; init; }
}

/// <summary>Why a produced batch is refused.</summary>
public readonly record struct BatchProblem(ErrorCode Error, string Message);
