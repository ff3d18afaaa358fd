namespace AkkaReplication.History.Tests.Random;

/// <summary>Makes one thing wrong in a history, so that it shows an anomaly of a class; or finds no place for it.</summary>
internal sealed class Culprit(List<Operation> operations, System.Random random)
{
    private const long Strange = 1_000_000;

    public bool Plant(AnomalyClass anomaly) => anomaly switch
    {
        AnomalyClass.LostWrite => Any(Acknowledged(), v => LastReadOffset(v.Key) > v.Offset && RemoveRecord(v.Key, v.Value)),
        AnomalyClass.Unseen => Any(Acknowledged(), v => RemoveRecord(v.Key, v.Value)),
        AnomalyClass.Vanished => Any(Records(o => o.Kind == OperationKind.Poll && o.Outcome == Outcome.Ok), r =>
            RemoveRecord(r.Step.Key, r.Step.Value, o => o.Kind == OperationKind.FinalRead)),
        AnomalyClass.Duplicate => Any(Records(IsFinal), r => Insert(
            r.Operation, operations[r.Operation].Steps.Count, r.Step with { Offset = LastReadOffset(r.Step.Key) + Strange })),
        AnomalyClass.InconsistentOffsets => Any(Records(), r =>
            Records().Count(s => s.Step.Key == r.Step.Key && s.Step.Offset == r.Step.Offset) > 1
            && SendWithoutAnswer(r.Step.Key) && Replace(r.Operation, r.At, r.Step with { Value = Strange })),
        AnomalyClass.AcknowledgedTwice => Any(Sends(), a => Any(Sends(), b => a != b && a.Step.Key == b.Step.Key
            && Replace(b.Operation, b.At, b.Step with { Offset = a.Step.Offset }))),
        AnomalyClass.StaleOffset => Any(Sends(), a => Any(Sends(), b => a.Step.Key == b.Step.Key
            && operations[a.Operation].CompletedNs < operations[b.Operation].InvokedNs
            && Replace(b.Operation, b.At, b.Step with { Offset = a.Step.Offset }))),
        AnomalyClass.Unsent => Any(Records(), r => Replace(r.Operation, r.At, r.Step with { Value = Strange })),
        AnomalyClass.AbortedRead => Any(Records(o => o.Outcome == Outcome.Ok), r => Any(Sends(), s =>
            s.Step.Value == r.Step.Value && Change(s.Operation, o => o with { Outcome = Outcome.Fail }))),
        AnomalyClass.PrecommittedRead => Any(Sends(), s => operations[s.Operation].Kind == OperationKind.Txn
            && Insert(s.Operation, s.At + 1, OperationStep.Record(s.Step.Key, s.Step.Offset, s.Step.Value))),
        AnomalyClass.NonmonotonicPoll => Any(Consecutive(), p => Insert(p.Second, p.At, p.Last)),
        AnomalyClass.PollSkip => Any(Consecutive(), p =>
            p.Count > 1 && IsKnownElsewhere(p.Second, p.At) && Remove(p.Second, p.At)),
        AnomalyClass.InternalNonmonotonicPoll => Any(Within(2), w => Swap(w.Operation, w.At, w.At + 1)),
        AnomalyClass.InternalPollSkip => Any(Within(3), w =>
            IsKnownElsewhere(w.Operation, w.At + 1) && Remove(w.Operation, w.At + 1)),
        AnomalyClass.NonmonotonicSend => Any(Singles(), a => Any(Singles(), b => a.Step.Key == b.Step.Key
            && operations[a.Operation].Process == operations[b.Operation].Process && a.Operation < b.Operation
            && Exchange(a, b))),
        AnomalyClass.InternalNonmonotonicSend => Any(Sends(), a => Any(Sends(), b => a.Step.Key == b.Step.Key
            && a.Operation == b.Operation && a.At < b.At && Exchange(a, b))),
        AnomalyClass.ReadAboveHighWatermark => Any(Records(), r => Any(
            StepsOf(r.Operation, StepKind.HighWatermark).Where(h => h.Step.Key == r.Step.Key),
            h => Replace(r.Operation, h.At, h.Step with { Offset = r.Step.Offset }))),
        AnomalyClass.WriteReadCycle => Any(Transactions(), a => Any(Transactions(), b => a.Operation != b.Operation
            && Insert(a.Operation, 0, OperationStep.Record(b.Step.Key, b.Step.Offset, b.Step.Value))
            && Insert(b.Operation, 0, OperationStep.Record(a.Step.Key, a.Step.Offset, a.Step.Value)))),
        _ => throw new ArgumentOutOfRangeException(nameof(anomaly), anomaly, null),
    };

    private static bool IsFinal(Operation operation) => operation.Kind == OperationKind.FinalRead;

    private static bool IsPoll(Operation operation) => operation.Kind is OperationKind.Poll or OperationKind.FinalRead;

    /// <summary>In any order, until one of them does.</summary>
    private bool Any<T>(IEnumerable<T> candidates, Func<T, bool> plant)
    {
        var array = candidates.ToArray();
        random.Shuffle(array);
        return array.Any(plant);
    }

    private IEnumerable<(int Operation, int At, OperationStep Step)> StepsOf(int operation, StepKind kind) =>
        operations[operation].Steps.Select((step, at) => (operation, at, step)).Where(s => s.step.Kind == kind);

