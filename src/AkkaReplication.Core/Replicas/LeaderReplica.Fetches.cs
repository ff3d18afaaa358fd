using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;

namespace AkkaReplication.Replicas;

internal sealed partial class LeaderReplica
{
    /// <summary>
    /// A follower states its position (2.1). Its leader epoch has been found equal to ours. A refused, diverging or
    /// out-of-range fetch changes no view (KAFKA-8400, KAFKA-13141).
    /// </summary>
    public void OnFollowerFetch(long nowMs, in FollowerFetch fetch, EffectList effects)
    {
        var follower = Find(fetch.Follower);
        if (follower is null)
        {
            // Perhaps a reassignment that this leader has not heard of yet: the follower asks again (KAFKA-13837).
            Answer(fetch, ErrorCode.UnknownLeaderEpoch, effects);
            return;
        }

        if (JudgeLife(fetch, follower) is var error and not ErrorCode.None)
        {
            Answer(fetch, error, effects);
            return;
        }

        follower.IsWaiting = false;
        if (DivergenceOf(fetch, out var diverging) is var range and not ErrorCode.None)
            AnswerOutOfRange(fetch, range, effects);
        else if (diverging is not null)
            effects.Add(new FollowerFetchAnswered(fetch, ErrorCode.None, diverging, null));
        else
            Accept(nowMs, fetch, follower, effects);
    }

    /// <summary>This leadership is over: followers that wait must hear it.</summary>
    public void ReleaseFollowers(ReadView view, EffectList effects)
    {
        foreach (var follower in _followers)
        {
            if (follower.IsWaiting)
                effects.Add(new FollowerDataAvailable(follower.Broker, view));
            follower.IsWaiting = false;
        }
    }

    private void AnswerOutOfRange(in FollowerFetch fetch, ErrorCode range, EffectList effects) =>
        effects.Add(new FollowerFetchAnswered(fetch, range, null, Publish(effects))
        {
            Producers = fetch.FetchOffset < _log.LogStartOffset ? _log.Producers.EncodeBefore(_log.LogStartOffset) : default,
        });

    private void Accept(long nowMs, in FollowerFetch fetch, FollowerView follower, EffectList effects)
    {
        var end = _log.LogEndOffset;
        follower.Accept(fetch, end, nowMs);
        MaybeExpand(nowMs, follower, mustKeepUp: false, effects);
        var advanced = TryAdvanceHighWatermark(nowMs);
        var view = advanced || IsLeaseRunningOut(nowMs) ? Publish(effects) : _context.View;
        effects.Add(new FollowerFetchAnswered(fetch, ErrorCode.None, null, view));
        CompleteProduces(nowMs, effects);
        CompleteDeletes(nowMs, effects);
        if (advanced)
            TellOfHighWatermark(view, effects);

        // Set last: this follower has the view already.
        follower.IsWaiting = fetch.FetchOffset >= end;
        ArmLagCheck(nowMs, effects);
    }

    /// <summary>Only the present life of a known broker acts as a replica (S1, KIP-903).</summary>
    private ErrorCode JudgeLife(in FollowerFetch fetch, FollowerView follower)
    {
        if (fetch.FollowerEpoch == BrokerEpoch.Unknown)
            return ErrorCode.ClusterAuthorizationFailed;
        if (fetch.FollowerEpoch < follower.BrokerEpoch)
            return ErrorCode.NotLeaderOrFollower;

        // A later epoch than metadata's is followed, but makes nobody a member until metadata knows it.
        return _context.Brokers.Brokers.TryGetValue(fetch.Follower, out var status)
            && fetch.FollowerEpoch < status.Epoch
            ? ErrorCode.NotLeaderOrFollower
            : ErrorCode.None;
    }

    /// <summary>The check of 5.3.</summary>
    private ErrorCode DivergenceOf(in FollowerFetch fetch, out EpochEnd? diverging) => _log.Epochs.History.Judge(
        fetch.LastFetchedEpoch, fetch.FetchOffset, _log.LogStartOffset, _log.LogEndOffset, out diverging);

    private void TellOfRecords(ReadView view, EffectList effects)
    {
        foreach (var follower in _followers)
        {
            if (!follower.IsWaiting)
                continue;
            follower.IsWaiting = false;
            effects.Add(new FollowerDataAvailable(follower.Broker, view));
        }
    }

    /// <summary>
    /// Rides, with the log start, on the follower's next answer; one that has records under way asks again by itself.
    /// </summary>
    private void TellOfHighWatermark(ReadView view, EffectList effects)
    {
        foreach (var follower in _followers)
        {
            // Those behind are about to be told of the records, with the same view.
            if (follower.IsWaiting && follower.LogEndOffset == view.LogEndOffset)
                effects.Add(new FollowerDataAvailable(follower.Broker, view));
        }
    }

    private static void Answer(in FollowerFetch fetch, ErrorCode error, EffectList effects) =>
        effects.Add(new FollowerFetchAnswered(fetch, error, null, null));

    /// <summary>
    /// KIP-841, KIP-903: registered, active, its replica not offline (F1), and known under the very epoch that it fetched
    /// with. Read from one snapshot of the brokers and one view, in one turn (KAFKA-15221).
    /// </summary>
    private bool IsEligible(FollowerView follower) =>
        follower.BrokerEpoch != BrokerEpoch.Unknown
        && _context.Brokers.Brokers.TryGetValue(follower.Broker, out BrokerStatus status)
        && status.IsActive
        && !status.OfflineReplicas.Contains(_context.Partition)
        && status.Epoch == follower.BrokerEpoch;
}
