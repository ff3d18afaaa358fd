using AkkaReplication.Records;

namespace AkkaReplication.Logs;

/// <summary>
/// The log of one replica as its state machine uses it, called only in the replica's turn. Appends reach the page cache
/// before they return; a log that failed once refuses every later append with the same <see cref="StorageException"/>.
/// </summary>
public interface IReplicaLog
{
    /// <summary>First offset that can be read.</summary>
    long LogStartOffset { get; }

    /// <summary>The next offset to be written (LEO). Counts only bytes that the write call has returned for (F2).</summary>
    long LogEndOffset { get; }

    /// <summary>Offsets below it are known to be flushed.</summary>
    long FlushedEndOffset { get; }

    /// <summary>Where each leader epoch began. Read freely; changed only through this log, which persists it.</summary>
    EpochCache Epochs { get; }

    /// <summary>Sequences of the idempotent producers, as of the log's end.</summary>
    ProducerStates Producers { get; }

    /// <summary>Bumped by every truncation: a read begun before it must be thrown away.</summary>
    long TruncationGeneration { get; }

    /// <summary>
    /// Whether the disk has room for so many bytes of records and a reserve beside; if so they are to be appended now. False
    /// is no failure: there may be room again at any time.
    /// </summary>
    bool HasRoomFor(int bytes) => true;

    /// <summary>Records durably that <paramref name="epoch"/> starts at <paramref name="startOffset"/> (KAFKA-7415).</summary>
    void AssignEpoch(LeaderEpoch epoch, long startOffset);

    /// <summary>
    /// Appends one validated batch at <see cref="LogEndOffset"/>, stamping base offset and leader epoch outside its CRC
    /// without touching <paramref name="batch"/> itself. Updates epochs, producer states and indexes.
    /// </summary>
    /// <param name="appendTimeMs">For LogAppendTime topics: the timestamp the batch gets; otherwise null.</param>
    void AppendAsLeader(ReadOnlyMemory<byte> batch, in BatchHeader header, LeaderEpoch epoch, long? appendTimeMs);

    /// <summary>
    /// Appends batches as the leader stamped them; offsets must ascend from <see cref="LogEndOffset"/> (gaps allowed).
    /// </summary>
    /// <exception cref="CorruptBatchException">A batch's CRC, size or count is wrong: nothing was appended.</exception>
    /// <exception cref="StorageException">The disk failed, or the offsets do not fit.</exception>
    void AppendAsFollower(ReadOnlyMemory<byte> batches);

    /// <summary>Cuts the log's end back to <paramref name="offset"/> (a batch across it goes whole), epochs and producers with it.</summary>
    void TruncateTo(long offset);

    /// <summary>Throws everything away and starts empty at <paramref name="offset"/>.</summary>
    /// <param name="offset">The first offset that is appended next.</param>
    /// <param name="producers">What is known of batches before it; the log's own from here on, over restarts, too.</param>
    void TruncateFullyAndStartAt(long offset, ProducerStates producers);

    /// <summary>Moves the log start forward to <paramref name="offset"/>; never backward.</summary>
    void AdvanceLogStart(long offset);

    /// <summary>
    /// Drops whole segments that lie below <paramref name="highWatermark"/> and have aged: they are older than retention.ms,
    /// or the log without them is not below retention.bytes. Their files go later, outside the replica's turn. True if the
    /// log start moved.
    /// </summary>
    /// <param name="nowMs">Ms since the Unix epoch.</param>
    /// <exception cref="StorageException">The disk failed.</exception>
    bool ApplyRetention(long highWatermark, long nowMs);

    /// <summary>Remembers the high watermark for the next checkpoint; staleness is harmless.</summary>
    void CheckpointHighWatermark(long highWatermark);

    /// <summary>The immutable state of the log now, for reads outside the replica's turn.</summary>
    ILogView View();
}

/// <summary>A log's immutable state at some moment; readable from any thread while the log goes on.</summary>
public interface ILogView
{
    long LogStartOffset { get; }

    long LogEndOffset { get; }

    long TruncationGeneration { get; }

    /// <summary>
    /// False once the log has been truncated since: bytes read through this view must then be dropped. Check after the read.
    /// </summary>
    bool IsCurrent { get; }

    /// <summary>
    /// Whether what follows the offset was appended a moment ago, so that reading it waits for no disk that works. Cheap, and
    /// rather false than wrong.
    /// </summary>
    bool IsRecent(long offset) => true;

    /// <summary>
    /// As <see cref="Read"/> with at least one batch, but only what is held in memory: false where that is not the case. Never
    /// waits for a disk.
    /// </summary>
    bool TryReadFromMemory(long offset, long upToOffset, int maxBytes, out ReadOnlyMemory<byte> batches)
    {
        batches = default;
        return false;
    }

    /// <summary>
    /// Whole batches from the one that holds <paramref name="offset"/>, none of which reaches <paramref name="upToOffset"/>
    /// or beyond; at most <paramref name="maxBytes"/>, except that the first batch is returned whole where
    /// <paramref name="atLeastOneBatch"/> is set (KIP-74). Empty when there is nothing in the range.
    /// </summary>
    /// <exception cref="StorageException">The disk failed, or the files have gone.</exception>
    ReadOnlyMemory<byte> Read(long offset, long upToOffset, int maxBytes, bool atLeastOneBatch);

    /// <summary>The first record at or after the timestamp, with record precision; null where there is none.</summary>
    TimestampAndOffset? FindByTime(long timestampMs, long upToOffset);

    /// <summary>
    /// The first of the records with the greatest timestamp, with record precision (KIP-734); null where no record has one.
    /// </summary>
    TimestampAndOffset? FindLatest(long upToOffset);
}

/// <summary>A record's timestamp (ms since the Unix epoch) and offset.</summary>
public readonly record struct TimestampAndOffset(long TimestampMs, long Offset);

/// <summary>The disk under a log failed: the replica goes offline and its log accepts nothing more (KAFKA-10778).</summary>
public class StorageException : Exception
{
    public StorageException(string message)
        : base(message)
    {
    }

    public StorageException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Bytes that came over the network are no valid batches; the log is unharmed.</summary>
public sealed class CorruptBatchException(string message) : Exception(message);
