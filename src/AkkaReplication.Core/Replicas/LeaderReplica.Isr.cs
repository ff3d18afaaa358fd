using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;

namespace AkkaReplication.Replicas;

internal sealed partial class LeaderReplica
{
    private ImmutableArray<BrokerId> _committedIsr = [];
    private ImmutableArray<BrokerId> _maximalIsr = [];
    private ImmutableArray<BrokerId> _elr = [];
    private PendingIsrChange? _pending;
    private int _proposals;
    private bool _lagCheckArmed;

    /// <summary>What the controller acknowledged last.</summary>
    public ImmutableArray<BrokerId> CommittedIsr => _committedIsr;

    /// <summary>
    /// The most restrictive set the controller could hold at this moment: every member that any accepted copy of the
    /// pending proposal could leave in (KIP-497, I14).
    /// </summary>
    public ImmutableArray<BrokerId> MaximalIsr => _maximalIsr;

    public IsrProposal? PendingProposal => _pending?.Proposal;

    /// <summary>
    /// The controller's answer to a proposal (4.6); of any but the pending one it means nothing (I29).
    /// </summary>
    public void OnIsrAnswer(long nowMs, IsrProposalAnswer answer, EffectList effects)
    {
        if (_pending is not { } pending || pending.Proposal.ProposalId != answer.ProposalId || pending.AwaitsMetadata)
            return;

        switch (answer.Error)
        {
            case ErrorCode.None:
                OnIsrAccepted(nowMs, pending, answer, effects);
                break;

            case ErrorCode.IneligibleReplica:
                if (pending.Joining is { } refused)
                    refused.RefusedAtMetadataOffset = Math.Min(pending.BrokersOffset, answer.MetadataOffset);
                ProposeKeep(effects);
                break;

            // Nobody took it over to send it; if that was its only submission, no copy exists and it can be forgotten
            // (L1).
            case ErrorCode.OperationNotAttempted when pending.Submissions == 1:
                SetIsr(_committedIsr, _committedIsr);
                _pending = null;
                Settle(nowMs, effects);
                ArmLagCheck(nowMs, effects);
                break;

            case ErrorCode.OperationNotAttempted:
                ProposeKeep(effects);
                break;

            // It may have been applied, or something newer is on its way: never revert, metadata will tell.
            case ErrorCode.UnknownTopicOrPartition
                or ErrorCode.UnknownTopicId
                or ErrorCode.FencedLeaderEpoch
                or ErrorCode.InvalidUpdateVersion
                or ErrorCode.InvalidRequest
                or ErrorCode.NewLeaderElected:
                pending.AwaitsMetadata = true;
                break;

            default:
                pending.Submissions++;
                effects.Add(new ProposeIsr(pending.Proposal));
                break;
        }
    }

    /// <summary>This leadership is over: its proposal is nobody's business any more.</summary>
    public void WithdrawProposal(EffectList effects)
    {
        if (_pending is null)
            return;

        _pending = null;
        effects.Add(new WithdrawIsrProposal(_context.Partition));
    }

    private void OnIsrAccepted(long nowMs, PendingIsrChange pending, IsrProposalAnswer answer, EffectList effects)
    {
        if (answer.LeaderEpoch != _epoch || answer.PartitionEpoch < _context.PartitionEpoch)
            return;

        if (answer.PartitionEpoch == _context.PartitionEpoch && !SameMembers(answer.Isr, pending.Proposal.NewIsr))
        {
            // "Nothing to do", but not about what was proposed: an older copy could still be accepted (L1,
            // KAFKA-12751).
            ProposeKeep(effects);
            return;
        }

        var before = _committedIsr;
        _context.PartitionEpoch = answer.PartitionEpoch;
        _pending = null;

        // Who left may be in the controller's ELR now; metadata will say, until then it is presumed (E3).
        _elr = [.. _elr.Union(before).Except(answer.Isr)];
        SetIsr(answer.Isr, answer.Isr);
        effects.Add(new Observe(new IsrConfirmed(_context.Partition, answer.PartitionEpoch, before, answer.Isr)));

        // Forgetting this leaves the high watermark stuck (KAFKA-13091).
        Settle(nowMs, effects);
        MaybeExpandAny(nowMs, effects);
        ArmLagCheck(nowMs, effects);
    }

    /// <summary>
    /// L2, H1: only called for a strictly newer partition epoch, which alone resolves a pending change; all copies of
    /// its proposal are dead by compare-and-set.
    /// </summary>
    private void AdoptIsrFromMetadata(PartitionRegistration registration, EffectList effects)
    {
        var before = _committedIsr;
        var confirmed = _pending is not null && SameMembers(registration.Isr, _pending.Proposal.NewIsr);
        WithdrawProposal(effects);
        SetIsr(registration.Isr, registration.Isr);
        if (confirmed)
        {
            effects.Add(new Observe(
                new IsrConfirmed(_context.Partition, registration.PartitionEpoch, before, registration.Isr)));
        }
    }

    private void SetIsr(ImmutableArray<BrokerId> committed, ImmutableArray<BrokerId> maximal)
    {
        _committedIsr = committed;
        _maximalIsr = maximal;
        foreach (var follower in _followers)
        {
            follower.InCommittedIsr = committed.Contains(follower.Broker);
            follower.InMaximalIsr = maximal.Contains(follower.Broker);
            follower.InElr = _elr.Contains(follower.Broker);
        }
    }

