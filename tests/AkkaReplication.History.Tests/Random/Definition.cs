namespace AkkaReplication.History.Tests.Random;

/// <summary>
/// The anomalies of a history by their definitions, word for word and without a thought of speed. It shares no code with the
/// checker.
/// </summary>
internal sealed class Definition
{
    private readonly List<Operation> _operations;
    private readonly HistoryCheckOptions _options;
    private readonly List<LossExcuse> _excuses;
    private readonly SortedSet<string> _found = new(StringComparer.Ordinal);

    public Definition(OperationHistory history, HistoryCheckOptions options)
    {
        _operations = Enumerable.Range(0, history.Count).Select(i => history[i])
            .OrderBy(o => o.InvokedNs).ThenBy(o => o.Number).ToList();
        _options = options;
        _excuses = [.. options.Excuses];
        foreach (var operation in _operations.Where(o => o.Kind == OperationKind.Excuse && o.Outcome != Outcome.Fail))
        {
            _excuses.AddRange(operation.Steps.Select(step => step.Kind == StepKind.LostFrom
                ? LossExcuse.From(step.Key, step.Offset, operation.InvokedNs)
                : LossExcuse.Below(step.Key, step.Offset)));
        }

        foreach (var key in Keys())
        {
            FindInLog(key);
            FindInPolls(key);
            FindInSends(key);
            FindLosses(key);
            Measure(key);
        }

        FindCycles();
    }

    /// <summary>Each as <see cref="NameOf"/> names what the checker found.</summary>
    public IReadOnlyCollection<string> Found => _found;

    public int Cycles { get; private set; }

    public int WriteCycles { get; private set; }

    public long SubscribedNonmonotonicPolls { get; private set; }

    public long SubscribedPollSkips { get; private set; }

    public long WorstLagNs { get; private set; }

    public long ConsumedAgain { get; private set; }

    public int MaxConsumeCount { get; private set; }

    /// <summary>What an anomaly is about, without how it is told.</summary>
    public static string NameOf(Anomaly a) => a.Class switch
    {
        AnomalyClass.Duplicate => $"{a.Class} {a.Key} {a.Value}@{a.Offset}",
        AnomalyClass.Vanished => $"{a.Class} {a.Key} {a.Value}@{a.Offset} not by {a.Operations[^1].Process}",
        AnomalyClass.InconsistentOffsets or AnomalyClass.AcknowledgedTwice => $"{a.Class} {a.Key} @{a.Offset}",
        AnomalyClass.NonmonotonicPoll or AnomalyClass.PollSkip or AnomalyClass.InternalNonmonotonicPoll
            or AnomalyClass.InternalPollSkip => $"{a.Class} {a.Key} @{a.Offset} in {a.Operations[^1].Number}",
        AnomalyClass.ReadAboveHighWatermark => $"{a.Class} {a.Key} in {a.Operations[^1].Number}",
        _ => $"{a.Class} {a.Key} {a.Value}",
    };

    private IEnumerable<string> Keys() => _operations.SelectMany(o => o.Steps).Select(s => s.Key).Distinct();

    private IEnumerable<(Operation Operation, OperationStep Step)> Steps(string key, StepKind kind) =>
        from o in _operations from s in o.Steps where s.Key == key && s.Kind == kind select (o, s);

    private Operation? Writer(HistoryValue value) =>
        _operations.Find(o => o.Steps.Any(s => s.Kind == StepKind.Send && s.Value == value));

    private string? WriterKey(HistoryValue value) => Writer(value)?.Steps
        .First(s => s.Kind == StepKind.Send && s.Value == value).Key;

    private bool IsSeen(string key, HistoryValue value)
    {
        var isTransaction = Writer(value)?.Kind == OperationKind.Txn;
        return Steps(key, StepKind.Record).Any(r => r.Step.Value == value && r.Operation.Outcome == Outcome.Ok
            && (!isTransaction || r.Operation.Isolation == Isolation.Committed));
    }

