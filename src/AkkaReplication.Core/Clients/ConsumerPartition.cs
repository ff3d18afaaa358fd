namespace AkkaReplication.Clients;

/// <summary>What a consumer does with one of its partitions.</summary>
internal enum ConsumerPhase : byte
{
    /// <summary>Its position is being looked up at the leader.</summary>
    Resetting,

    Fetching,

    /// <summary>It cannot go on before the caller seeks; the error is handed out once.</summary>
    Failed,
}

/// <summary>
/// One assigned partition: where the caller is, how far has been fetched, and what is in between. Only the consumer
/// machine changes it.
/// </summary>
internal sealed class ConsumerPartition(TopicPartition partition)
{
    public TopicPartition Partition { get; } = partition;

    public ConsumerPhase Phase { get; set; } = ConsumerPhase.Resetting;

    public OffsetSearch? Search { get; set; }

    public bool IsPaused { get; set; }

    /// <summary>
    /// Another one with each restart of fetching; what was asked for or buffered in an earlier one is void.
    /// </summary>
    public long Generation { get; set; }

    /// <summary>The next offset the caller gets; -1 while it is being looked up.</summary>
    public long Position { get; set; } = -1;

    /// <summary>Leader epoch of the last record the caller got, or none.</summary>
    public LeaderEpoch PositionEpoch { get; set; } = LeaderEpoch.None;

    /// <summary>The next offset to fetch; at or above <see cref="Position"/>.</summary>
    public long FetchOffset { get; set; } = -1;

    public LeaderEpoch FetchEpoch { get; set; } = LeaderEpoch.None;

    /// <summary>Bytes that are fetched and that the caller has not begun with.</summary>
    public long BufferedBytes { get; set; }

    /// <summary>The fetch that is on its way for it, if any; answers to others are void.</summary>
    public object? Call { get; set; }

    /// <summary>The broker that has that fetch.</summary>
    public BrokerId AskedBroker { get; set; } = BrokerId.None;

    /// <summary>When to suspect that broker, and look whether there is another leader.</summary>
    public long SuspectAtMs { get; set; } = long.MaxValue;

    public int Failures { get; set; }

    public long RetryAtMs { get; set; } = long.MinValue;

    public LeaderEpoch LeaderEpoch { get; set; } = LeaderEpoch.None;

    /// <summary>
    /// The topic's identity when the position was taken: a position means nothing in another topic of that name.
    /// </summary>
    public TopicId? TopicId { get; set; }

    public long HighWatermark { get; set; } = -1;

    public long LastStableOffset { get; set; } = -1;

    public long LogStartOffset { get; set; } = -1;

    /// <summary>Goes on from that offset; whatever was fetched before is dropped.</summary>
    public void StartAt(long offset, LeaderEpoch epoch, long generation)
    {
        Phase = ConsumerPhase.Fetching;
        Position = offset;
        PositionEpoch = epoch;
        Rewind(generation);
    }

    /// <summary>Drops what is fetched and not consumed.</summary>
    public void Rewind(long generation)
    {
        Generation = generation;
        FetchOffset = Position;
        FetchEpoch = PositionEpoch;
        BufferedBytes = 0;
        Call = null;
        SuspectAtMs = long.MaxValue;
        RetryAtMs = long.MinValue;
        Failures = 0;
    }
}

/// <summary>
/// Whole batches of one partition on their way to the caller, the first of which may begin below the position.
/// </summary>
/// <param name="Generation">Void once the partition has another one.</param>
/// <param name="FromOffset">Records below it are not for the caller.</param>
/// <param name="NextOffset">Where the partition goes on after these batches.</param>
public sealed record FetchedRecords(
    TopicPartition Partition, long Generation, long FromOffset, long NextOffset, ReadOnlyMemory<byte> Batches);

/// <summary>Why a partition cannot be read on.</summary>
/// <param name="Position">Where the caller was.</param>
/// <param name="DivergedAt">Where the log was truncated below the position, or -1 (KIP-320).</param>
public sealed record ConsumerFailure(
    TopicPartition Partition, ErrorCode Error, string Message, long Position, long DivergedAt);
