using AkkaReplication.Effects;

namespace AkkaReplication.Replicas;

internal sealed partial class LeaderReplica
{
    /// <summary>
    /// The broker's lease was renewed, or withdrawn; regained in the same epoch, service resumes (E3).
    /// </summary>
    public void OnLease(long nowMs, EffectList effects) => Settle(nowMs, effects);

    /// <summary>
    /// A follower's broker, by its link, was heard to follow this partition under this epoch at that time.
    /// </summary>
    public void OnFollowerContact(long nowMs, BrokerId broker, long atMs, EffectList effects)
    {
        if (Find(broker) is not { LogEndOffset: >= 0 } follower)
            return;

        follower.OnContact(atMs);
        if (IsLeaseRunningOut(nowMs))
            Settle(nowMs, effects);
    }

    /// <summary>
    /// Up to when this leader may serve. E3: beyond its lease, for as long as every other member of maximal ISR and
    /// ELR, one of whom would have to replace it, was heard to follow it within the session. Where unclean election is
    /// enabled, anybody could replace it, and the lease alone counts.
    /// </summary>
    private long LeaseEndMs()
    {
        if (_replicaCount <= 1)
            return long.MaxValue;
        if (_context.Settings.UncleanLeaderElectionEnable)
            return _context.LeaseEndMs;

        var end = long.MaxValue;
        foreach (var follower in _followers)
        {
            if (follower.InMaximalIsr || follower.InElr)
                end = Math.Min(end, follower.LastContactMs + _context.Options.SessionTimeoutMs);
        }

        return Math.Max(end, _context.LeaseEndMs);
    }

    /// <summary>E2: asked in the turn that serves, never by a timer alone.</summary>
    private bool IsLeaseLapsed(long nowMs) => nowMs > LeaseEndMs();

    /// <summary>Whether readers should soon see a later end than the one that was published.</summary>
    private bool IsLeaseRunningOut(long nowMs) =>
        _context.View.LeaseEndMs != long.MaxValue
        && _context.View.LeaseEndMs - nowMs < _context.Options.SessionTimeoutMs / 2;
}
