using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Records;

namespace AkkaReplication;

/// <summary>What a producer is told; names and defaults are Kafka's. Times in ms, sizes in bytes.</summary>
public sealed class ProducerOptions : ClientOptions
{
    private const string AcceptedCompression =
        "none, gzip and snappy are accepted (there is no library for lz4 and zstd in this build)";

    /// <summary>acks.</summary>
    public Acks Acks { get; set; } = Acks.All;

    /// <summary>
    /// enable.idempotence: repeated batches are written once and in order. Needs acks all, retries above 0 and at most
    /// 5
    /// requests in flight; left out, it is on where these hold.
    /// </summary>
    public bool? EnableIdempotence { get; set; }

    /// <summary>batch.size: bytes at which a batch is sent at once; 0 sends each record alone.</summary>
    public int BatchSize { get; set; } = 16_384;

    /// <summary>
    /// linger.ms: how long a batch waits for more records. 0 sends at once; while requests are in flight, records
    /// gather all the same.
    /// </summary>
    public int LingerMs { get; set; }

    /// <summary>max.in.flight.requests.per.connection. 1 or more.</summary>
    public int MaxInFlight { get; set; } = 5;

    /// <summary>
    /// retries: how often a batch is sent again. 0 or more; <see cref="DeliveryTimeoutMs"/> is the better bound.
    /// </summary>
    public int Retries { get; set; } = int.MaxValue;

    /// <summary>
    /// delivery.timeout.ms: a record is reported at the latest that long after it was accepted. At least linger.ms +
    /// request.timeout.ms.
    /// </summary>
    public int DeliveryTimeoutMs { get; set; } = 120_000;

    /// <summary>max.block.ms: how long a record may wait for memory, or for its topic to be known. 0 or more.</summary>
    public int MaxBlockMs { get; set; } = 60_000;

    /// <summary>
    /// buffer.memory: bytes of records that are accepted and not reported. At least max.request.size.
    /// </summary>
    public long BufferMemory { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// max.request.size: the largest record, in bytes, as a batch of its own without compression. 1 or more.
    /// </summary>
    public int MaxRequestSize { get; set; } = 1_048_576;

    /// <summary>
    /// compression.type: none, gzip or snappy. Batches are compressed here, and stored and fetched as they are; lz4 and
    /// zstd are refused, as there is no library for them in this build.
    /// </summary>
    public CompressionType CompressionType { get; set; } = CompressionType.None;

    /// <summary>
    /// partitioner.class: chooses the partitions of records that name none. Null is Kafka's default: the key's murmur2
    /// hash, and for records without a key one partition until a batch's worth went there, then another (KIP-794).
    /// </summary>
    public IPartitioner? Partitioner { get; set; }

    /// <summary>
    /// partitioner.ignore.keys: the default partitioner spreads records with a key like those without. Needs
    /// <see cref="Partitioner"/> to be null.
    /// </summary>
    public bool PartitionerIgnoreKeys { get; set; }

    /// <inheritdoc/>
    public override void Set(string key, string value)
    {
        switch (key)
        {
            case "acks":
                Acks = value switch
                {
                    "all" or "-1" => Acks.All,
                    "1" => Acks.Leader,
                    "0" => Acks.None,
                    _ => throw Invalid(key, value, "all, -1, 0 and 1 are accepted"),
                };
                break;
            case "enable.idempotence":
                EnableIdempotence = Boolean(key, value);
                break;
            case "batch.size":
                BatchSize = Int32(key, value);
                break;
            case "linger.ms":
                LingerMs = Int32(key, value);
                break;
            case "max.in.flight.requests.per.connection":
                MaxInFlight = Int32(key, value);
                break;
            case "retries":
                Retries = Int32(key, value);
                break;
            case "delivery.timeout.ms":
                DeliveryTimeoutMs = Int32(key, value);
                break;
            case "max.block.ms":
                MaxBlockMs = Int32(key, value);
                break;
            case "buffer.memory":
                BufferMemory = Int64(key, value);
                break;
            case "max.request.size":
                MaxRequestSize = Int32(key, value);
                break;
            case "compression.type":
                CompressionType = value switch
                {
                    "none" => CompressionType.None,
                    "gzip" => CompressionType.Gzip,
                    "snappy" => CompressionType.Snappy,
                    _ => throw Invalid(key, value, AcceptedCompression),
                };
                break;
            case "partitioner.class":
                Partitioner = value switch
                {
                    "" => null,
                    "RoundRobinPartitioner" or "org.apache.kafka.clients.producer.RoundRobinPartitioner" =>
                        Partitioners.RoundRobin(),
                    _ => throw Invalid(
                        key, value, "nothing and RoundRobinPartitioner are accepted; others are set as objects"),
                };
                break;
            case "partitioner.ignore.keys":
                PartitionerIgnoreKeys = Boolean(key, value);
                break;
            default:
                base.Set(key, value);
                break;
        }
    }

    internal ProducerSettings ToSettings(ImmutableArray<BrokerId> bootstrap)
    {
        CheckCommon();
        CheckRanges();
        return With(
            new ProducerSettings
            {
                Acks = (short)Acks,
                EnableIdempotence = EnableIdempotence ?? MayBeIdempotent,
                BatchSize = BatchSize,
                LingerMs = LingerMs,
                MaxInFlight = MaxInFlight,
                Retries = Retries,
                DeliveryTimeoutMs = DeliveryTimeoutMs,
                MaxBlockMs = MaxBlockMs,
                BufferMemory = BufferMemory,
                MaxRequestSize = MaxRequestSize,
                Compression = CompressionType,
                Partitioner = Partitioner,
                PartitionerIgnoreKeys = PartitionerIgnoreKeys,
            },
            bootstrap);
    }

    private bool MayBeIdempotent => Acks == Acks.All && Retries > 0 && MaxInFlight <= 5;

    private void CheckRanges()
    {
        if (Acks is not (Acks.All or Acks.Leader or Acks.None))
            throw Invalid("acks", ((short)Acks).ToString(), "all, -1, 0 and 1 are accepted");
        if (!CompressionCodec.IsSupported(CompressionType))
            throw Invalid("compression.type", CompressionType.ToString().ToLowerInvariant(), AcceptedCompression);
        if (PartitionerIgnoreKeys && Partitioner is not null)
        {
            throw Invalid(
                "partitioner.ignore.keys",
                "true",
                $"it is for the default partitioner, and partitioner.class is {Partitioner.GetType().Name}");
        }

        Range("batch.size", BatchSize, 0, int.MaxValue);
        Range("linger.ms", LingerMs, 0, int.MaxValue);
        Range("max.in.flight.requests.per.connection", MaxInFlight, 1, int.MaxValue);
        Range("retries", Retries, 0, int.MaxValue);
        var leastDelivery = Math.Min((long)LingerMs + RequestTimeoutMs, int.MaxValue);
        Range("delivery.timeout.ms", DeliveryTimeoutMs, leastDelivery, int.MaxValue);
        Range("max.block.ms", MaxBlockMs, 0, int.MaxValue);
        Range("max.request.size", MaxRequestSize, 1, int.MaxValue / 2);
        Range("buffer.memory", BufferMemory, MaxRequestSize, long.MaxValue);
        if (EnableIdempotence == true && !MayBeIdempotent)
        {
            throw Invalid(
                "enable.idempotence",
                "true",
                $"it needs acks = all, retries above 0 and max.in.flight.requests.per.connection of at most 5;"
                + $" they are {Acks}, {Retries} and {MaxInFlight}");
        }
    }
}
