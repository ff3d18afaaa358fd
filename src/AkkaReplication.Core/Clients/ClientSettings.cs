using System.Collections.Immutable;

namespace AkkaReplication.Clients;

/// <summary>
/// What every kind of client needs to find its cluster; names and defaults are Kafka's. All times in ms.
/// </summary>
public abstract record ClientSettings
{
    /// <summary>client.id: names the client to brokers.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>bootstrap.servers: brokers to ask first; at least one.</summary>
    public ImmutableArray<BrokerId> Bootstrap { get; init; } = [];

    /// <summary>request.timeout.ms: a broker that does not answer for that long is taken for gone.</summary>
    public int RequestTimeoutMs { get; init; } = 30_000;

    /// <summary>
    /// retry.backoff.ms: pause before a first repetition; doubles up to <see cref="RetryBackoffMaxMs"/>.
    /// </summary>
    public int RetryBackoffMs { get; init; } = 100;

    /// <summary>retry.backoff.max.ms.</summary>
    public int RetryBackoffMaxMs { get; init; } = 1_000;

    /// <summary>
    /// reconnect.backoff.ms: pause after a lost connection; doubles up to <see cref="ReconnectBackoffMaxMs"/>.
    /// </summary>
    public int ReconnectBackoffMs { get; init; } = 50;

    /// <summary>reconnect.backoff.max.ms.</summary>
    public int ReconnectBackoffMaxMs { get; init; } = 1_000;

    /// <summary>socket.connection.setup.timeout.ms: a session that is not open by then is given up. Shorter than
    /// Kafka's, as a
    /// broker that starts does not answer and no network lies between.</summary>
    public int ConnectionSetupTimeoutMs { get; init; } = 2_000;

    /// <summary>metadata.max.age.ms: metadata is asked for again after that time even without an error.</summary>
    public int MetadataMaxAgeMs { get; init; } = 300_000;

    /// <summary>
    /// A broker that has not answered a question any other broker could answer is passed over for the next one.
    /// </summary>
    public int HedgeAfterMs { get; init; } = 1_000;
}

/// <summary>A producer's settings, checked by whoever makes them. All times in ms, all sizes in bytes.</summary>
public sealed record ProducerSettings : ClientSettings
{
    /// <summary>acks: 0, 1 or -1 (all).</summary>
    public short Acks { get; init; } = -1;

    /// <summary>
    /// Sessions answer a request with acks 0 when it has left, with no results: until then it is in flight, so that a slow
    /// connection holds the producer up, not memory. Where they do not, it is settled when it is handed to them.
    /// </summary>
    public bool UnacknowledgedAreAnswered { get; init; }

    /// <summary>enable.idempotence: needs acks -1 and at most 5 requests in flight.</summary>
    public bool EnableIdempotence { get; init; } = true;

    /// <summary>batch.size: a batch that reached it is sent at once; a larger record goes alone.</summary>
    public int BatchSize { get; init; } = 16_384;

    /// <summary>linger.ms: how long a batch waits for more records.</summary>
    public int LingerMs { get; init; }

    /// <summary>max.in.flight.requests.per.connection.</summary>
    public int MaxInFlight { get; init; } = 5;

    /// <summary>
    /// retries: how often a batch is sent again; <see cref="DeliveryTimeoutMs"/> is the bound that matters.
    /// </summary>
    public int Retries { get; init; } = int.MaxValue;

    /// <summary>delivery.timeout.ms: a record is reported at the latest that long after it was appended.</summary>
    public int DeliveryTimeoutMs { get; init; } = 120_000;

    /// <summary>max.block.ms: how long a record may wait for memory or for its topic to be known.</summary>
    public int MaxBlockMs { get; init; } = 60_000;

    /// <summary>buffer.memory: bytes of records that are appended and not yet reported.</summary>
    public long BufferMemory { get; init; } = 32 * 1024 * 1024;

    /// <summary>
    /// max.request.size: the largest record, as a batch of its own without compression, and the largest request.
    /// </summary>
    public int MaxRequestSize { get; init; } = 1_048_576;

    /// <summary>compression.type: none, gzip or snappy.</summary>
    public Records.CompressionType Compression { get; init; } = Records.CompressionType.None;

    /// <summary>partitioner.class: chooses partitions; null for Kafka's default.</summary>
    public IPartitioner? Partitioner { get; init; }

    /// <summary>partitioner.ignore.keys: the default partitioner treats all records as if they had no key.</summary>
    public bool PartitionerIgnoreKeys { get; init; }
}

/// <summary>Where a consumer goes on when its position is not (or no longer) in the log.</summary>
public enum AutoOffsetReset : byte
{
    /// <summary>The end: records from now on.</summary>
    Latest,

    /// <summary>The beginning of what is kept.</summary>
    Earliest,

    /// <summary>Nowhere: the caller gets the error.</summary>
    None,
}

/// <summary>A consumer's settings, checked by whoever makes them. All times in ms, all sizes in bytes.</summary>
public sealed record ConsumerSettings : ClientSettings
{
    /// <summary>auto.offset.reset.</summary>
    public AutoOffsetReset AutoOffsetReset { get; init; } = AutoOffsetReset.Latest;

    /// <summary>group.id is set: where there is no position, what the group has committed comes before the reset.</summary>
    public bool StartsAtCommitted { get; init; }

    /// <summary>isolation.level.</summary>
    public IsolationLevel IsolationLevel { get; init; } = IsolationLevel.ReadUncommitted;

    /// <summary>
    /// fetch.min.bytes: a broker answers when it has that much, or when <see cref="FetchMaxWaitMs"/> is over.
    /// </summary>
    public int FetchMinBytes { get; init; } = 1;

    /// <summary>
    /// fetch.max.bytes: what all answers on their way may bring, and what is fetched and not yet consumed, together. A
    /// first batch comes whole, however large (KIP-74).
    /// </summary>
    public int FetchMaxBytes { get; init; } = 52_428_800;

    /// <summary>
    /// max.partition.fetch.bytes: of one partition in one answer; no more is fetched while so much is not consumed.
    /// </summary>
    public int MaxPartitionFetchBytes { get; init; } = 1_048_576;

    /// <summary>fetch.max.wait.ms.</summary>
    public int FetchMaxWaitMs { get; init; } = 500;
}

/// <summary>An administrative client's settings.</summary>
public sealed record AdminSettings : ClientSettings;
