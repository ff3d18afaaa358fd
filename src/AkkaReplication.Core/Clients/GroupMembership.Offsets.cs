using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>Commits and questions for committed offsets, repeated until there is a final answer.</summary>
public sealed partial class GroupMembership
{
    private readonly List<Question> _questions = [];

    /// <summary>
    /// Stores offsets in the name of the present generation, or of nobody where it is in none; ends in exactly one
    /// <see cref="GroupCallCompleted"/> with the token. Needs a turn.
    /// </summary>
    public void Commit(long nowMs, long token, ImmutableArray<OffsetToCommit> offsets)
    {
        var isMember = Generation >= 0;
        _questions.Add(new Question(
            token,
            new OffsetCommitRequest(
                _settings.GroupId,
                Generation,
                isMember ? MemberId : "",
                isMember ? _settings.GroupInstanceId : null,
                offsets),
            nowMs + _settings.DefaultApiTimeoutMs));
    }

    /// <summary>
    /// Asks for what the group has committed; ends in exactly one <see cref="GroupCallCompleted"/> with the token. Needs a
    /// turn.
    /// </summary>
    public void FindCommitted(long nowMs, long token, ImmutableArray<TopicPartition> partitions) => _questions.Add(
        new Question(
            token,
            new OffsetFetchRequest(_settings.GroupId, partitions),
            nowMs + _settings.DefaultApiTimeoutMs));

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
        if (_questions.Count == 0 || _questions[0].IsAsked || nowMs < _questions[0].RetryAtMs)
            return;
        if (!Connections.IsOpen(_coordinator))
            return;

        var question = _questions[0];
        question.IsAsked = true;
        var timeoutMs = (int)Math.Max(1, Math.Min(_settings.RequestTimeoutMs, question.DeadlineMs - nowMs));
        Connections.Call(nowMs, _coordinator, question.Request, question, timeoutMs, effects);
    }

    private void OnQuestionAnswered(long nowMs, Question question, ClientResponse response, EffectList effects)
    {
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
        if (IsForAll(error))
            RetryQuestion(nowMs, question);
        else
            Finish(question, error, response, effects);
    }

    private static bool IsForAll(ErrorCode error) => error is ErrorCode.NotCoordinator
        or ErrorCode.CoordinatorNotAvailable
        or ErrorCode.CoordinatorLoadInProgress
        or ErrorCode.RequestTimedOut;

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
        effects.Add(new GroupCallCompleted(question.Token, error, response));
    }

    private sealed class Question(long token, ClientRequest request, long deadlineMs)
    {
        public long Token { get; } = token;

        public ClientRequest Request { get; } = request;

        public long DeadlineMs { get; } = deadlineMs;

        public bool IsAsked { get; set; }

        public bool IsFinished { get; set; }

        public int Failures { get; set; }

        public long RetryAtMs { get; set; } = long.MinValue;
    }
}
