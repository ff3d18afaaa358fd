using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// Commits and questions for committed offsets, one after the other and repeated until there is a final answer. A member
/// commits only for partitions that it has had ever since the commit was asked for: what another one may have read on in
/// the meantime is not taken back, whatever the coordinator would accept.
/// </summary>
public sealed partial class GroupMembership
{
    /// <summary>The commit of nobody who waits for it.</summary>
    private const long AutoCommitToken = -1;

    private readonly List<Question> _questions = [];

    /// <summary>
    /// Stores offsets in the name of the present generation, or of nobody where it is not subscribed; ends in exactly one
    /// <see cref="GroupCallCompleted"/> with the token. Needs a turn.
    /// </summary>
    public void Commit(long nowMs, long token, ImmutableArray<OffsetToCommit> offsets) =>
        _questions.Add(new Question(token, nowMs + _settings.DefaultApiTimeoutMs)
        {
            Offsets = offsets,
            IsFenced = _isSubscribed && !offsets.All(o => IsHeld(o.Partition)),
        });

    /// <summary>
    /// Commits what is stored when the commits before it are done; ends in exactly one <see cref="GroupCallCompleted"/> with
    /// the token, and with what it was. Needs a turn.
    /// </summary>
    public void CommitStored(long nowMs, long token) =>
        _questions.Add(new Question(token, nowMs + _settings.DefaultApiTimeoutMs) { TakesStored = true });

    /// <summary>
    /// Asks for what the group has committed; ends in exactly one <see cref="GroupCallCompleted"/> with the token. Needs a
    /// turn.
    /// </summary>
    public void FindCommitted(long nowMs, long token, ImmutableArray<TopicPartition> partitions) =>
        _questions.Add(new Question(token, nowMs + _settings.DefaultApiTimeoutMs)
        {
            Request = new OffsetFetchRequest(_settings.GroupId, partitions),
        });

    /// <summary>Its partitions are this member's until it has let go of them.</summary>
    private bool IsHeld(TopicPartition partition) => _owned.Contains(partition) || _revoking.Contains(partition);

    /// <summary>These partitions are not this member's any more: nothing is committed for them.</summary>
    private void Fence(ImmutableArray<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
            _stored.Remove(partition);
        foreach (var question in _questions)
        {
            if (!_isSubscribed || !question.IsCommit)
                continue;
            question.IsFenced |= question.Offsets.Any(o => partitions.Contains(o.Partition));
            question.ToKeep = question.ToKeep.RemoveAll(o => partitions.Contains(o.Partition));
        }
    }

    /// <summary>What was to be committed by a member is not committed by nobody, nor the other way round.</summary>
    private void ForgetOffsets()
    {
        _stored.Clear();
        foreach (var question in _questions)
        {
            question.IsFenced |= question.IsCommit;
            question.ToKeep = [];
        }
    }

    private void RefuseFenced(EffectList effects)
    {
        for (var i = _questions.Count - 1; i >= 0; i--)
        {
            if (_questions[i] is { IsFenced: true, IsAsked: false } fenced)
                Finish(fenced, ErrorCode.IllegalGeneration, null, effects);
        }
    }

    private void ExpireQuestions(long nowMs, EffectList effects)
    {
        for (var i = _questions.Count - 1; i >= 0; i--)
        {
            if (nowMs >= _questions[i].DeadlineMs)
                Finish(_questions[i], ErrorCode.RequestTimedOut, null, effects);
        }
    }

    private void AskQuestions(long nowMs, EffectList effects)
    {
        // One at a time: of two commits the later one must count.
        while (_questions.Count > 0 && !_questions[0].IsAsked && nowMs >= _questions[0].RetryAtMs)
        {
            if (!Connections.IsOpen(_coordinator))
                return;

            var question = _questions[0];
            TakeStored(question);
            if (question.IsCommit && question.Offsets.IsEmpty)
            {
                Finish(question, ErrorCode.None, new OffsetCommitResponse([]), effects);
                continue;
            }

            question.IsAsked = true;
            if (question.IsCommit)
                question.Request = CommitOf(question.Offsets);
            var timeoutMs = (int)Math.Max(1, Math.Min(_settings.RequestTimeoutMs, question.DeadlineMs - nowMs));
            Connections.Call(nowMs, _coordinator, question.Request!, question, timeoutMs, effects);
        }
    }

    private OffsetCommitRequest CommitOf(ImmutableArray<OffsetToCommit> offsets) => new(
        _settings.GroupId,
        _isSubscribed ? Generation : -1,
        _isSubscribed ? MemberId : "",
        _isSubscribed ? _settings.GroupInstanceId : null,
        offsets);

