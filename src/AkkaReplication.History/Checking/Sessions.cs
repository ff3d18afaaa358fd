namespace AkkaReplication.History.Checking;

/// <summary>
/// Divides what each process did at the moments at which its position, or the order of its sends, ceases to be known. A
/// poll of unknown outcome may have moved the position; a transaction that came to nothing may have moved it back.
/// </summary>
internal sealed class Sessions
{
    private readonly OperationHistory _history;
    private readonly Dictionary<int, int> _numbers = [];
    private readonly List<ProcessState> _states = [];
    private int _lastSession;

    public Sessions(OperationHistory history, int[] order)
    {
        _history = history;
        Flags = new OperationFlags[history.Count];
        PollSessions = new int[history.Count];
        SendSessions = new int[history.Count];
        Processes = new int[history.Count];
        foreach (var operation in order)
            Add(operation);
    }

    public OperationFlags[] Flags { get; }

    public int[] PollSessions { get; }

    public int[] SendSessions { get; }

    public int[] Processes { get; }

    public int ProcessCount => _states.Count;

    private void Add(int operation)
    {
        var header = _history.HeaderOf(operation);
        if (!_numbers.TryGetValue(header.Process, out var process))
        {
            _numbers.Add(header.Process, process = _states.Count);
            _states.Add(new ProcessState { PollSession = ++_lastSession });
        }

        var state = _states[process];
        if (header.Outcome != Outcome.Fail)
            Begin(header, operation, state);
        Processes[operation] = process;
        PollSessions[operation] = state.PollSession;
        SendSessions[operation] = state.SendSession;
        if (state.IsSubscribed)
            Flags[operation] |= OperationFlags.Subscribed;
        if (state.IsStartUnknown)
            Flags[operation] |= OperationFlags.StartUnknown;

        var isUncertain = header.Kind switch
        {
            OperationKind.Poll or OperationKind.FinalRead => header.Outcome == Outcome.Info,
            OperationKind.Txn => header.Outcome != Outcome.Ok,
            _ => false,
        };
        if (isUncertain)
        {
            state.PollSession = ++_lastSession;
            state.IsStartUnknown = true;
        }
    }

    private void Begin(OperationHistory.Header header, int operation, ProcessState state)
    {
        switch (header.Kind)
        {
            case OperationKind.Assign:
                // With an unknown outcome it may still be in its group.
                state.IsSubscribed &= header.Outcome == Outcome.Info;
                state.IsStartUnknown = true;
                state.PollSession = ++_lastSession;
                break;
            case OperationKind.Subscribe:
                state.IsSubscribed = true;
                state.BeginsAtBeginning = BeginsAtBeginning(operation);
                state.IsStartUnknown = !state.BeginsAtBeginning;
                state.PollSession = ++_lastSession;
                break;
            case OperationKind.Crash:
                // A group goes on where it has committed, and it commits what somebody was given.
                state.IsStartUnknown = !state.IsSubscribed || !state.BeginsAtBeginning;
                state.PollSession = ++_lastSession;
                state.SendSession++;
                break;
        }
    }

    private bool BeginsAtBeginning(int operation)
    {
        for (var step = _history.StepsStart(operation); step < _history.StepsEnd(operation); step++)
        {
            if (_history.StepOffset(step) != 0)
                return false;
        }

        return true;
    }

    private sealed class ProcessState
    {
        public int PollSession { get; set; }

        public int SendSession { get; set; }

        public bool IsSubscribed { get; set; }

        public bool BeginsAtBeginning { get; set; }

        public bool IsStartUnknown { get; set; }
    }
}
