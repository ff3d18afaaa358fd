using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>Heartbeats, and the end of the session as the member itself sees it.</summary>
public sealed partial class GroupMembership
{
    private object? _beat;
    private long _nextBeatMs;
    private long _sessionEndsMs;

    private bool IsMember => Generation >= 0
        && _phase is Phase.Idle or Phase.Revoking or Phase.Assigning or Phase.Syncing or Phase.Stable;

    private void Beat(long nowMs, EffectList effects)
    {
        if (!IsMember || _beat is not null || nowMs < _nextBeatMs || !Connections.IsOpen(_coordinator))
            return;

        _beat = new object();
        _nextBeatMs = nowMs + _settings.HeartbeatIntervalMs;
        var request = new HeartbeatRequest(_settings.GroupId, Generation, MemberId, _settings.GroupInstanceId);
        // A coordinator that does not answer within the session is of no use to it.
        var timeoutMs = Math.Min(_settings.RequestTimeoutMs, _settings.SessionTimeoutMs);
        Connections.Call(nowMs, _coordinator, request, _beat, timeoutMs, effects);
    }

    private void OnBeatAnswered(long nowMs, PendingCall call, ErrorCode error, EffectList effects)
    {
        _beat = null;
        if (call.Request is not HeartbeatRequest request || request.Generation != Generation)
            return;

        if (error is ErrorCode.None or ErrorCode.RebalanceInProgress)
            HeardAt(nowMs, call.SentAtMs);
        // The answer to what it sent before its join says nothing about the generation that it joins.
        if (error != ErrorCode.None && _phase is not (Phase.Joining or Phase.Assigning or Phase.Syncing))
            OnRefused(nowMs, error, effects);
    }

    /// <summary>The coordinator counts from when it heard; that was not before this was sent.</summary>
    private void HeardAt(long nowMs, long sentAtMs)
    {
        _nextBeatMs = nowMs + _settings.HeartbeatIntervalMs;
        _sessionEndsMs = Math.Max(_sessionEndsMs, sentAtMs + _settings.SessionTimeoutMs);
    }

    /// <summary>
    /// Whoever was not heard of for a whole session may have been replaced: it must not read on until it is told so.
    /// </summary>
    private void CheckSession(long nowMs, EffectList effects)
    {
        if (_owned.Length + _revoking.Length == 0 || nowMs < _sessionEndsMs || _phase is Phase.Ended or Phase.Leaving or Phase.Away)
            return;

        if (_phase is Phase.Joining or Phase.Assigning or Phase.Syncing)
        {
            // What it is joining may still admit it; all that it gets then will be new to it.
            LoseOwned(effects);
            return;
        }

        Lose(effects);
        BackToIdle();
    }

    private void SendLeave(long nowMs, EffectList effects)
    {
        if (_attempt is not null || !Connections.IsOpen(_coordinator))
            return;

        var request = new LeaveGroupRequest(_settings.GroupId, [new LeavingMember(MemberId, null)]);
        Attempt(nowMs, request, _settings.RequestTimeoutMs, effects);
    }
}
