using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;

namespace AkkaReplication.Replicas;

public sealed partial class Replica
{
    /// <summary>Metadata changed for this partition (8.4).</summary>
    /// <exception cref="ArgumentException">
    /// It is about another partition, or another topic of the same name.
    /// </exception>
    public void OnPartitionUpdate(long nowMs, PartitionUpdate update, EffectList effects)
    {
        var registration = update.Registration;
        if (registration.Id != Partition)
        {
            throw new ArgumentException(
                $"An update of {registration.Id} came to the replica of {Partition}.", nameof(update));
        }

        if (registration.PartitionEpoch < _context.PartitionEpoch || registration.LeaderEpoch < _context.LeaderEpoch)
            return;

        var isNewLeaderEpoch = registration.LeaderEpoch > _context.LeaderEpoch;
        var isNewerPartitionEpoch = registration.PartitionEpoch > _context.PartitionEpoch;
        _context.Registration = registration;
        _context.PartitionEpoch = registration.PartitionEpoch;
        _context.Settings = update.Settings;
        if (isNewLeaderEpoch)
            ChangeRole(nowMs, update, effects);
        else
            _leader?.OnUpdate(nowMs, isNewerPartitionEpoch, effects);
    }

    /// <summary>
    /// The disk, or the actor, under this replica failed (F1): it serves nothing until a higher leader epoch. Also for
    /// the shell, after an exception that nobody expected.
    /// </summary>
    public void OnStorageFailed(long nowMs, string reason, EffectList effects)
    {
        if (Role == ReplicaRole.Offline)
            return;

        var (leader, follower) = LeaveRole(ReplicaRole.Offline);
        leader?.WithdrawProposal(effects);
        follower?.StopFetching(effects);
        var view = _context.PublishOffline(effects);
        effects.Add(new ReplicaFailed(Partition, _context.LeaderEpoch, reason));
        effects.Add(new Observe(new WentOffline(Partition, reason)));
        leader?.FailProduces(ErrorCode.KafkaStorageError, reason, effects);
        leader?.FailDeletes(ErrorCode.KafkaStorageError, reason, effects);
        leader?.ReleaseFollowers(view, effects);
    }

    /// <summary>
    /// This replica is about to be closed: whoever waits on it is answered, and it serves nothing any more.
    /// </summary>
    public void OnStop(long nowMs, EffectList effects)
    {
        var (leader, follower) = LeaveRole(Role == ReplicaRole.Offline ? ReplicaRole.Offline : ReplicaRole.Idle);
        leader?.WithdrawProposal(effects);
        follower?.StopFetching(effects);
        if (Role == ReplicaRole.Idle)
            PublishIdle(effects);
        Release(leader, "this replica is being closed", effects);
    }

    /// <summary>
    /// A new leader epoch. Order matters: the old fetching stops before the log is looked at, the new role is published
    /// and under way before those who waited for the old one are told (5.2, 8.4 rule 6).
    /// </summary>
    private void ChangeRole(long nowMs, PartitionUpdate update, EffectList effects)
    {
        var registration = update.Registration;
        var (oldLeader, oldFollower) = LeaveRole(ReplicaRole.Idle);
        _context.LeaderEpoch = registration.LeaderEpoch;
        oldLeader?.WithdrawProposal(effects);

        // With the same leader the new position replaces the old one.
        var newLeader = Follows(registration) ? registration.Leader : BrokerId.None;
        if (oldFollower is not null && oldFollower.Leader != newLeader)
            oldFollower.StopFetching(effects);

        try
        {
            if (MayLead(update))
                BecomeLeader(nowMs, effects);
            else if (newLeader != BrokerId.None)
                BecomeFollower(newLeader, effects);
            else
                PublishIdle(effects);
        }
        catch (StorageException e)
        {
            OnStorageFailed(nowMs, e.Message, effects);
        }

        Release(oldLeader, $"leader epoch {registration.LeaderEpoch} began", effects);
    }

    private void BecomeLeader(long nowMs, EffectList effects)
    {
        _leader = new LeaderReplica(_context);
        Role = ReplicaRole.Leader;
        _leader.Start(nowMs, effects);
    }

    private void BecomeFollower(BrokerId leader, EffectList effects)
    {
        _follower = new FollowerReplica(_context, leader);
        Role = ReplicaRole.Follower;
        _follower.Start(effects);
    }

    /// <summary>
    /// A leadership from before this life's registration is not ours, though it bears our id: registering takes it
    /// away, and the record that does is on its way (F4). Leading on would be a restarted leader that has forgotten its
    /// pending ISR change (F1).
    /// </summary>
    private bool MayLead(PartitionUpdate update) =>
        update.Registration.Leader == _context.Self
        && _context.OwnEpoch != BrokerEpoch.Unknown
        && update.MetadataOffset >= _context.OwnEpoch.Value;

    private bool Follows(PartitionRegistration registration) =>
        registration.Leader.Exists
        && registration.Leader != _context.Self
        && registration.Replicas.Contains(_context.Self);

    private (LeaderReplica? Leader, FollowerReplica? Follower) LeaveRole(ReplicaRole to)
    {
        var left = (_leader, _follower);
        (_leader, _follower) = (null, null);
        Role = to;
        return left;
    }

    private void PublishIdle(EffectList effects) =>
        _context.Publish(ReplicaRole.Idle, BrokerId.None, -1, FollowerView.Never, effects);

    private void Release(LeaderReplica? leader, string why, EffectList effects)
    {
        leader?.FailProduces(ErrorCode.NotLeaderOrFollower, why, effects);
        leader?.FailDeletes(ErrorCode.NotLeaderOrFollower, why, effects);
        leader?.ReleaseFollowers(_context.View, effects);
    }
}
