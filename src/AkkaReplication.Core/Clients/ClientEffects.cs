using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// Open a session at that broker. Ends in exactly one OnOpened or OnClosed with this number, unless
/// <see cref="CloseConnection"/> takes it back before.
/// </summary>
/// <param name="Connection">Never used twice by one client.</param>
public sealed record OpenConnection(BrokerId Broker, long Connection) : Effect;

/// <summary>Give the connection up; nothing that comes from it later reaches the machine, OnClosed included.</summary>
public sealed record CloseConnection(long Connection) : Effect;

/// <summary>Send this over the connection; calls over one connection keep their order.</summary>
public sealed record SendCall(long Connection, ClientCall Call) : Effect;

/// <summary>Call OnTimer after the delay; replaces the timer asked for before.</summary>
public sealed record StartClientTimer(long DelayMs) : Effect;

/// <summary>
/// What is known about records whose report says an error, or whose acknowledgement nobody waited for.
/// </summary>
public enum PersistenceStatus : byte
{
    /// <summary>They are in no log and will be in none.</summary>
    NotPersisted,

    /// <summary>They may be in the log, or may yet arrive there.</summary>
    PossiblyPersisted,

    /// <summary>They are in the log and were acknowledged as the producer asked (acks).</summary>
    Persisted,
}

/// <summary>Consecutive records of one partition have met their fate; every record is reported exactly once.</summary>
/// <param name="Partition">Its number is -1 where none was chosen.</param>
/// <param name="Completions">What the caller handed in with each record, in the order of the records.</param>
/// <param name="BaseOffset">Offset of the first record, the others follow; -1 where it is not known.</param>
/// <param name="LogAppendTimeMs">Ms since the Unix epoch where the broker set the timestamps, else -1.</param>
public sealed record RecordsReported(
    TopicPartition Partition,
    IReadOnlyList<object?> Completions,
    ErrorCode Error,
    string? Message,
    long BaseOffset,
    long LogAppendTimeMs,
    PersistenceStatus Status) : Effect;

/// <summary>Every record that was appended before that flush was asked for has been reported.</summary>
public sealed record FlushCompleted(long Token) : Effect;

/// <summary>A consumer that found nothing may look again.</summary>
public sealed record FetchedRecordsAvailable : Effect
{
    public static readonly FetchedRecordsAvailable Instance = new();
}

/// <summary>A question about offsets is answered, or has failed as a whole.</summary>
/// <param name="Offsets">One answer per question, in their order; empty on error.</param>
public sealed record OffsetsFound(
    long Token, ErrorCode Error, string? Message, IReadOnlyList<FoundOffset> Offsets) : Effect;

/// <summary>A partition's offset as asked for.</summary>
/// <param name="Offset">-1 when no record is that late.</param>
/// <param name="TimestampMs">The record's, in ms since the Unix epoch, or -1.</param>
public readonly record struct FoundOffset(
    TopicPartition Partition, long Offset, long TimestampMs, LeaderEpoch LeaderEpoch);

/// <summary>A call to the cluster is over.</summary>
/// <param name="Response">The answer; null where there is none, then <paramref name="Error"/> says why.</param>
/// <param name="MayHaveRunBefore">An earlier attempt of this call was lost and may have been carried out.</param>
public sealed record ClusterCallCompleted(
    long Token, ErrorCode Error, string? Message, ClientResponse? Response, bool MayHaveRunBefore) : Effect;

/// <summary>What leaders were asked is answered, partition by partition, in the order of the questions.</summary>
public sealed record LeaderCallCompleted(long Token, IReadOnlyList<LeaderAnswer> Answers) : Effect;

/// <summary>One partition's answer.</summary>
/// <param name="Offset">The offset asked for, or the low watermark after a deletion; -1 where there is none.</param>
/// <param name="TimestampMs">The record's, in ms since the Unix epoch, or -1.</param>
/// <param name="MayHaveRun">It failed, but an attempt was lost that may have been carried out.</param>
public sealed record LeaderAnswer(
    TopicPartition Partition,
    ErrorCode Error,
    string? Message,
    long Offset,
    long TimestampMs,
    LeaderEpoch LeaderEpoch,
    bool MayHaveRun);

/// <summary>Something worth a line in the log; never a basis for decisions.</summary>
public sealed record ClientObserved(ClientObservation Observation) : Effect;

/// <summary>What a client noticed.</summary>
public abstract record ClientObservation;

/// <summary>
/// A producer goes on in a partition under a new identity, because a gap in its sequence cannot close any more
/// (KIP-360).
/// </summary>
/// <param name="GivenUp">Batches that were reported as failed, because a copy of them may be in the log.</param>
public sealed record ProducerIdentityChanged(
    TopicPartition Partition, long ProducerId, short ProducerEpoch, int Renumbered, int GivenUp) : ClientObservation;

/// <summary>A broker answered for another cluster than the one this client first met; the answer was dropped.</summary>
public sealed record OtherClusterMet(string Expected, string Found) : ClientObservation;

/// <summary>A position is not in the log; the consumer goes on where auto.offset.reset says.</summary>
public sealed record PositionReset(TopicPartition Partition, string Reason, AutoOffsetReset To) : ClientObservation;

/// <summary>The leader's log has lost records behind the consumer's position (KIP-320).</summary>
/// <param name="Position">The offset the consumer had reached.</param>
/// <param name="DivergedAt">The first offset that differs now, as far as is known.</param>
/// <param name="DivergedEpoch">The last leader epoch that log and consumer have in common.</param>
public sealed record LogTruncationFound(
    TopicPartition Partition, long Position, long DivergedAt, LeaderEpoch DivergedEpoch) : ClientObservation;