    private bool MustHaveCommitted(Operation operation) =>
        (operation.Outcome == Outcome.Ok && operation.Acks == SendAcks.All)
        || (operation.Outcome != Outcome.Fail
            && operation.Steps.Any(s => s.Kind == StepKind.Send && IsSeen(s.Key, s.Value)));

    private bool IsDropped(string key, long offset, Operation operation) => _excuses.Exists(
        e => e.Key == key && e.FromOffset <= offset && operation.InvokedNs <= e.AtNs);

    private bool IsBelow(string key, long offset) => _excuses.Exists(e => e.Key == key && offset < e.BelowOffset);

    private static bool IsPoll(Operation operation) =>
        operation.Kind is OperationKind.Poll or OperationKind.FinalRead or OperationKind.Txn;

    /// <summary>Log(k), with who says so.</summary>
    private List<(long Offset, HistoryValue Value, Operation By, bool IsSend)> Log(string key) =>
    [
        .. from r in Steps(key, StepKind.Record)
           where !IsDropped(key, r.Step.Offset, r.Operation)
           select (r.Step.Offset, r.Step.Value, r.Operation, false),
        .. from s in Steps(key, StepKind.Send)
           where s.Step.Offset >= 0 && MustHaveCommitted(s.Operation) && !IsDropped(key, s.Step.Offset, s.Operation)
           select (s.Step.Offset, s.Step.Value, s.Operation, true),
    ];

    /// <summary>Order(k): the offsets; an offset's index is its place.</summary>
    private List<long> Order(string key) => Log(key).Select(entry => entry.Offset).Distinct().Order().ToList();

    private List<int> IndicesOf(string key, HistoryValue value)
    {
        var order = Order(key);
        return Log(key).Where(e => e.Value == value).Select(e => order.IndexOf(e.Offset)).Distinct().Order().ToList();
    }

    private void Add(AnomalyClass anomaly, string key, string subject) => _found.Add($"{anomaly} {key} {subject}");

    private void FindInLog(string key)
    {
        var log = Log(key);
        foreach (var at in log.GroupBy(entry => entry.Offset))
        {
            if (at.Select(entry => entry.Value).Distinct().Count() > 1)
                Add(AnomalyClass.InconsistentOffsets, key, $"@{at.Key}");
            if (at.Count(e => e.IsSend && e.By.Outcome == Outcome.Ok && e.By.Acks == SendAcks.All) > 1)
                Add(AnomalyClass.AcknowledgedTwice, key, $"@{at.Key}");
        }

        foreach (var of in log.GroupBy(entry => entry.Value))
        {
            if (Writer(of.Key) is { Acks: not SendAcks.All } || !_options.IsIdempotent)
                continue;
            foreach (var offset in of.Select(entry => entry.Offset).Distinct().Order().Skip(1))
                Add(AnomalyClass.Duplicate, key, $"{of.Key}@{offset}");
        }

        foreach (var (reader, record) in Steps(key, StepKind.Record))
        {
            var highWatermarks = reader.Steps
                .Where(s => s.Key == key && s.Kind == StepKind.HighWatermark).Select(s => s.Offset).ToList();
            if (highWatermarks.Count > 0 && record.Offset >= highWatermarks.Max())
                Add(AnomalyClass.ReadAboveHighWatermark, key, $"in {reader.Number}");
            var writer = Writer(record.Value);
            if (writer is null || WriterKey(record.Value) != key)
            {
                if (!_options.AllowUnsent)
                    Add(AnomalyClass.Unsent, key, $"{record.Value}");
                continue;
            }

            var mayShow = reader.Isolation == Isolation.Uncommitted && writer.Kind == OperationKind.Txn;
            if (writer.Outcome == Outcome.Fail && reader.Outcome == Outcome.Ok && !mayShow)
                Add(AnomalyClass.AbortedRead, key, $"{record.Value}");
            if (writer == reader && reader.Isolation == Isolation.Committed)
                Add(AnomalyClass.PrecommittedRead, key, $"{record.Value}");
        }

        foreach (var (sender, sent) in Steps(key, StepKind.Send).Where(s => MustHaveCommitted(s.Operation)))
        {
            var own = log.Where(e => e.IsSend && e.Value == sent.Value).Select(e => e.Offset).ToList();
            var places = own.Count > 0 ? own : log.Where(e => e.Value == sent.Value).Select(e => e.Offset).ToList();
            var known = log.Where(e => e.By.CompletedNs < sender.InvokedNs
                && (!e.IsSend || (e.By.Outcome == Outcome.Ok && e.By.Acks == SendAcks.All))).ToList();
            if (places.Count > 0 && known.Exists(e => e.Offset >= places.Max()))
                Add(AnomalyClass.StaleOffset, key, $"{sent.Value}");
        }
    }

