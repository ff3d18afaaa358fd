using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;

namespace AkkaReplication.Replicas;

/// <summary>The produce behind the token is decided; sent exactly once per token, never for acks 0 (I30).</summary>
/// <param name="BaseOffset">Offset of the batch's first record (also of the first copy of a duplicate), or -1.</param>
/// <param name="LogAppendTimeMs">Ms since the Unix epoch for LogAppendTime topics, else -1.</param>
/// <param name="Message">What is wrong and what is accepted, for a person; null on success.</param>
public sealed record ProduceCompleted(
    RequestToken Token,
    ErrorCode Error,
    long BaseOffset,
    long LogAppendTimeMs,
    long LogStartOffset,
    string? Message) : Effect;

/// <summary>
/// A produce with acks 0 was refused: it has no answer, but its sender's connection is closed, so that the sender asks
/// anew who leads (3.2).
/// </summary>
public sealed record ProduceDropped(RequestToken Token, ErrorCode Error, string? Message) : Effect;

/// <summary>The deletion behind the token is decided; sent exactly once per token.</summary>
/// <param name="LowWatermark">The least log start of all live replicas, or -1.</param>
/// <param name="Message">What is wrong and what is accepted, for a person; null on success.</param>
public sealed record DeleteRecordsCompleted(
    RequestToken Token, ErrorCode Error, long LowWatermark, string? Message) : Effect;

/// <summary>
/// The answer to one <see cref="FollowerFetch"/>. The link reads <see cref="View"/>'s bytes from the fetch offset to
/// its log end.
/// </summary>
/// <param name="View">
/// What may be read. With OFFSET_OUT_OF_RANGE it tells the leader's bounds only; null with other errors and with a
/// divergence.
/// </param>
public sealed record FollowerFetchAnswered(
    FollowerFetch Request, ErrorCode Error, EpochEnd? Diverging, ReadView? View) : Effect
{
    /// <summary>See <see cref="FetchedPartition.Producers"/>.</summary>
    public ReadOnlyMemory<byte> Producers { get; init; }
}

/// <summary>
/// There is something new (records, high watermark, log start, or loss of leadership) for a follower whose last fetch
/// had been answered without records. Sent at most once per answered fetch, except that a later high watermark or log
/// start may follow.
/// </summary>
public sealed record FollowerDataAvailable(BrokerId Follower, ReadView View) : Effect;

/// <summary>
/// The state that readers see; published after every turn that changed it, before anything that depends on it.
/// </summary>
public sealed record PublishView(ReadView View) : Effect;

/// <summary>
/// The replica follows: its link to the leader's broker shall ask from here on. Replaces what was said before.
/// </summary>
public sealed record FetchFrom(
    BrokerId Leader, LeaderEpoch LeaderEpoch, long FetchOffset, LeaderEpoch LastFetchedEpoch, long LogStartOffset)
    : Effect;

/// <summary>
/// As <see cref="FetchFrom"/>, but not before the delay: the last answer was an error (replica.fetch.backoff.ms).
/// </summary>
public sealed record FetchFromAfter(FetchFrom Position, long DelayMs) : Effect;

/// <summary>The replica no longer follows that broker.</summary>
public sealed record StopFetching(BrokerId Leader) : Effect;

/// <summary>
/// An ISR change for the controller, at most one outstanding per partition (I29). Sent again by the broker until
/// answered.
/// </summary>
public sealed record ProposeIsr(IsrProposal Proposal) : Effect;

/// <summary>The answer to the outstanding proposal will not matter any more.</summary>
public sealed record WithdrawIsrProposal(TopicIdPartition Partition) : Effect;

/// <summary>Flush the log up to its present end; the completion comes back through Replica.OnFlushed.</summary>
public sealed record FlushLog(long UpToOffset) : Effect;

/// <summary>Kinds of time-out a replica asks for; one timer per kind, a newer request replaces the older.</summary>
public enum ReplicaTimer : byte
{
    /// <summary>Look for followers that lag (replica.lag.time.max.ms / 2).</summary>
    CheckLag,

    /// <summary>The oldest pending produce's deadline.</summary>
    ProduceDeadline,

    /// <summary>A flush that hangs (D2).</summary>
    FlushDeadline,

    /// <summary>The earliest deadline of a deletion that waits for followers.</summary>
    DeleteDeadline,
}

/// <summary>Call Replica.OnTimer with this kind after the delay.</summary>
public sealed record StartReplicaTimer(ReplicaTimer Timer, long DelayMs) : Effect;

/// <summary>This replica cannot serve any more; its broker reports it and the controller moves it out (F1).</summary>
public sealed record ReplicaFailed(TopicIdPartition Partition, LeaderEpoch LeaderEpoch, string Reason) : Effect;

/// <summary>Something worth showing happened; for logs, metrics and tests, never for decisions.</summary>
public sealed record Observe(ReplicaObservation Observation) : Effect;

/// <summary>A proposed in-sync set, with the epochs that make it a compare-and-set (KIP-497).</summary>
/// <param name="ProposalId">
/// Of this leadership; the answer carries it back, so that a late answer cannot be mistaken (I29).
/// </param>
/// <param name="NewIsr">
/// Members with their broker epochs; <see cref="BrokerEpoch.Unknown"/> for a member never heard of (KIP-903).
/// </param>
public sealed record IsrProposal(
    TopicIdPartition Partition,
    long ProposalId,
    LeaderEpoch LeaderEpoch,
    PartitionEpoch PartitionEpoch,
    LeaderRecoveryState RecoveryState,
    ImmutableArray<IsrMember> NewIsr);

/// <summary>A member of a proposed ISR.</summary>
public readonly record struct IsrMember(BrokerId Broker, BrokerEpoch Epoch);

/// <summary>The controller's answer to an <see cref="IsrProposal"/>.</summary>
public sealed record IsrProposalAnswer(
    TopicIdPartition Partition,
    long ProposalId,
    ErrorCode Error,
    BrokerId Leader,
    LeaderEpoch LeaderEpoch,
    PartitionEpoch PartitionEpoch,
    LeaderRecoveryState RecoveryState,
    ImmutableArray<BrokerId> Isr)
{
    /// <summary>
    /// The metadata offset on which a controller decided that refuses. One that was deposed and has not noticed knows less than
    /// the leader does; what it refuses the present one may accept.
    /// </summary>
    public long MetadataOffset { get; init; } = long.MaxValue;
}
