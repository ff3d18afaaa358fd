using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// One consumer's membership in a group: finds the coordinator, joins, assigns where it leads, keeps its session alive and
/// says which partitions are whose. Never lets the caller believe that it has a partition after its session may have
/// ended. Has connections of its own: heartbeats do not wait behind fetches.
/// </summary>
/// <remarks>
/// Idle → (Revoking →) Joining → Assigning → Syncing → Stable, and from anywhere back to Idle. A caller that does not read
/// lets it go Leaving → Away, and one that reads again brings it back to Idle. Ended until it is subscribed (again).
/// </remarks>
public sealed partial class GroupMembership : ClientMachine
{
    private readonly GroupMembershipSettings _settings;
    private readonly bool _isCooperative;
    private ImmutableArray<string> _topics = [];
    private ImmutableArray<TopicPartition> _owned = [];
    private Phase _phase = Phase.Ended;
    private bool _isSubscribed;
    private bool _leaves;
    private BrokerId _coordinator = BrokerId.None;
    private object? _find;
    private int _failures;
    private long _retryAtMs = long.MinValue;

    /// <param name="random">Numbers in [0, 1) for jitter.</param>
    public GroupMembership(GroupMembershipSettings settings, Func<double> random)
        : base(settings, random)
    {
        if (settings.Assignors.IsDefaultOrEmpty)
            throw new ArgumentException("partition.assignment.strategy names no assignor.", nameof(settings));

        _settings = settings;
        _isCooperative = settings.Assignors.All(static a => a.IsCooperative);
    }

    private enum Phase : byte
    {
        Ended,
        Idle,
        Revoking,
        Joining,
        Assigning,
        Syncing,
        Stable,
        Leaving,
        Away,
    }

    /// <summary>Empty while the coordinator knows no such member.</summary>
    public string MemberId { get; private set; } = "";

    /// <summary>-1 while it is in none.</summary>
    public int Generation { get; private set; } = -1;

    /// <summary>What the caller may read.</summary>
    public ImmutableArray<TopicPartition> Owned => _owned;

    /// <summary>It has its assignment and knows of no rebalance.</summary>
    public bool IsStable => _phase == Phase.Stable;

    /// <summary>Wants these topics, and no others. Needs a turn.</summary>
    /// <exception cref="InvalidOperationException">It is leaving.</exception>
    public void Subscribe(long nowMs, ImmutableArray<string> topics)
    {
        if (_leaves || (_phase == Phase.Leaving && _afterLeave == Phase.Ended))
            throw new InvalidOperationException("The member is leaving its group.");

        // What somebody stored who was no member is nothing that a member can commit.
        if (!_isSubscribed)
            ForgetOffsets();
        _isSubscribed = true;
        _topics = topics;
        foreach (var topic in topics)
            Updater.Track(topic);
        ExpectPoll(nowMs);
        ComeBack();
        if (_phase is Phase.Ended or Phase.Stable)
            _phase = Phase.Idle;
        else
            _joinsAgain = true;
    }

    /// <summary>
    /// Leaves the group; ends in <see cref="MembershipEnded"/>. The caller has stopped reading. A static member only falls
    /// silent: it may come back before its session ends. Needs a turn.
    /// </summary>
    /// <returns>False where it is in none: nothing follows.</returns>
    public bool Leave()
    {
        if (_isSubscribed)
            ForgetOffsets();
        _isSubscribed = false;
        _owned = [];
        _revoking = [];
        if (_phase == Phase.Ended)
            return false;

        _leaves = true;
        return true;
    }

    /// <summary>The caller has let go of what <see cref="PartitionsRevoked"/> of that round named. Needs a turn.</summary>
    public void OnRevoked(long round)
    {
        if (_phase != Phase.Revoking || round != _round)
            return;

        Fence(_revoking);
        _revoking = [];
        if (!_isCooperative)
            _owned = [];
        _isRevoked = true;
        _phase = Phase.Idle;
    }

    private protected override void Work(long nowMs, EffectList effects)
    {
        CheckSession(nowMs, effects);
        CheckPoll(nowMs, effects);
        CheckLeaving(nowMs, effects);
        CompleteAssignment(nowMs);
        AutoCommit(nowMs);
        ExpireQuestions(nowMs, effects);
        RefuseFenced(effects);
        FinishEmpty(effects);
        if (!NeedsCoordinator || !HasCoordinator(nowMs, effects))
            return;

        if (_phase == Phase.Idle && nowMs >= _retryAtMs)
            BeginJoin(nowMs, effects);
        if (_phase == Phase.Assigning)
            TryAssign(nowMs, effects);
        if (_phase == Phase.Leaving && nowMs >= _retryAtMs)
            SendLeave(nowMs, effects);
        Beat(nowMs, effects);
        AskQuestions(nowMs, effects);
    }

