using System.Collections.Immutable;
using AkkaReplication.Clients;

namespace AkkaReplication;

/// <summary>What a consumer is told; names and defaults are Kafka's. Times in ms, sizes in bytes.</summary>
public sealed class ConsumerOptions : ClientOptions
{
    /// <summary>auto.offset.reset: where to go on when a position is not, or no longer, in the log.</summary>
    public AutoOffsetReset AutoOffsetReset { get; set; } = AutoOffsetReset.Latest;

    /// <summary>isolation.level.</summary>
    public IsolationLevel IsolationLevel { get; set; } = IsolationLevel.ReadUncommitted;

    /// <summary>fetch.min.bytes: a broker answers when it has that much. 0 or more.</summary>
    public int FetchMinBytes { get; set; } = 1;

    /// <summary>
    /// fetch.max.bytes: what all answers on their way may bring and what is fetched ahead, together. 1 or more. A
    /// larger batch comes whole.
    /// </summary>
    public int FetchMaxBytes { get; set; } = 52_428_800;

    /// <summary>
    /// max.partition.fetch.bytes: of one partition in one answer, and of what is fetched ahead of it. 1 or more.
    /// </summary>
    public int MaxPartitionFetchBytes { get; set; } = 1_048_576;

    /// <summary>fetch.max.wait.ms: how long a broker waits for fetch.min.bytes. 0 or more.</summary>
    public int FetchMaxWaitMs { get; set; } = 500;

    /// <summary>check.crcs: whether the checksum of every batch is verified.</summary>
    public bool CheckCrcs { get; set; } = true;

    /// <summary>
    /// default.api.timeout.ms: how long questions about offsets may take with all their repetitions. 1 or more.
    /// </summary>
    public int DefaultApiTimeoutMs { get; set; } = 60_000;

    /// <inheritdoc/>
    public override void Set(string key, string value)
    {
        switch (key)
        {
            case "auto.offset.reset":
                AutoOffsetReset = value switch
                {
                    "earliest" => AutoOffsetReset.Earliest,
                    "latest" => AutoOffsetReset.Latest,
                    "none" => AutoOffsetReset.None,
                    _ => throw Invalid(key, value, "earliest, latest and none are accepted"),
                };
                break;
            case "isolation.level":
                IsolationLevel = value switch
                {
                    "read_uncommitted" => IsolationLevel.ReadUncommitted,
                    "read_committed" => IsolationLevel.ReadCommitted,
                    _ => throw Invalid(key, value, "read_uncommitted and read_committed are accepted"),
                };
                break;
            case "fetch.min.bytes":
                FetchMinBytes = Int32(key, value);
                break;
            case "fetch.max.bytes":
                FetchMaxBytes = Int32(key, value);
                break;
            case "max.partition.fetch.bytes":
                MaxPartitionFetchBytes = Int32(key, value);
                break;
            case "fetch.max.wait.ms":
                FetchMaxWaitMs = Int32(key, value);
                break;
            case "check.crcs":
                CheckCrcs = Boolean(key, value);
                break;
            case "default.api.timeout.ms":
                DefaultApiTimeoutMs = Int32(key, value);
                break;
            default:
                base.Set(key, value);
                break;
        }
    }

    internal ConsumerSettings ToSettings(ImmutableArray<BrokerId> bootstrap)
    {
        CheckCommon();
        if (!Enum.IsDefined(AutoOffsetReset))
            throw Invalid("auto.offset.reset", AutoOffsetReset.ToString(), "earliest, latest and none are accepted");
        if (!Enum.IsDefined(IsolationLevel))
            throw Invalid(
                "isolation.level", IsolationLevel.ToString(), "read_uncommitted and read_committed are accepted");

        Range("fetch.min.bytes", FetchMinBytes, 0, int.MaxValue);
        Range("fetch.max.bytes", FetchMaxBytes, 1, int.MaxValue);
        Range("max.partition.fetch.bytes", MaxPartitionFetchBytes, 1, int.MaxValue);
        Range("fetch.max.wait.ms", FetchMaxWaitMs, 0, int.MaxValue);
        Range("default.api.timeout.ms", DefaultApiTimeoutMs, 1, int.MaxValue);
        return With(
            new ConsumerSettings
            {
                AutoOffsetReset = AutoOffsetReset,
                IsolationLevel = IsolationLevel,
                FetchMinBytes = FetchMinBytes,
                FetchMaxBytes = FetchMaxBytes,
                MaxPartitionFetchBytes = MaxPartitionFetchBytes,
                FetchMaxWaitMs = FetchMaxWaitMs,
            },
            bootstrap);
    }
}