    private void OnQuestionAnswered(long nowMs, Question question, ClientResponse response, EffectList effects)
    {
        question.IsAsked = false;
        if (question.IsFinished)
            return;

        var error = response switch
        {
            OffsetFetchResponse fetched => fetched.Error,
            OffsetCommitResponse committed => committed.Results.Select(static r => r.Error).FirstOrDefault(IsForAll),
            _ => ErrorCode.UnknownServerError,
        };
        if (error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable)
            _coordinator = BrokerId.None;
        if (MayPass(question, error))
        {
            RetryQuestion(nowMs, question);
            return;
        }

        var isOfThisGeneration = question.Request is OffsetCommitRequest commit
            && commit.Generation >= 0 && commit.Generation == Generation && commit.MemberId == MemberId;
        Finish(question, error, response, effects);
        // What the coordinator says of a commit holds for the membership, and need not wait for the next heartbeat.
        if (isOfThisGeneration && IsExpulsion(error) && _phase is Phase.Idle or Phase.Revoking or Phase.Stable)
            OnRefused(nowMs, error, effects);
    }

    /// <summary>
    /// Whether the same commit or question may be answered otherwise later. A member that joins is of another generation
    /// soon, and what it keeps meanwhile it may commit in the name of that one.
    /// </summary>
    private bool MayPass(Question question, ErrorCode error) => error switch
    {
        ErrorCode.NotCoordinator
            or ErrorCode.CoordinatorNotAvailable
            or ErrorCode.CoordinatorLoadInProgress
            or ErrorCode.RequestTimedOut => true,
        ErrorCode.RebalanceInProgress => !question.IsFenced,
        ErrorCode.IllegalGeneration => _isSubscribed && !question.IsFenced
            && question.Request is OffsetCommitRequest commit
            && (commit.Generation != Generation || _phase is Phase.Joining),
        _ => false,
    };

    private static bool IsForAll(ErrorCode error) => error is ErrorCode.NotCoordinator
        or ErrorCode.CoordinatorNotAvailable
        or ErrorCode.CoordinatorLoadInProgress
        or ErrorCode.RequestTimedOut
        or ErrorCode.RebalanceInProgress
        || IsExpulsion(error);

    private static bool IsExpulsion(ErrorCode error) =>
        error is ErrorCode.IllegalGeneration or ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId;

    private void RetryQuestion(long nowMs, Question question)
    {
        question.IsAsked = false;
        question.Failures++;
        question.RetryAtMs = nowMs + Backoff.AfterMs(
            question.Failures, _settings.RetryBackoffMs, _settings.RetryBackoffMaxMs, Random());
    }

    private void Finish(Question question, ErrorCode error, ClientResponse? response, EffectList effects)
    {
        question.IsFinished = true;
        _questions.Remove(question);
        var first = error != ErrorCode.None || response is not OffsetCommitResponse committed
            ? error
            : committed.Results.Select(static r => r.Error).FirstOrDefault(static e => e != ErrorCode.None);
        if (first != ErrorCode.None)
            KeepStored(question.ToKeep);
        if (question.Token != AutoCommitToken)
            effects.Add(new GroupCallCompleted(question.Token, error, response, question.Offsets));
        else if (first != ErrorCode.None)
            effects.Add(new ClientObserved(new AutoCommitFailed(_settings.GroupId, first)));
    }

    private sealed class Question(long token, long deadlineMs)
    {
        public long Token { get; } = token;

        /// <summary>What is asked; of a commit only once it is sent.</summary>
        public ClientRequest? Request { get; set; }

        /// <summary>What a commit is to store.</summary>
        public ImmutableArray<OffsetToCommit> Offsets { get; set; } = [];

        /// <summary>What is stored again where the commit fails: what it took, but for what is not the member's any more.</summary>
        public ImmutableArray<OffsetToCommit> ToKeep { get; set; } = [];

        /// <summary>It commits what is stored when its turn comes.</summary>
        public bool TakesStored { get; init; }

        public bool HasTaken { get; set; }

        public bool IsCommit => Request is not OffsetFetchRequest;

        /// <summary>It names a partition that is not the member's any more.</summary>
        public bool IsFenced { get; set; }

        public long DeadlineMs { get; } = deadlineMs;

        public bool IsAsked { get; set; }

        public bool IsFinished { get; set; }

        public int Failures { get; set; }

        public long RetryAtMs { get; set; } = long.MinValue;
    }
}
