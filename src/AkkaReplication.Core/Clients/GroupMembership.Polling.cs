using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>Leaving the group: for good, or until a caller that has stopped reading reads again (max.poll.interval.ms).</summary>
public sealed partial class GroupMembership
{
    /// <summary>A coordinator that is not reached by then learns of it by the end of the session.</summary>
    private const int LeaveTimeoutMs = 5_000;

    private bool _isPolling;
    private long _pollDeadlineMs = long.MaxValue;
    private Phase _afterLeave = Phase.Ended;
    private long _leaveDeadlineMs;

    /// <summary>The caller reads, or waits for something to read: as long as it does, it is alive.</summary>
    /// <returns>Whether the member was away and joins again: then it needs a turn.</returns>
    public bool BeginPoll()
    {
        _isPolling = true;
        return ComeBack();
    }

    /// <summary>The caller is busy with what it has read.</summary>
    public void EndPoll(long nowMs)
    {
        _isPolling = false;
        ExpectPoll(nowMs);
    }

    private void ExpectPoll(long nowMs) => _pollDeadlineMs = nowMs + _settings.MaxPollIntervalMs;

    private bool ComeBack()
    {
        switch (_phase)
        {
            case Phase.Away:
                _phase = Phase.Idle;
                return true;
            case Phase.Leaving when _afterLeave == Phase.Away:
                _afterLeave = Phase.Idle;
                return false;
            default:
                return false;
        }
    }

    /// <summary>Nobody reads what is kept from others.</summary>
    private void CheckPoll(long nowMs, EffectList effects)
    {
        if (nowMs < PollDueMs)
            return;

        effects.Add(new ClientObserved(new PollIntervalExceeded(_settings.GroupId, _settings.MaxPollIntervalMs)));
        BeginLeaving(nowMs, Phase.Away, effects);
    }

    private long PollDueMs =>
        _isPolling || _phase is Phase.Ended or Phase.Leaving or Phase.Away ? long.MaxValue : _pollDeadlineMs;

    private void BeginLeaving(long nowMs, Phase then, EffectList effects)
    {
        _afterLeave = then;
        if (_phase == Phase.Leaving)
            return;

        Lose(effects);
        _beat = null;
        _phase = Phase.Leaving;
        _leaveDeadlineMs = nowMs + LeaveTimeoutMs;
        if (MemberId.Length == 0 || _settings.GroupInstanceId is not null)
            OnLeft(effects);
    }

    private void CheckLeaving(long nowMs, EffectList effects)
    {
        if (_leaves)
            BeginLeaving(nowMs, Phase.Ended, effects);
        _leaves = false;
        if (_phase == Phase.Leaving && nowMs >= _leaveDeadlineMs)
            OnLeft(effects);
    }

    private void OnLeft(EffectList effects)
    {
        _attempt = null;
        if (_settings.GroupInstanceId is null)
            MemberId = "";
        if (_afterLeave == Phase.Ended)
            End(effects);
        else
            _phase = _afterLeave;
    }
}
