using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;

namespace AkkaReplication.Replicas;

/// <summary>
/// What a replica keeps whatever its role: its log, its high watermark, what metadata said last, and the view that
/// readers see. Decides nothing.
/// </summary>
internal sealed class ReplicaContext
{
    private BrokersView _brokers = BrokersView.Empty;

    public ReplicaContext(
        TopicIdPartition partition, ReplicaOptions options, IReplicaLog log, long initialHighWatermark)
    {
        Partition = partition;
        Options = options;
        Log = log;
        HighWatermark = Clamp(initialHighWatermark);
        View = CreateView(ReplicaRole.Idle, BrokerId.None, -1, FollowerView.Never, log.View());
    }

    public TopicIdPartition Partition { get; }

    public ReplicaOptions Options { get; }

    public IReplicaLog Log { get; }

    public BrokersView Brokers
    {
        get => _brokers;
        set
        {
            if (!ReferenceEquals(value.Brokers, _brokers.Brokers))
                BrokersChangedAtOffset = value.MetadataOffset;
            _brokers = value;
        }
    }

    /// <summary>Metadata offset at which <see cref="Brokers"/> last became known to be others; -1 before that.</summary>
    public long BrokersChangedAtOffset { get; private set; } = -1;

    public BrokerEpoch OwnEpoch { get; set; } = BrokerEpoch.Unknown;

    public PartitionRegistration? Registration { get; set; }

    public TopicSettings Settings { get; set; } = TopicSettings.Default;

    public LeaderEpoch LeaderEpoch { get; set; } = LeaderEpoch.None;

    /// <summary>From metadata, or from an ISR answer that was faster (8.4 rule 1).</summary>
    public PartitionEpoch PartitionEpoch { get; set; } = PartitionEpoch.None;

    /// <summary>The broker's lease (E1); before the first one nothing that needs a lease is served.</summary>
    public long LeaseEndMs { get; set; } = FollowerView.Never;

    public long HighWatermark { get; private set; }

    public ReadView View { get; private set; }

    public BrokerId Self => Options.Self;

    public bool FlushesBeforeAcknowledging => Options.Flush == FlushPolicy.Fsync;

    /// <summary>Sets the high watermark, kept within log start and log end (1.1). Returns whether it moved.</summary>
    public bool SetHighWatermark(long offset)
    {
        var clamped = Clamp(offset);
        if (clamped == HighWatermark)
            return false;

        HighWatermark = clamped;
        Log.CheckpointHighWatermark(clamped);
        return true;
    }

    /// <summary>Publishes what changed since the last view, if anything did.</summary>
    public ReadView Publish(
        ReplicaRole role, BrokerId leader, long epochStartOffset, long leaseEndMs, EffectList effects)
    {
        var last = View;
        var sameLog = last.LogEndOffset == Log.LogEndOffset
            && last.LogStartOffset == Log.LogStartOffset
            && last.Log.TruncationGeneration == Log.TruncationGeneration;
        SetHighWatermark(HighWatermark);
        if (sameLog
            && last.Role == role
            && last.Leader == leader
            && last.LeaderEpoch == LeaderEpoch
            && last.HighWatermark == HighWatermark
            && last.LeaderEpochStartOffset == epochStartOffset
            && last.LeaseEndMs == leaseEndMs)
        {
            return last;
        }

        View = CreateView(role, leader, epochStartOffset, leaseEndMs, sameLog ? last.Log : Log.View());
        effects.Add(new PublishView(View));
        return View;
    }

    /// <summary>Publishes that nothing can be served, without touching a log that may have failed.</summary>
    public ReadView PublishOffline(EffectList effects)
    {
        View = View with
        {
            Role = ReplicaRole.Offline,
            Leader = BrokerId.None,
            LeaderEpoch = LeaderEpoch,
            LeaderEpochStartOffset = -1,
            LeaseEndMs = FollowerView.Never,
        };
        effects.Add(new PublishView(View));
        return View;
    }

    private long Clamp(long offset) => Math.Clamp(offset, Log.LogStartOffset, Log.LogEndOffset);

    private ReadView CreateView(
        ReplicaRole role, BrokerId leader, long epochStartOffset, long leaseEndMs, ILogView log) =>
        new(
            Partition,
            role,
            leader,
            LeaderEpoch,
            Log.LogStartOffset,
            HighWatermark,
            LastStableOffset(),
            Log.LogEndOffset,
            epochStartOffset,
            leaseEndMs,
            log)
        {
            LastEpoch = Log.Epochs.Latest,
            Epochs = Log.Epochs.History,
        };

    private long LastStableOffset() => Log.Producers.Count == 0
        ? HighWatermark
        : Math.Min(HighWatermark, Log.Producers.FirstUndecidedOffset(HighWatermark) ?? long.MaxValue);
}
