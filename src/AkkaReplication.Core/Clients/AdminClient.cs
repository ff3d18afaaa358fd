using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// Carries questions to the cluster that any broker can answer, or pass on to the controller: repeats each until there
/// is
/// a final answer or its time is over, and says whether a lost attempt may have been carried out.
/// </summary>
public sealed class AdminClient : ClientMachine
{
    private readonly AdminSettings _settings;
    private readonly List<Question> _questions = [];

    public AdminClient(AdminSettings settings, Func<double> random)
        : base(settings, random) => _settings = settings;

    /// <summary>
    /// Begins a call; ends in exactly one <see cref="ClusterCallCompleted"/> with the token. Needs a turn.
    /// </summary>
    /// <param name="timeoutMs">default.api.timeout.ms: for all attempts together.</param>
    public void Ask(long nowMs, long token, ClientRequest request, int timeoutMs) =>
        _questions.Add(new Question(token, request, nowMs + timeoutMs));

    private protected override void Work(long nowMs, EffectList effects)
    {
        for (var i = _questions.Count - 1; i >= 0; i--)
        {
            var question = _questions[i];
            if (nowMs >= question.DeadlineMs)
            {
                var last = question.LastError == ErrorCode.None
                    ? "no broker answered"
                    : $"last: {question.LastError.KafkaName()}";
                Finish(question, ErrorCode.RequestTimedOut, $"No final answer in time; {last}.", null, effects);
            }
        }

        foreach (var question in _questions)
        {
            if (question.IsAsked || nowMs < question.RetryAtMs)
                continue;
            if (!Brokers.TryPick(nowMs, [], out var broker, effects))
                return;

            question.IsAsked = true;
            var timeoutMs = (int)Math.Min(_settings.RequestTimeoutMs, question.DeadlineMs - nowMs);
            Connections.Call(nowMs, broker, question.Request, question, Math.Max(timeoutMs, 1), effects);
        }
    }

    private protected override void OnAnswer(long nowMs, PendingCall call, ClientResponse response, EffectList effects)
    {
        var question = (Question)call.Context;
        if (question.IsFinished)
            return;

        var error = ErrorOf(response);
        if (error == ErrorCode.None)
        {
            if (response is MetadataResponse metadata)
                Metadata.Update(metadata);
            Finish(question, ErrorCode.None, null, response, effects);
        }
        else if (error.IsRetriable())
        {
            question.MayHaveRun |= error is ErrorCode.RequestTimedOut or ErrorCode.NetworkException;
            Retry(nowMs, question, error);
        }
        else
        {
            Finish(question, error, "The cluster refused the request.", response, effects);
        }
    }

    private protected override void OnLost(long nowMs, PendingCall call, EffectList effects)
    {
        var question = (Question)call.Context;
        if (question.IsFinished)
            return;

        question.MayHaveRun = true;
        Retry(nowMs, question, ErrorCode.NetworkException);
    }

    private protected override void OnMetadata(long nowMs, EffectList effects)
    {
    }

    private protected override void OnAbort(long nowMs, ErrorCode error, string message, EffectList effects)
    {
        while (_questions.Count > 0)
            Finish(_questions[0], error, message, null, effects);
    }

    private protected override long NextWorkMs(long nowMs)
    {
        var next = long.MaxValue;
        foreach (var question in _questions)
        {
            next = Math.Min(next, question.DeadlineMs);
            if (!question.IsAsked && question.RetryAtMs > nowMs)
                next = Math.Min(next, question.RetryAtMs);
        }

        return next;
    }

    private void Retry(long nowMs, Question question, ErrorCode error)
    {
        question.IsAsked = false;
        question.LastError = error;
        question.RetryAtMs = nowMs + Backoff.AfterMs(
            ++question.Failures, _settings.RetryBackoffMs, _settings.RetryBackoffMaxMs, Random());
    }

    private void Finish(
        Question question, ErrorCode error, string? message, ClientResponse? response, EffectList effects)
    {
        question.IsFinished = true;
        _questions.Remove(question);
        effects.Add(new ClusterCallCompleted(question.Token, error, message, response, question.MayHaveRun));
    }

    private static ErrorCode ErrorOf(ClientResponse response) => response switch
    {
        CreateTopicsResponse created => created.Error,
        DeleteTopicsResponse deleted => deleted.Error,
        ElectLeadersResponse elected => elected.Error,
        InitProducerIdResponse initialized => initialized.Error,
        _ => ErrorCode.None,
    };

    private sealed class Question(long token, ClientRequest request, long deadlineMs)
    {
        public long Token { get; } = token;

        public ClientRequest Request { get; } = request;

        public long DeadlineMs { get; } = deadlineMs;

        public bool IsAsked { get; set; }

        public bool IsFinished { get; set; }

        public bool MayHaveRun { get; set; }

        public int Failures { get; set; }

        public long RetryAtMs { get; set; } = long.MinValue;

        public ErrorCode LastError { get; set; } = ErrorCode.None;
    }
}
