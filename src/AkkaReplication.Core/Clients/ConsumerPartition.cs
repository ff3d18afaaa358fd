using AkkaReplication.Logs;

namespace AkkaReplication.Clients;

/// <summary>What a consumer does with one of its partitions.</summary>
internal enum ConsumerPhase : byte
{
    /// <summary>Its position is being looked up at the leader.</summary>
    Resetting,

    /// <summary>What its group has committed is being asked for.</summary>
    AwaitingCommitted,

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
    /// <summary>Where the leader epochs began in what the caller has read without a break.</summary>
    private readonly EpochCache _read = new();

    public TopicPartition Partition { get; } = partition;

    public ConsumerPhase Phase { get; set; } = ConsumerPhase.Resetting;

    public OffsetSearch? Search { get; set; }

    /// <summary>The question for what the group has committed, if it is asked; answers to others are void.</summary>
    public long? CommittedToken { get; set; }

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
        _read.Clear();
        MoveTo(offset, epoch, generation);
    }

    /// <summary>The caller has got everything below that offset, the last of it under that epoch.</summary>
    public void Advance(long nextOffset, LeaderEpoch epoch)
    {
        if (epoch > PositionEpoch)
            _read.Assign(epoch, Position);
        Position = nextOffset;
        PositionEpoch = epoch;
    }

    /// <summary>
    /// Where the caller's history and the log's part, after an answer that they do: the end of their last common epoch
    /// in either of them, whichever is lower (KIP-279). At least the caller's last record is not in the log.
    /// </summary>
    public EpochEnd PartingFrom(EpochEnd logs)
    {
        var end = Math.Min(logs.EndOffset, Position);
        return _read.EndOffsetFor(logs.Epoch, Position) is { } own
            ? new EpochEnd(own.Epoch < logs.Epoch ? own.Epoch : logs.Epoch, Math.Min(own.EndOffset, end))
            : new EpochEnd(logs.Epoch, end);
    }

    /// <summary>Goes on where the caller's history and the log's part.</summary>
    public void GoBackTo(EpochEnd parting, long generation)
    {
        _read.TruncateFromEnd(parting.EndOffset);
        MoveTo(parting.EndOffset, parting.Epoch, generation);
    }

    /// <summary>Nothing is known of the log: it is another topic's under the same name.</summary>
    public void ForgetBounds()
    {
        HighWatermark = -1;
        LastStableOffset = -1;
        LogStartOffset = -1;
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

    private void MoveTo(long offset, LeaderEpoch epoch, long generation)
    {
        Phase = ConsumerPhase.Fetching;
        Position = offset;
        PositionEpoch = epoch;
        Rewind(generation);
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
/// <param name="Diverging">Where the log was truncated below the position, if that is the reason (KIP-320).</param>
public sealed record ConsumerFailure(
    TopicPartition Partition, ErrorCode Error, string Message, long Position, EpochEnd? Diverging);