    /// <summary>How many records between two places a poll must not leave out.</summary>
    private int Visible(string key, int from, int to, Operation poll)
    {
        var (order, log) = (Order(key), Log(key));
        return Enumerable.Range(from, Math.Max(0, to - from)).Count(i => !IsBelow(key, order[i])
            && (poll.Isolation == Isolation.Uncommitted || log.Exists(e => e.Offset == order[i]
                && (Writer(e.Value) is not { Kind: OperationKind.Txn } writer || MustHaveCommitted(writer)))));
    }

    private List<OperationStep> RecordsOf(Operation poll, string key) => poll.Steps
        .Where(s => s.Key == key && s.Kind == StepKind.Record && !IsDropped(key, s.Offset, poll)).ToList();

    private bool IsKnownThroughout(Operation poll, string key) => !poll.Steps.Any(s => s.Key == key
        && (s.Kind == StepKind.Rebalanced || (s.Kind == StepKind.Record && IsDropped(key, s.Offset, poll))));

    private List<Operation> Before(Operation operation) => _operations
        .TakeWhile(o => o != operation).Where(o => o.Process == operation.Process).Reverse().ToList();

    private bool IsSubscribed(Operation operation)
    {
        foreach (var before in Before(operation).Prepend(operation))
        {
            if (before.Kind == OperationKind.Subscribe && before.Outcome != Outcome.Fail)
                return true;
            if (before.Kind == OperationKind.Assign && before.Outcome == Outcome.Ok)
                return false;
        }

        return false;
    }

    private static bool IsFromBeginning(Operation subscribe) => subscribe.Steps.All(s => s.Offset == 0);

    /// <summary>The index that a process must read next: null if that is not known. And what it had to read from the
    /// beginning of its session, with null for "from wherever its first record is".</summary>
    private (int? Next, int? Start) PositionBefore(Operation poll, string key)
    {
        var order = Order(key);
        int? next = null;
        var (isDecided, isGone) = (false, false);
        foreach (var before in Before(poll))
        {
            var isUncertain = before.Kind is OperationKind.Poll or OperationKind.FinalRead
                ? before.Outcome == Outcome.Info
                : before.Kind == OperationKind.Txn && before.Outcome != Outcome.Ok;
            if (isUncertain)
                return (next, null);
            if (before.Outcome == Outcome.Fail)
                continue;
            switch (before.Kind)
            {
                case OperationKind.Assign:
                    var step = before.Steps.LastOrDefault(s => s.Key == key);
                    if (!isDecided && before.Outcome == Outcome.Ok && step is { Key: not null, Offset: >= 0 } assigned
                        && !IsDropped(key, assigned.Offset, before))
                        next = order.Count(offset => offset < assigned.Offset);
                    return (isGone ? null : next, null);
                case OperationKind.Subscribe:
                    return (next, IsFromBeginning(before) ? 0 : null);
                case OperationKind.Crash:
                    return (next, IsSubscribed(before) && IsFromBeginning(LastSubscribe(before)) ? 0 : null);
                case OperationKind.Poll or OperationKind.FinalRead or OperationKind.Txn when !isDecided:
                    if (!IsKnownThroughout(before, key))
                        (isDecided, isGone) = (true, true);
                    else if (RecordsOf(before, key) is { Count: > 0 } records)
                        (isDecided, next) = (true, order.IndexOf(records[^1].Offset) + 1);
                    break;
            }
        }

        return (next, 0);
    }

