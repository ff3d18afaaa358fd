using System.Collections.Immutable;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>A registration, with what only <see cref="BrokerSessions"/> knows.</summary>
/// <param name="PreviousSessionValid">The registered life is unfenced and was heard of within its session.</param>
public sealed record RegistrationCommand(RegisterBroker Request, bool PreviousSessionValid);

/// <summary>A heartbeat that may change something, with what only <see cref="BrokerSessions"/> knows.</summary>
/// <param name="LeaseMs">Length of the lease for the answer (E1).</param>
/// <param name="LowestActiveOffset">
/// The least metadata offset that any active broker but this one has reported; <see cref="long.MaxValue"/> where there is none.
/// </param>
/// <param name="DeadlineMs">Monotonic time after which it changes nothing and is answered REQUEST_TIMED_OUT (KAFKA-15019).</param>
public sealed record HeartbeatCommand(BrokerHeartbeat Request, long LeaseMs, long LowestActiveOffset, long DeadlineMs);

/// <summary>Fence one broker, if it is still in that life. Has no answer.</summary>
/// <param name="Reason">For people.</param>
public sealed record FenceBroker(BrokerId Broker, BrokerEpoch BrokerEpoch, string Reason);

/// <summary>
/// Elect a leader for a partition that has lost all of ISR and ELR from what its last known replicas have (F3). Has no answer.
/// </summary>
public sealed record ElectLastKnown(TopicIdPartition Partition, ImmutableArray<LastKnownReplica> Replicas);

/// <summary>A last known replica and where its log ends.</summary>
public readonly record struct LastKnownReplica(
    BrokerId Broker, BrokerEpoch BrokerEpoch, LeaderEpoch LastEpoch, long LogEndOffset);

/// <summary>Write a no-op, so that a majority confirms the controller's epoch (P6). Has no answer.</summary>
public sealed record ConfirmEpoch
{
    public static readonly ConfirmEpoch Instance = new();
}

/// <summary>Elect leaders uncleanly where topics allow it and there is none; every unclean.leader.election.interval.ms.</summary>
public sealed record UncleanElectionTick
{
    public static readonly UncleanElectionTick Instance = new();
}

/// <summary>Move leaderships to preferred leaders; every leader.imbalance.check.interval.seconds.</summary>
public sealed record PreferredElectionTick
{
    public static readonly PreferredElectionTick Instance = new();
}

/// <summary>Answer to the ticks.</summary>
/// <param name="Elections">Leaders that were elected.</param>
/// <param name="More">The limit was reached: the next tick is due after ElectionTickPauseMs.</param>
public sealed record ElectionTickAnswer(int Elections, bool More);

/// <summary>
/// What a command leads to: records to be written as one batch, and the answer to be given once they are committed (I5).
/// </summary>
/// <param name="Records">May be empty: then the answer may go at once, after everything that was decided earlier is committed.</param>
/// <param name="Reply">Null for a command that has no answer.</param>
public sealed record Decision(ImmutableArray<MetadataRecord> Records, object? Reply)
{
    /// <summary>The records as they follow the image they were decided on.</summary>
    public MetadataBatch ToBatch(MetadataImage image) => new(image.Epoch, image.Offset + 1, Records);
}