    private IEnumerable<(int Operation, int At, OperationStep Step)> Steps(StepKind kind, Func<Operation, bool> of) =>
        Enumerable.Range(0, operations.Count).Where(i => of(operations[i])).SelectMany(i => StepsOf(i, kind)).ToList();

    private IEnumerable<(int Operation, int At, OperationStep Step)> Records(Func<Operation, bool>? of = null) =>
        Steps(StepKind.Record, of ?? IsPoll);

    /// <summary>Sends that were acknowledged at a known offset.</summary>
    private IEnumerable<(int Operation, int At, OperationStep Step)> Sends() =>
        Steps(StepKind.Send, o => o.Outcome == Outcome.Ok).Where(s => s.Step.Offset >= 0);

    private IEnumerable<(int Operation, int At, OperationStep Step)> Singles() =>
        Sends().Where(s => operations[s.Operation].Kind == OperationKind.Send);

    private IEnumerable<(int Operation, int At, OperationStep Step)> Transactions() =>
        Sends().Where(s => operations[s.Operation].Kind == OperationKind.Txn);

    private IEnumerable<(string Key, HistoryValue Value, long Offset)> Acknowledged() =>
        Sends().Select(s => (s.Step.Key, s.Step.Value, s.Step.Offset));

    private long LastReadOffset(string key) => Records(o => o.Outcome == Outcome.Ok)
        .Where(r => r.Step.Key == key).Select(r => r.Step.Offset).DefaultIfEmpty(-1).Max();

    /// <summary>Two polls of a process, one after the other, each with records of one key.</summary>
    private IEnumerable<(int Second, int At, int Count, OperationStep Last)> Consecutive()
    {
        for (var i = 0; i < operations.Count; i++)
        {
            var first = operations[i];
            var next = operations.FindIndex(i + 1, o => o.Process == first.Process);
            if (next < 0 || !IsPoll(first) || !IsPoll(operations[next])
                || first.Outcome != Outcome.Ok || operations[next].Outcome != Outcome.Ok)
                continue;
            foreach (var key in first.Steps.Select(s => s.Key).Distinct())
            {
                var before = StepsOf(i, StepKind.Record).Where(s => s.Step.Key == key).ToList();
                var after = StepsOf(next, StepKind.Record).Where(s => s.Step.Key == key).ToList();
                if (before.Count > 0 && after.Count > 0)
                    yield return (next, after[0].At, after.Count, before[^1].Step);
            }
        }
    }

    /// <summary>Where so many records of a key follow each other in one poll.</summary>
    private IEnumerable<(int Operation, int At)> Within(int count) => Records(o => IsPoll(o) && o.Outcome == Outcome.Ok)
        .Where(r => Enumerable.Range(0, count).All(i => r.At + i < operations[r.Operation].Steps.Count
            && operations[r.Operation].Steps[r.At + i] is { Kind: StepKind.Record } step && step.Key == r.Step.Key))
        .Select(r => (r.Operation, r.At));

    /// <summary>Whether something else proves that the record is there, and is committed.</summary>
    private bool IsKnownElsewhere(int operation, int at)
    {
        var step = operations[operation].Steps[at];
        return Records(o => IsPoll(o) && o.Outcome == Outcome.Ok).Concat(Sends()).Any(
            s => s.Operation != operation && s.Step.Key == step.Key && s.Step.Offset == step.Offset);
    }

    private bool SendWithoutAnswer(string key)
    {
        operations.Add(new Operation
        {
            Kind = OperationKind.Send,
            Process = 77,
            Outcome = Outcome.Info,
            InvokedNs = 0,
            CompletedNs = Operation.NeverNs,
            Steps = [OperationStep.Send(key, Strange)],
        });
        return true;
    }

    private bool RemoveRecord(string key, HistoryValue value, Func<Operation, bool>? from = null)
    {
        for (var i = 0; i < operations.Count; i++)
        {
            if (from is null || from(operations[i]))
            {
                Change(i, o => o with
                {
                    Steps = [.. o.Steps.Where(s => s.Kind != StepKind.Record || s.Key != key || s.Value != value)],
                });
            }
        }

        return true;
    }

    private bool Exchange((int Operation, int At, OperationStep Step) a, (int Operation, int At, OperationStep Step) b) =>
        Replace(a.Operation, a.At, a.Step with { Offset = b.Step.Offset })
        && Replace(b.Operation, b.At, b.Step with { Offset = a.Step.Offset });

    private bool Swap(int operation, int a, int b)
    {
        var (first, second) = (operations[operation].Steps[a], operations[operation].Steps[b]);
        return Replace(operation, a, second) && Replace(operation, b, first);
    }

    private bool Replace(int operation, int at, OperationStep step) =>
        Change(operation, o => o with { Steps = [.. o.Steps.Take(at), step, .. o.Steps.Skip(at + 1)] });

    private bool Insert(int operation, int at, OperationStep step) =>
        Change(operation, o => o with { Steps = [.. o.Steps.Take(at), step, .. o.Steps.Skip(at)] });

    private bool Remove(int operation, int at) =>
        Change(operation, o => o with { Steps = [.. o.Steps.Take(at), .. o.Steps.Skip(at + 1)] });

    private bool Change(int operation, Func<Operation, Operation> change)
    {
        operations[operation] = change(operations[operation]);
        return true;
    }
}
