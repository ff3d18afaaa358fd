using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// Carries questions to the cluster: to any broker, which answers, passes on to the controller or names it, to one broker, or
/// to partitions' leaders. Repeats each until there is a final answer or its time is over, and says whether a lost attempt
/// may have been carried out.
/// </summary>
public sealed class AdminClient : ClientMachine
{
    private readonly AdminSettings _settings;
    private readonly List<Question> _questions = [];
    private readonly LeaderCalls _leaderCalls;

    public AdminClient(AdminSettings settings, Func<double> random)
        : base(settings, random)
    {
        _settings = settings;
        _leaderCalls = new LeaderCalls(settings, Metadata, Connections, Updater, random);
    }

    /// <summary>
    /// Begins a call; ends in exactly one <see cref="ClusterCallCompleted"/> with the token. Needs a turn.
    /// </summary>
    /// <param name="timeoutMs">default.api.timeout.ms: for all attempts together.</param>
    /// <param name="at">The broker to be asked; null for any.</param>
    public void Ask(long nowMs, long token, ClientRequest request, int timeoutMs, BrokerId? at = null) =>
        _questions.Add(new Question(token, request, nowMs + timeoutMs, at));

    /// <summary>
    /// Begins a call to partitions' leaders; ends in exactly one <see cref="LeaderCallCompleted"/> with the token. Needs a
    /// turn.
    /// </summary>
    /// <param name="partitions">Each at most once, with what the query says its value is.</param>
    /// <param name="timeoutMs">default.api.timeout.ms: for all attempts together.</param>
    public void AskLeaders(
        long nowMs,
        long token,
        LeaderQuery query,
        IReadOnlyList<(TopicPartition Partition, long Value)> partitions,
        int timeoutMs) =>
        _leaderCalls.Ask(nowMs, token, query, partitions, timeoutMs);

    /// <summary>Nobody waits for this call any more: it is not repeated, and ends without a word.</summary>
    public void Forget(long token)
    {
        foreach (var question in _questions.FindAll(question => question.Token == token))
        {
            question.IsFinished = true;
            _questions.Remove(question);
        }

        _leaderCalls.Forget(token);
    }

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

        // Where no broker is open to one question of this turn, none is to the next, and there may be thousands.
        var isAnyOpen = true;
        foreach (var question in _questions)
        {
            var isForAny = OnlyOne(question) is null;
            if (question.IsAsked || nowMs < question.RetryAtMs || (isForAny && !isAnyOpen))
                continue;
            if (!TryAsk(nowMs, question, effects) && isForAny)
                isAnyOpen = false;
        }

        _leaderCalls.Work(nowMs, effects);
    }

    /// <summary>The broker to be asked; null for any.</summary>
    private BrokerId? OnlyOne(Question question) =>
        question.At ?? (question.IsForController && Metadata.Controller.Exists ? Metadata.Controller : null);

    private bool TryAsk(long nowMs, Question question, EffectList effects)
    {
        BrokerId broker;
        if (OnlyOne(question) is { } at)
        {
            if (!Connections.TryUse(nowMs, at, effects))
                return false;
            broker = at;
        }
        else if (!Brokers.TryPick(nowMs, [], out broker, effects))
        {
            return false;
        }

        question.IsAsked = true;
        var timeoutMs = (int)Math.Min(_settings.RequestTimeoutMs, question.DeadlineMs - nowMs);
        Connections.Call(nowMs, broker, question.Request, question, Math.Max(timeoutMs, 1), effects);
        return true;
    }

    private protected override void OnAnswer(long nowMs, PendingCall call, ClientResponse response, EffectList effects)
    {
        if (call.Context is LeaderRequest request)
        {
            _leaderCalls.OnAnswer(nowMs, request, response);
            return;
        }

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
            if (error == ErrorCode.NotController)
            {
                // Brokers of Kafka without KRaft do not pass it on.
                question.IsForController = true;
                Updater.Want();
            }

            Retry(nowMs, question, error);
        }
        else
        {
            Finish(question, error, "The cluster refused the request.", response, effects);
        }
    }

    private protected override void OnLost(long nowMs, PendingCall call, EffectList effects)
    {
        if (call.Context is LeaderRequest request)
        {
            _leaderCalls.OnAnswer(nowMs, request, null);
            return;
        }

        var question = (Question)call.Context;
        if (question.IsFinished)
            return;

        question.MayHaveRun = true;
        Retry(nowMs, question, ErrorCode.NetworkException);
    }

    private protected override void OnMetadata(long nowMs, EffectList effects) => _leaderCalls.OnMetadata();

    private protected override void OnAbort(long nowMs, ErrorCode error, string message, EffectList effects)
    {
        while (_questions.Count > 0)
            Finish(_questions[0], error, message, null, effects);
        _leaderCalls.Abort(error, message, effects);
    }

    private protected override long NextWorkMs(long nowMs)
    {
        var next = _leaderCalls.NextWorkMs(nowMs);
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
        // Whose answer was not waited for may have been carried out, too.
        question.MayHaveRun |= question.IsAsked && response is null;
        question.IsFinished = true;
        _questions.Remove(question);
        effects.Add(new ClusterCallCompleted(question.Token, error, message, response, question.MayHaveRun));
    }

    private static ErrorCode ErrorOf(ClientResponse response) => response switch
    {
        CreateTopicsResponse created => created.Error,
        DeleteTopicsResponse deleted => deleted.Error,
        ElectLeadersResponse elected => elected.Error,
        CreatePartitionsResponse grown => grown.Error,
        IncrementalAlterConfigsResponse altered => altered.Error,
        DescribeLogDirsResponse described => described.Error,
        InitProducerIdResponse initialized => initialized.Error,
        _ => ErrorCode.None,
    };

    private sealed class Question(long token, ClientRequest request, long deadlineMs, BrokerId? at)
    {
        public long Token { get; } = token;

        public ClientRequest Request { get; } = request;

        public long DeadlineMs { get; } = deadlineMs;

        /// <summary>The only broker that can answer, if there is one.</summary>
        public BrokerId? At { get; } = at;

        /// <summary>A broker has refused it, since it is not the controller.</summary>
        public bool IsForController { get; set; }

        public bool IsAsked { get; set; }

        public bool IsFinished { get; set; }

        public bool MayHaveRun { get; set; }

        public int Failures { get; set; }

        public long RetryAtMs { get; set; } = long.MinValue;

        public ErrorCode LastError { get; set; } = ErrorCode.None;
    }
}
