using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;

namespace AkkaReplication.Replicas;

/// <summary>
/// One leadership of a partition, from its leader epoch to the next: appends, counts who has what, moves the high
/// watermark, proposes ISR changes. A new epoch gets a new object, so that no view and no pending produce outlives one
/// (L3, H2). Must never truncate, and never acknowledge what its maximal ISR does not hold.
/// </summary>
internal sealed partial class LeaderReplica
{
    private readonly ReplicaContext _context;
    private readonly IReplicaLog _log;
    private readonly LeaderEpoch _epoch;
    private readonly long _epochStartOffset;
    private FollowerView[] _followers = [];
    private int _replicaCount;
    private int _minIsr;
    private BatchLimits _limits = BatchLimits.Default;

    public LeaderReplica(ReplicaContext context)
    {
        _context = context;
        _log = context.Log;
        _epoch = context.LeaderEpoch;
        _epochStartOffset = _log.LogEndOffset;
    }

    public ImmutableArray<ReplicaFollower> Followers =>
        [.. _followers.Select(f => new ReplicaFollower(
            f.Broker, f.BrokerEpoch, f.LogEndOffset, f.LastCaughtUpMs, f.LastContactMs, f.InCommittedIsr, f.InMaximalIsr, f.InElr))];

    /// <summary>Takes the leadership over.</summary>
    /// <exception cref="StorageException">The epoch could not be recorded.</exception>
    public void Start(long nowMs, EffectList effects)
    {
        // Also without a single record: followers ask where epochs ended (KAFKA-7415).
        _log.AssignEpoch(_epoch, _epochStartOffset);
        var registration = TakeRegistration();
        SetIsr(registration.Isr, registration.Isr);
        foreach (var follower in _followers)
        {
            if (follower.InCommittedIsr)
                follower.StartAsMember(nowMs);
        }

        RequestFlush(nowMs, effects);
        TryAdvanceHighWatermark(nowMs);
        Publish(effects);
        effects.Add(new Observe(new BecameLeader(_context.Partition, _epoch, _epochStartOffset)));
        ArmLagCheck(nowMs, effects);
    }

    /// <summary>Metadata changed within this epoch: views and epoch start stay as they are (KAFKA-13790).</summary>
    /// <param name="isNewer">
    /// Whether the partition epoch is newer than what this leader knew, be it from an ISR answer.
    /// </param>
    public void OnUpdate(long nowMs, bool isNewer, EffectList effects)
    {
        var registration = TakeRegistration();
        if (isNewer)
            AdoptIsrFromMetadata(registration, effects);
        else
            SetIsr(_committedIsr, _maximalIsr);

        Settle(nowMs, effects);
        MaybeExpandAny(nowMs, effects);
        ArmLagCheck(nowMs, effects);
    }

    /// <summary>Retention moved the log start: readers and followers are to know.</summary>
    public void OnLogStartMoved(long nowMs, EffectList effects) => Settle(nowMs, effects);

    public void OnBrokersChanged(long nowMs, EffectList effects)
    {
        Settle(nowMs, effects);
        MaybeExpandAny(nowMs, effects);
        ArmLagCheck(nowMs, effects);
    }

    /// <summary>Looks for followers that lag, and for high watermarks held by followers that no longer count.</summary>
    public void OnCheckLag(long nowMs, EffectList effects)
    {
        if (!_lagCheckArmed)
            return;

        _lagCheckArmed = false;
        MaybeShrink(nowMs, effects);
        MaybeExpandAny(nowMs, effects);
        Settle(nowMs, effects);
        ArmLagCheck(nowMs, effects);
    }

    /// <summary>Publishes, or finds unchanged, what readers may see.</summary>
    private ReadView Publish(EffectList effects) => _context.Publish(
        ReplicaRole.Leader, _context.Self, _epochStartOffset, LeaseEndMs(), effects);

    /// <summary>
    /// Re-evaluates the high watermark and then, in this order, publishes, acknowledges and tells followers, also of a
    /// log start that moved.
    /// </summary>
    private ReadView Settle(long nowMs, EffectList effects)
    {
        var startBefore = _context.View.LogStartOffset;
        var advanced = TryAdvanceHighWatermark(nowMs);
        var view = Publish(effects);
        CompleteProduces(nowMs, effects);
        CompleteDeletes(nowMs, effects);
        if (advanced || view.LogStartOffset > startBefore)
            TellOfHighWatermark(view, effects);
        return view;
    }

    private PartitionRegistration TakeRegistration()
    {
        var registration = _context.Registration
            ?? throw new InvalidOperationException(
                $"{_context.Partition} leads in epoch {_epoch} without a registration.");
        _replicaCount = registration.Replicas.Length;
        _minIsr = registration.MinIsr;
        _elr = registration.Elr;
        var settings = _context.Settings;
        _limits = BatchLimits.Default with
        {
            MaxMessageBytes = settings.MaxMessageBytes,
            SegmentBytes = settings.SegmentBytes,
            TimestampType = settings.MessageTimestampType,
            IsCompacted = settings.IsCompacted,
        };
        _followers = [.. registration.Replicas
            .Where(broker => broker != _context.Self)
            .Distinct()
            .Order()
            .Select(broker => Find(broker) ?? new FollowerView(broker))];
        return registration;
    }

    private FollowerView? Find(BrokerId broker)
    {
        foreach (var follower in _followers)
        {
            if (follower.Broker == broker)
                return follower;
        }

        return null;
    }
}
