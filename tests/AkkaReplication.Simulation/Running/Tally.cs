namespace AkkaReplication.Simulation.Running;

/// <summary>What is done to a cluster.</summary>
internal enum FaultKind
{
    MessageLost,
    MessageDuplicated,
    MessageDelayed,
    MessageReordered,
    LateCopy,
    OneWayCut,
    Isolation,
    Split,
    SwizzleClog,
    SlowLink,
    ConnectionBroken,
    BrokerKilled,
    PowerLoss,
    WritesLost,
    AllKilled,
    BrokerPaused,
    CleanRestart,
    DiskReplaced,
    ReplicaFailed,
    WriteFailed,
    FlushFailed,
    SlowDisk,
    FullDisk,
    BitFlipBelowRecovery,
    BitFlipAboveRecovery,
    WallClockJump,
    ClockDrift,
    ControllerKilled,
    ControllerPaused,
    TwoControllers,
    VoterRestarted,
    LeaderMoved,
    TopicCreated,
    TopicDeleted,
    ConfigAltered,
    PartitionsAdded,
    RecordsDeleted,
    ClientKilled,
    BrokerLeft,
    DoubleFailover,
    ControllersRestarted,
    KilledAtStart,
    LeadersAlone,
    ProposalsEchoed,
    LeaderUnheard,
    ConsumersLeftBehind,
    FlushFailedThenPowerLoss,
    PowerLossAfterCheckpoint,
    TailDamaged,
    HistoriesDrivenApart,
    RequestsHeldBack,
}

/// <summary>States of the rules that a good run reaches now and then; a run that never does proves little.</summary>
internal enum Sometimes
{
    LeaderDeposedWithProducesPending,
    FollowerTruncated,
    FollowerTruncatedBelowItsHighWatermark,
    ControllerFencedInMidWrite,
    ControllerWriteOfUnknownOutcome,
    ControllerUnconfirmed,
    TwoControllersLeading,
    IsrShrunk,
    IsrExpanded,
    IsrProposalRefused,
    IsrProposalPendingAtElection,
    ElrNotEmpty,
    ElectedFromElr,
    ElectedLastKnown,
    ElectedUncleanly,
    BrokerRegisteredLossy,
    BrokerRegisteredIntact,
    BrokerRegisteredClean,
    StaleBrokerEpoch,
    LeaseLapsedOnLeader,
    ReplicaOffline,
    ReplicaReplaced,
    FollowerOutOfRange,
    FollowerDiverged,
    ProduceTimedOut,
    DuplicateBatchAnswered,
    ProducerIdentityChanged,
    LogTruncationSeenByConsumer,
    BelowMinIsr,
    TopicDeletedWhileWritten,
    RetentionMovedStart,
    LogCorruptAtStart,
    SameLeaderNewEpoch,
    MissedEpochs,
    MetadataSnapshotInstalled,
}

/// <summary>What a seed was worth, counted.</summary>
internal sealed class Tally
{
    public int[] FaultsTried { get; } = new int[Enum.GetValues<FaultKind>().Length];

    public int[] FaultsEffective { get; } = new int[Enum.GetValues<FaultKind>().Length];

    public int[] Sometimes { get; } = new int[Enum.GetValues<Sometimes>().Length];

    public int Acknowledged { get; set; }

    public int Unknown { get; set; }

    public int Refused { get; set; }

    public int Polled { get; set; }

    public int LeaderChanges { get; set; }

    public int Truncations { get; set; }

    public int Shrinks { get; set; }

    public int Expands { get; set; }

    public long Steps { get; set; }

    public long VirtualMs { get; set; }

    /// <summary>Of each kind at most 20 count.</summary>
    public int EffectiveFaults => FaultsEffective.Sum(count => Math.Min(count, 20));

    public void Tried(FaultKind kind) => FaultsTried[(int)kind]++;

    public void Effective(FaultKind kind) => FaultsEffective[(int)kind]++;

    public void Seen(Sometimes state) => Sometimes[(int)state]++;
}