    private Operation LastSubscribe(Operation operation) =>
        Before(operation).Find(o => o.Kind == OperationKind.Subscribe && o.Outcome != Outcome.Fail)!;

    private void FindInPolls(string key)
    {
        var order = Order(key);
        foreach (var poll in _operations.Where(o => IsPoll(o) && o.Outcome == Outcome.Ok))
        {
            var records = RecordsOf(poll, key);
            if (records.Count == 0 || !IsKnownThroughout(poll, key))
                continue;
            for (var i = 1; i < records.Count; i++)
            {
                var (previous, current) = (order.IndexOf(records[i - 1].Offset), order.IndexOf(records[i].Offset));
                if (current <= previous)
                    Add(AnomalyClass.InternalNonmonotonicPoll, key, $"@{records[i].Offset} in {poll.Number}");
                else if (Visible(key, previous + 1, current, poll) > 0)
                    Add(AnomalyClass.InternalPollSkip, key, $"@{records[i].Offset} in {poll.Number}");
            }

            if (PositionBefore(poll, key).Next is not { } next)
                continue;
            var first = order.IndexOf(records[0].Offset);
            var (goesBack, skips) = (first < next, Visible(key, next, first, poll) > 0);
            if (IsSubscribed(poll))
            {
                SubscribedNonmonotonicPolls += goesBack ? 1 : 0;
                SubscribedPollSkips += skips ? 1 : 0;
            }
            else if (goesBack)
            {
                Add(AnomalyClass.NonmonotonicPoll, key, $"@{records[0].Offset} in {poll.Number}");
            }
            else if (skips)
            {
                Add(AnomalyClass.PollSkip, key, $"@{records[0].Offset} in {poll.Number}");
            }
        }
    }

    private void FindInSends(string key)
    {
        bool MayRetry(Operation o) => !_options.IsIdempotent || o.Acks != SendAcks.All;

        // Where a value stands at the least and at the most; nothing if that is not known.
        (int Low, int High)? Place(Operation sender, OperationStep sent)
        {
            var own = Log(key).Where(e => e.IsSend && e.Value == sent.Value).Select(e => e.Offset).ToList();
            if (own.Count > 0)
                return (Order(key).IndexOf(own[0]), Order(key).IndexOf(own[0]));
            var read = MustHaveCommitted(sender) ? IndicesOf(key, sent.Value) : [];
            return read.Count > 0 ? (read[0], read[^1]) : null;
        }

        foreach (var sender in _operations)
        {
            var placed = sender.Steps.Where(s => s.Key == key && s.Kind == StepKind.Send && Place(sender, s) is not null)
                .ToList();
            for (var i = 1; i < placed.Count; i++)
            {
                if (Place(sender, placed[i])!.Value.High <= Place(sender, placed[i - 1])!.Value.Low && !MayRetry(sender))
                    Add(AnomalyClass.InternalNonmonotonicSend, key, $"{placed[i].Value}");
            }

            if (placed.Count == 0)
                continue;
            var previous = Before(sender).TakeWhile(o => o.Kind != OperationKind.Crash || o.Outcome == Outcome.Fail)
                .Select(o => (Operation: o, Last: o.Steps.LastOrDefault(
                    s => s.Key == key && s.Kind == StepKind.Send && Place(o, s) is not null)))
                .FirstOrDefault(o => o.Last.Key is not null);
            if (previous.Operation is null || MayRetry(previous.Operation) || MayRetry(sender))
                continue;
            if (Place(sender, placed[0])!.Value.High <= Place(previous.Operation, previous.Last)!.Value.Low)
                Add(AnomalyClass.NonmonotonicSend, key, $"{placed[0].Value}");
        }
    }

