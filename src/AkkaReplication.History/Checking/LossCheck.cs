namespace AkkaReplication.History.Checking;

/// <summary>Whether everything that was written is there: between what was read (lost-write), at the end (unseen), and
/// where it was (vanished).</summary>
internal sealed class LossCheck(
    HistoryIndex index, KeyLog log, PollOrderCheck polls, Findings findings, Metrics metrics)
{
    private readonly FinalReads _finalReads = new(index, log);

    public void Run()
    {
        _finalReads.Load();
        var isSentTo = false;
        for (var position = 0; position < log.Positions; position++)
        {
            if (log.KindAt(position) != StepKind.Send)
                continue;
            isSentTo = true;
            if (!index.IsReturned(log.ValueAt(position)))
                CheckUnreturned(position);
        }

        if (isSentTo && _finalReads.Count == 0)
            metrics.KeysWithoutFinalRead.Add(log.Key);
        _finalReads.FindMissing(CheckMissing);
    }

    private void CheckUnreturned(int position)
    {
        var operation = log.OperationAt(position);
        var place = log.LastIndexOf(log.ValueAt(position));
        var wasPassedOver = place >= 0 && polls.IsCovered(place);
        var finalRead = index.OutcomeOf(operation) == Outcome.Ok
            ? _finalReads.After(log.History.CompletedNs(operation))
            : null;
        if (!index.IsStrong(operation))
        {
            // Without an answer that promises anything, the loss is known only where it was told, or had to be seen.
            if (finalRead is not null || wasPassedOver || IsBelowWhatWasRead(operation, position))
                metrics.WeakLosses++;
            return;
        }

        var isExcused = IsExcused(position, place);
        if (wasPassedOver && index.IsCommitted(operation))
            Add(isExcused, AnomalyClass.LostWrite, position, () => DescribeLost(position, place));
        if (finalRead is not null)
            Add(isExcused, AnomalyClass.Unseen, position, () => DescribeUnseen(position, finalRead));
    }

    /// <summary>A position that says that a value stands there, and a final reading that does not show it.</summary>
    private void CheckMissing(FinalRead finalRead, int position)
    {
        var value = log.ValueAt(position);
        var writer = index.WriterOf(value);

        // What was acknowledged and never given to anybody is unseen, and said so already.
        if ((log.KindAt(position) == StepKind.Send && !index.IsReturned(value)) || !index.IsVisible(value)
            || (writer >= 0 && index.OutcomeOf(writer) == Outcome.Fail))
            return;
        var isExcused = log.IndexAt(position) < 0 || log.OffsetAt(position) < index.ExcusedBelow(log.Key);
        Add(isExcused, AnomalyClass.Vanished, position, () => (
            $"{Value(position)} stands at offset {log.OffsetAt(position)}, and process "
            + $"{log.History.HeaderOf(finalRead.LastOperation).Process} did not find it there when it read everything",
            [log.OperationAt(position), finalRead.LastOperation]));
    }

    private bool IsExcused(int position, int place)
    {
        var operation = log.OperationAt(position);
        var offset = log.OffsetAt(position) >= 0 ? log.OffsetAt(position) : place >= 0 ? log.OffsetOf(place) : -1;
        if (offset < 0)
            return index.IsLossExcused(log.Key, operation);
        return offset < index.ExcusedBelow(log.Key) || index.IsDropped(log.Key, offset, operation);
    }

    private bool IsBelowWhatWasRead(int operation, int position)
    {
        var offset = log.OffsetAt(position);
        if (index.OutcomeOf(operation) != Outcome.Ok || offset < 0)
            return false;
        var from = log.LowestIndexFrom(offset);
        return from < log.Count && polls.IsCovered(from);
    }

    private (string, int[]) DescribeLost(int position, int place)
    {
        // Something that was read after it in the log.
        for (var later = place + 1; later < log.Count; later++)
        {
            foreach (var witness in log.PositionsOf(later))
            {
                if (log.KindAt(witness) == StepKind.Record && index.OutcomeOf(log.OperationAt(witness)) == Outcome.Ok)
                {
                    return ($"{Value(position)} stands at offset {log.OffsetOf(place)}; offset {log.OffsetAt(witness)} was "
                        + "read, and it never was",
                        [log.OperationAt(witness), log.OperationAt(position)]);
                }
            }
        }

        return ($"{Value(position)} stands at offset {log.OffsetOf(place)} and was passed over",
            [log.OperationAt(position)]);
    }

    private (string, int[]) DescribeUnseen(int position, FinalRead finalRead)
    {
        var at = log.OffsetAt(position) is var offset and >= 0 ? $" at offset {offset}" : "";
        return ($"{Value(position)} was acknowledged{at}, and never read, not even when everything was read",
            [log.OperationAt(position), finalRead.LastOperation]);
    }

    private string Value(int position) => log.History.Values.ValueOf(log.ValueAt(position)).ToString();

    private void Add(bool isExcused, AnomalyClass anomaly, int position, Func<(string, int[])> describe)
    {
        if (isExcused)
            findings.AddExcused(anomaly, log.Key, log.ValueAt(position), log.OffsetAt(position), describe);
        else
            findings.Add(anomaly, log.Key, log.ValueAt(position), log.OffsetAt(position), describe);
    }
}