    /// <summary>Proposes that a follower joins, if it may (4.4). One joins at a time.</summary>
    /// <param name="mustKeepUp">No fetch of its own says that it is alive: being caught up has to.</param>
    private bool MaybeExpand(long nowMs, FollowerView follower, bool mustKeepUp, EffectList effects)
    {
        if (_pending is not null || !MayJoin(follower, mustKeepUp, nowMs))
            return false;

        Propose(IsrChange.Expand, _committedIsr.Add(follower.Broker), follower, effects);

        // It counts from now on, though the controller has not agreed yet.
        SetIsr(_committedIsr, _committedIsr.Add(follower.Broker));
        return true;
    }

    /// <summary>
    /// An idle follower sends no fetch that would trigger the check, so everything else that may have made it eligible
    /// does: brokers, metadata, an answered proposal, the lag timer.
    /// </summary>
    private void MaybeExpandAny(long nowMs, EffectList effects)
    {
        foreach (var follower in _followers)
        {
            if (MaybeExpand(nowMs, follower, mustKeepUp: true, effects))
                return;
        }
    }

    /// <summary>
    /// It has all that is committed, also under earlier leaders: at the epoch's start offset or beyond (the second
    /// condition is the essential one). Below min ISR the high watermark stands still and is no measure, so there it
    /// must keep up, too (KAFKA-19996). Below our log start epochs are forgotten and nothing can be compared: it must not
    /// begin there, or it could lead with records that never were committed, or were deleted.
    /// </summary>
    private bool MayJoin(FollowerView follower, bool mustKeepUp, long nowMs) =>
        !follower.InMaximalIsr
        && follower.LogEndOffset >= _context.HighWatermark
        && follower.LogEndOffset >= _epochStartOffset
        && follower.LogStartOffset >= _log.LogStartOffset
        && ((!mustKeepUp && _committedIsr.Length >= _minIsr) || IsCaughtUp(follower, nowMs))
        && _context.BrokersChangedAtOffset > follower.RefusedAtMetadataOffset
        && IsEligible(follower);

    /// <summary>
    /// Proposes that all members leave that lag (4.3). The old ISR counts until the controller has agreed.
    /// </summary>
    private void MaybeShrink(long nowMs, EffectList effects)
    {
        if (_pending is not null)
            return;

        var staying = _committedIsr.RemoveAll(
            broker => broker != _context.Self && (Find(broker) is not { } follower || !IsCaughtUp(follower, nowMs)));
        if (staying.Length < _committedIsr.Length)
            Propose(IsrChange.Shrink, staying, null, effects);
    }

    /// <summary>
    /// L1: the controller refused the proposal, but an older copy of it may still be accepted. The maximal ISR stays as
    /// it is until the controller has bumped the partition epoch for the ISR that we both know.
    /// </summary>
    private void ProposeKeep(EffectList effects) => Propose(IsrChange.Keep, _committedIsr, null, effects);

    private void Propose(IsrChange kind, ImmutableArray<BrokerId> isr, FollowerView? joining, EffectList effects)
    {
        var members = ImmutableArray.CreateBuilder<IsrMember>(isr.Length);
        foreach (var broker in isr)
            members.Add(new IsrMember(broker, EpochForProposal(kind, broker)));

        // Unique over all leaderships of this partition, also if the replica is created anew between them.
        var id = ((long)_epoch.Value << 32) | (uint)++_proposals;
        var proposal = new IsrProposal(
            _context.Partition,
            id,
            _epoch,
            _context.PartitionEpoch,
            LeaderRecoveryState.Recovered,
            members.MoveToImmutable());
        _pending = new PendingIsrChange(kind, proposal, joining, _context.Brokers.MetadataOffset);
        effects.Add(new ProposeIsr(proposal));
    }

    /// <summary>
    /// Unknown for a member that has not fetched: safe, because its crash would bump the partition epoch and void the
    /// proposal. A keep admits nobody and needs none.
    /// </summary>
    private BrokerEpoch EpochForProposal(IsrChange kind, BrokerId broker)
    {
        if (broker == _context.Self)
            return _context.OwnEpoch;
        return kind == IsrChange.Keep ? BrokerEpoch.Unknown : Find(broker)?.BrokerEpoch ?? BrokerEpoch.Unknown;
    }

    private bool IsCaughtUp(FollowerView follower, long nowMs) =>
        follower.IsCaughtUp(_log.LogEndOffset, nowMs, _context.Options.ReplicaLagTimeMaxMs);

    /// <summary>The timer runs only while time alone could change something: an idle partition costs none.</summary>
    private void ArmLagCheck(long nowMs, EffectList effects)
    {
        if (_lagCheckArmed || !IsAnyoneBehind(nowMs))
            return;

        _lagCheckArmed = true;
        effects.Add(new StartReplicaTimer(
            ReplicaTimer.CheckLag, Math.Max(1, _context.Options.ReplicaLagTimeMaxMs / 2)));
    }

    private bool IsAnyoneBehind(long nowMs)
    {
        var end = _log.LogEndOffset;
        foreach (var follower in _followers)
        {
            if (follower.InMaximalIsr ? follower.LogEndOffset != end : IsAboutToJoin(follower, nowMs))
                return true;
        }

        return false;
    }

    private bool IsAboutToJoin(FollowerView follower, long nowMs) =>
        (follower.LogEndOffset != _log.LogEndOffset && IsCaughtUp(follower, nowMs))
        || (_pending is null && MayJoin(follower, mustKeepUp: true, nowMs));

    private static bool SameMembers(ImmutableArray<BrokerId> isr, ImmutableArray<IsrMember> proposed)
    {
        if (isr.Length != proposed.Length)
            return false;

        foreach (var member in proposed)
        {
            if (!isr.Contains(member.Broker))
                return false;
        }

        return true;
    }
}