    /// <summary>Whether an ok poll, given what it returned, should have come by an index.</summary>
    private bool IsPassedOver(string key, int index)
    {
        var order = Order(key);
        foreach (var poll in _operations.Where(o => IsPoll(o) && o.Outcome == Outcome.Ok))
        {
            var records = RecordsOf(poll, key);
            if (records.Count == 0)
                continue;
            var first = order.IndexOf(records[0].Offset);
            var (next, start) = PositionBefore(poll, key);
            next = IsKnownThroughout(poll, key) ? next : null;
            var from = next is { } known ? Math.Min(known, first) : start ?? first;
            var to = records.Max(r => IndicesOf(key, r.Value)[0]);
            if (from <= index && index <= to)
                return true;
        }

        return false;
    }

    private void FindLosses(string key)
    {
        var log = Log(key);
        var ends = Steps(key, StepKind.End)
            .Where(e => e.Operation.Outcome == Outcome.Ok).Select(e => e.Operation.Process).Distinct()
            .Select(process => (Process: process, Begun: _operations.Where(o => o.Process == process
                && o.Kind == OperationKind.FinalRead && o.Steps.Any(s => s.Key == key)).Min(o => o.InvokedNs))).ToList();
        foreach (var (sender, sent) in Steps(key, StepKind.Send))
        {
            if (IsSeen(key, sent.Value) || sender.Acks != SendAcks.All)
                continue;
            var indices = IndicesOf(key, sent.Value);
            var offset = sent.Offset >= 0 ? sent.Offset : indices.Count > 0 ? Order(key)[indices[^1]] : -1;
            var isExcused = offset >= 0
                ? IsBelow(key, offset) || IsDropped(key, offset, sender)
                : _excuses.Exists(e => e.Key == key && (e.FromOffset is null || sender.InvokedNs <= e.AtNs));
            if (isExcused)
                continue;
            if (indices.Count > 0 && MustHaveCommitted(sender) && IsPassedOver(key, indices[^1]))
                Add(AnomalyClass.LostWrite, key, $"{sent.Value}");
            if (sender.Outcome == Outcome.Ok && ends.Exists(end => sender.CompletedNs < end.Begun))
                Add(AnomalyClass.Unseen, key, $"{sent.Value}");
        }

        foreach (var (offset, value) in log.Select(e => (e.Offset, e.Value)).Distinct())
        {
            var writer = Writer(value);
            if (!IsSeen(key, value) || IsBelow(key, offset) || writer?.Outcome == Outcome.Fail
                || (writer is { Kind: OperationKind.Txn } && !MustHaveCommitted(writer)))
                continue;
            foreach (var (process, begun) in ends)
            {
                var proofs = log.Where(e => e.Offset == offset && e.Value == value && e.By.Outcome == Outcome.Ok
                    && (e.IsSend ? e.By.Acks == SendAcks.All : e.By.Isolation == Isolation.Committed));
                var first = proofs.Select(e => e.By.CompletedNs).DefaultIfEmpty(long.MaxValue).Min();
                var isShown = log.Exists(e => e.Offset == offset && e.Value == value && !e.IsSend
                    && e.By.Process == process && e.By.Kind == OperationKind.FinalRead && e.By.Outcome == Outcome.Ok);
                if (first < begun && !isShown)
                    Add(AnomalyClass.Vanished, key, $"{value}@{offset} not by {process}");
            }
        }
    }

