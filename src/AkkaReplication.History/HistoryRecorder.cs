using System.Diagnostics;
using System.Runtime.InteropServices;
using AkkaReplication.History.Json;

namespace AkkaReplication.History;

/// <summary>
/// Records what clients do, from any number of threads. Its times never stand still: each is greater than the one before,
/// whatever the clock says, so what completed before something else began is known even on a clock that a simulator moves
/// by hand.
/// </summary>
public sealed class HistoryRecorder : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Func<long> _clockNs;
    private readonly OperationWriter? _output;
    private readonly bool _isKept;
    private readonly HashSet<PendingOperation> _pending = [];
    private OperationHistory _history = new();
    private long _lastNs = -1;
    private bool _isClosed;

    /// <summary>Creates a recorder.</summary>
    /// <param name="clockNs">Nanoseconds since any fixed moment, 0 or more; null for the time since now. It is called
    /// within a lock and must not call back.</param>
    /// <param name="output">Where every operation is also written when it completes, as a line of JSON; null for nowhere.
    /// It is the caller's to close, after the recorder.</param>
    /// <param name="keep">Whether the history is also kept in memory. Without it there is nothing to take a
    /// <see cref="Snapshot"/> of.</param>
    public HistoryRecorder(Func<long>? clockNs = null, Stream? output = null, bool keep = true)
    {
        _clockNs = clockNs ?? SinceNow();
        _output = output is null ? null : new OperationWriter(output);
        _isKept = keep;
    }

    /// <summary>How many operations were begun and have no outcome yet.</summary>
    public int PendingCount
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    /// <summary>The name of a partition in a history.</summary>
    public static string KeyOf(string topic, int partition) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{topic}-{partition}");

    /// <summary>To be called right before a value is sent.</summary>
    public PendingOperation BeginSend(int process, string key, HistoryValue value, SendAcks acks = SendAcks.All)
    {
        var pending = new PendingOperation(this, OperationKind.Send, process, acks, Isolation.Committed);
        pending.Send(key, value);
        return Begin(pending);
    }

    /// <summary>
    /// To be called right before a value is sent of which nobody knows yet where it goes: <see cref="PendingOperation.Send"/>
    /// says so, once, before the outcome is given.
    /// </summary>
    public PendingOperation BeginSend(int process, SendAcks acks = SendAcks.All) =>
        Begin(new PendingOperation(this, OperationKind.Send, process, acks, Isolation.Committed));

    /// <summary>To be called right before records are asked for.</summary>
    public PendingOperation BeginPoll(int process, Isolation isolation = Isolation.Committed) =>
        Begin(new PendingOperation(this, OperationKind.Poll, process, SendAcks.All, isolation));

    /// <summary>To be called right before a transaction begins.</summary>
    public PendingOperation BeginTxn(int process, Isolation isolation = Isolation.Committed) =>
        Begin(new PendingOperation(this, OperationKind.Txn, process, SendAcks.All, isolation));

    /// <summary>To be called right before a part of the final reading; see <see cref="OperationKind.FinalRead"/>.
    /// </summary>
    public PendingOperation BeginFinalRead(int process, Isolation isolation = Isolation.Committed) =>
        Begin(new PendingOperation(this, OperationKind.FinalRead, process, SendAcks.All, isolation));

    /// <summary>A process takes keys by itself, each from a position (<see cref="OperationStep.UnknownOffset"/> where it
    /// does not know), instead of those it had.</summary>
    public void Assign(int process, params ReadOnlySpan<(string Key, long From)> keys)
    {
        var steps = new List<OperationStep>();
        foreach (var (key, from) in keys)
            steps.Add(OperationStep.Assign(key, from));
        RecordNow(OperationKind.Assign, process, steps);
    }

    /// <summary>A process joins a group that reads topics. A group without commits begins at the beginning.</summary>
    public void Subscribe(int process, params ReadOnlySpan<string> topics)
    {
        var steps = new List<OperationStep>();
        foreach (var topic in topics)
            steps.Add(OperationStep.Subscribe(topic));
        RecordNow(OperationKind.Subscribe, process, steps);
    }

    /// <summary>
    /// A process joins a group that reads topics and goes on from what it has committed, or from where nobody can say.
    /// </summary>
    public void SubscribeAnywhere(int process, params ReadOnlySpan<string> topics)
    {
        var steps = new List<OperationStep>();
        foreach (var topic in topics)
            steps.Add(OperationStep.Subscribe(topic, OperationStep.UnknownOffset));
        RecordNow(OperationKind.Subscribe, process, steps);
    }

    /// <summary>A process lost its clients and goes on with new ones.</summary>
    public void Crash(int process) => RecordNow(OperationKind.Crash, process, []);

    /// <summary>From now on, what stood at the offset or above it may be gone and its offsets used again. To be called
    /// when that has happened for certain, for example when the unclean election has been seen.</summary>
    public void ExcuseLossFrom(string key, long offset) => RecordNow(
        OperationKind.Excuse, 0, [new OperationStep(StepKind.LostFrom, key, offset)]);

    /// <summary>What stands below the offset may be gone (DeleteRecords, retention).</summary>
    public void ExcuseLossBelow(string key, long offset) => RecordNow(
        OperationKind.Excuse, 0, [new OperationStep(StepKind.LostBelow, key, offset)]);

    /// <summary>Records an operation as it is, with its own times.</summary>
    /// <exception cref="ArgumentException">It contradicts itself.</exception>
    public void Add(Operation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        var header = new OperationHistory.Header(
            operation.Kind, operation.Outcome, operation.Acks, operation.Isolation, operation.Process);
        lock (_lock)
            Write(header, operation.InvokedNs, operation.CompletedNs, [.. operation.Steps]);
    }

    /// <summary>
    /// What was recorded until now. What is under way is in it with an unknown outcome. Later operations do not change it.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing is kept.</exception>
    public OperationHistory Snapshot()
    {
        if (!_isKept)
            throw new InvalidOperationException("This recorder keeps nothing in memory.");
        lock (_lock)
        {
            var copy = _history.Copy();
            foreach (var pending in InOrder())
                Add(copy, pending.HeaderWith(Outcome.Info), pending.InvokedNs, Operation.NeverNs, pending.Steps);
            return copy;
        }
    }

    /// <summary>Forgets everything, for a new test on the same clients. What is under way belongs to what was forgotten.
    /// </summary>
    public void Clear()
    {
        lock (_lock)
        {
            _history = new OperationHistory();
            _pending.Clear();
        }
    }

    /// <summary>Writes what is under way with an unknown outcome, and ends the writing. Operations that complete later are
    /// ignored.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isClosed)
                return;
            foreach (var pending in InOrder())
                Write(pending.HeaderWith(Outcome.Info), pending.InvokedNs, Operation.NeverNs, pending.Steps);
            _pending.Clear();
            _isClosed = true;
            _output?.Flush();
            _output?.Dispose();
        }
    }

    internal void Complete(PendingOperation pending, Outcome outcome)
    {
        lock (_lock)
        {
            // Nobody waits any longer for what was under way when the recorder was closed or cleared.
            if (_pending.Remove(pending))
                Write(pending.HeaderWith(outcome), pending.InvokedNs, NextNs(), pending.Steps);
        }
    }

    private static Func<long> SinceNow()
    {
        var start = Stopwatch.GetTimestamp();
        return () => Stopwatch.GetElapsedTime(start).Ticks * 100;
    }

    private static void Add(
        OperationHistory history,
        OperationHistory.Header header,
        long invokedNs,
        long completedNs,
        ReadOnlySpan<OperationStep> steps)
    {
        foreach (ref readonly var step in steps)
            history.AddStep(step);
        history.Complete(header, invokedNs, completedNs);
    }

    private PendingOperation Begin(PendingOperation pending)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            pending.InvokedNs = NextNs();
            _pending.Add(pending);
        }

        return pending;
    }

    private void RecordNow(OperationKind kind, int process, List<OperationStep> steps)
    {
        var header = new OperationHistory.Header(kind, Outcome.Ok, SendAcks.All, Isolation.Committed, process);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            var now = NextNs();
            Write(header, now, now, CollectionsMarshal.AsSpan(steps));
        }
    }

    private void Write(
        in OperationHistory.Header header, long invokedNs, long completedNs, ReadOnlySpan<OperationStep> steps)
    {
        if (_isKept)
            Add(_history, header, invokedNs, completedNs, steps);
        _output?.Write(header, invokedNs, completedNs, steps);
    }

    private IEnumerable<PendingOperation> InOrder() => _pending.OrderBy(pending => pending.InvokedNs);

    private long NextNs() => _lastNs = Math.Max(_lastNs + 1, _clockNs());
}