    private bool NeedsCoordinator => _questions.Count > 0 || _phase is not (Phase.Ended or Phase.Away);

    private bool HasCoordinator(long nowMs, EffectList effects)
    {
        if (_coordinator.Exists)
            return Connections.TryUse(nowMs, _coordinator, effects);
        if (_find is not null || nowMs < _retryAtMs || !Brokers.TryPick(nowMs, [], out var broker, effects))
            return false;

        _find = new object();
        var request = new FindCoordinatorRequest(_settings.GroupId);
        Connections.Call(nowMs, broker, request, _find, _settings.RequestTimeoutMs, effects);
        return false;
    }

    private void OnFound(long nowMs, FindCoordinatorResponse? found, EffectList effects)
    {
        _find = null;
        if (found is { Error: ErrorCode.None })
            _coordinator = found.Coordinator;
        else if (found is null || found.Error.IsRetriable())
            Pause(nowMs);
        else
            GiveUp(found.Error, found.Message ?? "No coordinator can be found.", effects);
    }

    private protected override void OnAnswer(long nowMs, PendingCall call, ClientResponse response, EffectList effects)
    {
        if (call.Context == _find)
            OnFound(nowMs, response as FindCoordinatorResponse, effects);
        else if (call.Context is Question question)
            OnQuestionAnswered(nowMs, question, response, effects);
        else if (call.Context == _attempt)
            OnAttemptAnswered(nowMs, response, effects);
        else if (call.Context == _beat && response is HeartbeatResponse beat)
            OnBeatAnswered(nowMs, call, beat.Error, effects);
    }

    private protected override void OnLost(long nowMs, PendingCall call, EffectList effects)
    {
        if (call.Context == _find)
        {
            OnFound(nowMs, null, effects);
            return;
        }

        if (call.Broker == _coordinator)
            _coordinator = BrokerId.None;
        if (call.Context is Question question)
            RetryQuestion(nowMs, question);
        else if (call.Context == _attempt)
            OnAttemptLost(nowMs, effects);
        else if (call.Context == _beat)
            _beat = null;
    }

    /// <summary>Another broker may coordinate the group by now, whether or not this one was just asked something.</summary>
    private protected override void OnDisconnected(BrokerId broker)
    {
        if (broker == _coordinator)
            _coordinator = BrokerId.None;
    }

    private protected override void OnAbort(long nowMs, ErrorCode error, string message, EffectList effects)
    {
        foreach (var question in _questions.ToArray())
            Finish(question, error, null, effects);
        _isSubscribed = false;
        Lose(effects);
        End(effects);
    }

    private protected override long NextWorkMs(long nowMs)
    {
        var next = Math.Min(_autoCommitAtMs, PollDueMs);
        if (!NeedsCoordinator)
            return next;
        if (nowMs < _retryAtMs)
            next = Math.Min(next, _retryAtMs);
        if (_phase == Phase.Leaving)
            next = Math.Min(next, _leaveDeadlineMs);
        if (IsMember && _beat is null)
            next = Math.Min(next, _nextBeatMs);
        if (_owned.Length + _revoking.Length > 0)
            next = Math.Min(next, _sessionEndsMs);
        if (_phase == Phase.Stable)
            next = Math.Min(next, _completeAtMs);
        foreach (var question in _questions)
            next = Math.Min(next, Math.Min(question.DeadlineMs, nowMs < question.RetryAtMs ? question.RetryAtMs : long.MaxValue));
        return next;
    }

    private void Pause(long nowMs)
    {
        _failures++;
        _retryAtMs = nowMs + Backoff.AfterMs(
            _failures, _settings.RetryBackoffMs, _settings.RetryBackoffMaxMs, Random());
    }

    private void GiveUp(ErrorCode error, string message, EffectList effects)
    {
        Lose(effects);
        effects.Add(new MembershipFailed(error, message));
        End(effects);
    }

    private void End(EffectList effects)
    {
        if (_phase == Phase.Ended)
            return;

        _phase = Phase.Ended;
        _attempt = null;
        _beat = null;
        MemberId = "";
        Generation = -1;
        effects.Add(MembershipEnded.Instance);
    }
}