    private void Measure(string key)
    {
        var (order, log) = (Order(key), Log(key));
        var polls = _operations.Where(o => IsPoll(o) && o.Outcome == Outcome.Ok).ToList();
        foreach (var poll in polls.Where(o => o.Steps.Any(s => s.Key == key && s.Kind != StepKind.Send)))
        {
            var own = Before(poll).Prepend(poll).ToList();
            var seen = own.Where(polls.Contains).SelectMany(o => RecordsOf(o, key))
                .Select(r => order.IndexOf(r.Offset)).DefaultIfEmpty(-1).Max();
            var exists = log.Where(e => order.IndexOf(e.Offset) > seen).Select(e => e.By.CompletedNs)
                .DefaultIfEmpty(Operation.NeverNs).Min();
            var assigned = own.Find(o => o.Kind == OperationKind.Assign && o.Outcome == Outcome.Ok
                && o.Steps.Any(s => s.Key == key))?.CompletedNs ?? long.MinValue;
            if (exists != Operation.NeverNs)
                WorstLagNs = Math.Max(WorstLagNs, poll.InvokedNs - Math.Max(exists, assigned));
        }

        var consumed = polls.Where(IsSubscribed).SelectMany(o => o.Steps.Select(s => (o.Process, s)))
            .Where(x => x.s.Kind == StepKind.Record && x.s.Key == key).GroupBy(x => (x.Process, x.s.Value))
            .Select(group => group.Count()).ToList();
        ConsumedAgain += consumed.Count(count => count > 1);
        MaxConsumeCount = Math.Max(MaxConsumeCount, consumed.DefaultIfEmpty(0).Max());
    }

    private void FindCycles()
    {
        var nodes = _operations.Where(o => o.Kind == OperationKind.Txn && MustHaveCommitted(o)).ToList();
        var reads = new HashSet<(int, int)>();
        var writes = new HashSet<(int, int)>();
        foreach (var reader in nodes)
        {
            foreach (var record in reader.Steps.Where(s => s.Kind == StepKind.Record))
            {
                if (Writer(record.Value) is { } writer && writer != reader && nodes.Contains(writer))
                    reads.Add((nodes.IndexOf(writer), nodes.IndexOf(reader)));
            }
        }

        foreach (var key in Keys())
        {
            var writers = Order(key).Select(offset => Log(key).Where(e => e.Offset == offset)
                .OrderBy(e => PositionIn(key, e)).Select(e => Writer(e.Value)).First())
                .Where(w => w is not null && nodes.Contains(w)).ToList();
            for (var i = 1; i < writers.Count; i++)
            {
                if (writers[i] != writers[i - 1])
                    writes.Add((nodes.IndexOf(writers[i - 1]!), nodes.IndexOf(writers[i]!)));
            }
        }

        Cycles = Components(nodes.Count, reads);
        WriteCycles = Components(nodes.Count, writes);
    }

    /// <summary>Of several values at one offset the one that was met first stands for it.</summary>
    private int PositionIn(string key, (long Offset, HistoryValue Value, Operation By, bool IsSend) entry)
    {
        var all = _operations.SelectMany(o => o.Steps.Select(s => (o, s))).Where(x => x.s.Key == key).ToList();
        return all.FindIndex(x => x.o == entry.By && x.s.Offset == entry.Offset && x.s.Value == entry.Value
            && (x.s.Kind == StepKind.Send) == entry.IsSend);
    }

    private static int Components(int count, HashSet<(int From, int To)> edges)
    {
        var reaches = new bool[count, count];
        foreach (var (from, to) in edges)
            reaches[from, to] = true;
        for (var via = 0; via < count; via++)
        {
            for (var from = 0; from < count; from++)
            {
                for (var to = 0; to < count; to++)
                    reaches[from, to] |= reaches[from, via] && reaches[via, to];
            }
        }

        return Enumerable.Range(0, count)
            .Where(a => Enumerable.Range(0, count).Any(b => b != a && reaches[a, b] && reaches[b, a]))
            .Select(a => string.Join(' ', Enumerable.Range(0, count).Where(b => b == a || (reaches[a, b] && reaches[b, a]))))
            .Distinct().Count();
    }
}
