using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// Carries questions to the cluster: to any broker, which answers, passes on to the controller or names it, to one broker, to
/// the coordinator of a group, or to partitions' leaders. Repeats each until there is a final answer or its time is over, and
/// says whether a lost attempt may have been carried out.
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
    /// Begins a call to a group's coordinator, which is looked for; ends in exactly one <see cref="ClusterCallCompleted"/>
    /// with the token. Needs a turn.
    /// </summary>
    /// <param name="timeoutMs">default.api.timeout.ms: for all attempts together.</param>
    public void AskCoordinator(long nowMs, long token, GroupRequest request, int timeoutMs) =>
        _questions.Add(new Question(token, request, nowMs + timeoutMs, null) { Group = request.GroupId });

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
        question.IsOut = !question.SeeksCoordinator;
        var request = question.SeeksCoordinator ? new FindCoordinatorRequest(question.Group!) : question.Request;
        var timeoutMs = (int)Math.Min(_settings.RequestTimeoutMs, question.DeadlineMs - nowMs);
        Connections.Call(nowMs, broker, request, question, Math.Max(timeoutMs, 1), effects);
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
        if (response is FindCoordinatorResponse { Error: ErrorCode.None } found)
        {
            question.At = found.Coordinator;
            question.IsAsked = false;
        }
        else if (error == ErrorCode.None)
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

        question.MayHaveRun |= question.IsOut;
        Retry(nowMs, question, ErrorCode.NetworkException);
    }

    /// <summary>A broker that cannot be reached coordinates the group no more, or will be found again.</summary>
    private protected override void OnDisconnected(BrokerId broker)
    {
        foreach (var question in _questions)
        {
            if (question.Group is not null && question.At == broker && !question.IsAsked)
                question.At = null;
        }
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
        if (question.Group is not null)
            question.At = null;
        question.RetryAtMs = nowMs + Backoff.AfterMs(
            ++question.Failures, _settings.RetryBackoffMs, _settings.RetryBackoffMaxMs, Random());
    }

    private void Finish(
        Question question, ErrorCode error, string? message, ClientResponse? response, EffectList effects)
    {
        // Whose answer was not waited for may have been carried out, too.
        question.MayHaveRun |= question is { IsAsked: true, IsOut: true } && response is null;
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
        FindCoordinatorResponse found => found.Error,
        ListGroupsResponse listed => listed.Error,
        DescribeGroupResponse described => described.Error,
        DeleteGroupResponse deleted => deleted.Error,
        OffsetFetchResponse fetched => fetched.Error,
        OffsetDeleteResponse deleted => deleted.Error,
        OffsetCommitResponse committed =>
            committed.Results.Select(static r => r.Error).FirstOrDefault(static e => e is ErrorCode.NotCoordinator
                or ErrorCode.CoordinatorNotAvailable
                or ErrorCode.CoordinatorLoadInProgress),
        _ => ErrorCode.None,
    };

    private sealed class Question(long token, ClientRequest request, long deadlineMs, BrokerId? at)
    {
        public long Token { get; } = token;

        public ClientRequest Request { get; } = request;

        public long DeadlineMs { get; } = deadlineMs;

        /// <summary>The only broker that can answer, if there is one and it is known.</summary>
        public BrokerId? At { get; set; } = at;

        /// <summary>The group whose coordinator is to answer, if it is for one.</summary>
        public string? Group { get; init; }

        public bool SeeksCoordinator => Group is not null && At is null;

        /// <summary>A broker has refused it, since it is not the controller.</summary>
        public bool IsForController { get; set; }

        public bool IsAsked { get; set; }

        /// <summary>What is asked is the question itself, which whoever has it may carry out.</summary>
        public bool IsOut { get; set; }

        public bool IsFinished { get; set; }

        public bool MayHaveRun { get; set; }

        public int Failures { get; set; }

        public long RetryAtMs { get; set; } = long.MinValue;

        public ErrorCode LastError { get; set; } = ErrorCode.None;
    }
}
