namespace AkkaReplication.History.Checking;

/// <summary>What must hold of the log itself: one value at an offset, one offset for a value, nothing that nobody sent or
/// that has failed, no record above a high watermark.</summary>
internal sealed class LogCheck(HistoryIndex index, KeyLog log, Findings findings, Metrics metrics)
{
    // However often a value is read: what is wrong with that is reported once.
    private readonly Reported[] _reported = new Reported[index.History.Values.Count];

    [Flags]
    private enum Reported : byte
    {
        None = 0,
        Unsent = 1,
        Aborted = 2,
        Precommitted = 4,
    }

    public void Run()
    {
        for (var position = 0; position < log.Positions; position++)
        {
            if (log.KindAt(position) == StepKind.Record)
                _reported[log.ValueAt(position)] = Reported.None;
        }

        for (var logIndex = 0; logIndex < log.Count; logIndex++)
            CheckOffset(logIndex);
        for (var position = 0; position < log.Positions; position++)
        {
            if (log.KindAt(position) == StepKind.Record)
                CheckRecord(position);
        }

        for (var position = 0; position < log.Positions; position = log.EndOfOperation(position))
            CheckHighWatermark(position);
    }

    private void CheckOffset(int logIndex)
    {
        var positions = log.PositionsOf(logIndex);
        var first = positions[0];
        var other = -1;
        var (firstAcknowledged, otherAcknowledged) = (-1, -1);
        foreach (var position in positions)
        {
            var value = log.ValueAt(position);
            if (value != log.ValueAt(first) && other < 0)
                other = position;
            if (log.KindAt(position) == StepKind.Send && index.IsAcknowledged(log.OperationAt(position)))
            {
                if (firstAcknowledged < 0)
                    firstAcknowledged = position;
                else if (otherAcknowledged < 0)
                    otherAcknowledged = position;
            }

            // At the second of its offsets, and every further one, the value stands again.
            if (log.FirstIndexOf(value) < logIndex && IsFirstOfValue(positions, position))
                AddDuplicate(position);
        }

        if (other >= 0)
            AddInconsistent(first, other);
        if (otherAcknowledged >= 0)
            AddAcknowledgedTwice(firstAcknowledged, otherAcknowledged);
    }

    private bool IsFirstOfValue(ReadOnlySpan<int> positions, int position)
    {
        foreach (var earlier in positions)
        {
            if (earlier == position)
                return true;
            if (log.ValueAt(earlier) == log.ValueAt(position))
                return false;
        }

        return true;
    }

    private void CheckRecord(int position)
    {
        var operation = log.OperationAt(position);
        var value = log.ValueAt(position);
        var writer = index.WriterOf(value);
        var isSentHere = writer >= 0 && index.WriterKeyOf(value) == log.Key;
        if (!isSentHere)
        {
            if (!index.Options.AllowUnsent && IsNew(value, Reported.Unsent))
                AddUnsent(position, writer);
            return;
        }

        var isolation = log.History.HeaderOf(operation).Isolation;
        var mayShowAborted = isolation == Isolation.Uncommitted && index.KindOf(writer) == OperationKind.Txn;
        if (index.OutcomeOf(writer) == Outcome.Fail && index.OutcomeOf(operation) == Outcome.Ok && !mayShowAborted
            && IsNew(value, Reported.Aborted))
            AddAborted(position, writer);
        if (writer == operation && isolation == Isolation.Committed
            && IsNew(value, Reported.Precommitted))
            AddPrecommitted(position);
    }

    private bool IsNew(int value, Reported what)
    {
        var isNew = (_reported[value] & what) == 0;
        _reported[value] |= what;
        return isNew;
    }

    private void CheckHighWatermark(int start)
    {
        var end = log.EndOfOperation(start);
        var highWatermark = -1L;
        for (var position = start; position < end; position++)
        {
            if (log.KindAt(position) == StepKind.HighWatermark)
                highWatermark = Math.Max(highWatermark, log.OffsetAt(position));
        }

        for (var position = start; highWatermark >= 0 && position < end; position++)
        {
            if (log.KindAt(position) == StepKind.Record && log.OffsetAt(position) >= highWatermark)
            {
                AddAboveHighWatermark(position, highWatermark);
                return;
            }
        }
    }

    private void AddInconsistent(int first, int other) => findings.Add(
        AnomalyClass.InconsistentOffsets, log.Key, -1, log.OffsetAt(first),
        () => ($"offset {log.OffsetAt(first)} holds {Value(first)} and {Value(other)}",
            [log.OperationAt(first), log.OperationAt(other)]));

    private void AddAcknowledgedTwice(int first, int other) => findings.Add(
        AnomalyClass.AcknowledgedTwice, log.Key, -1, log.OffsetAt(first),
        () => ($"offset {log.OffsetAt(first)} was acknowledged for {Value(first)} and for {Value(other)}",
            [log.OperationAt(first), log.OperationAt(other)]));

    private void AddDuplicate(int position)
    {
        var value = log.ValueAt(position);
        var writer = index.WriterOf(value);
        if (!index.Options.IsIdempotent || (writer >= 0 && !index.IsStrong(writer)))
        {
            metrics.RetryDuplicates++;
            return;
        }

        findings.Add(AnomalyClass.Duplicate, log.Key, value, log.OffsetAt(position), () =>
        {
            var firstIndex = log.FirstIndexOf(value);
            var first = -1;
            foreach (var candidate in log.PositionsOf(firstIndex))
            {
                if (first < 0 && log.ValueAt(candidate) == value)
                    first = candidate;
            }

            return ($"{Value(position)} stands at offset {log.OffsetOf(firstIndex)} and at {log.OffsetAt(position)}",
                Distinct(writer, log.OperationAt(first), log.OperationAt(position)));
        });
    }

    private void AddUnsent(int position, int writer) => findings.Add(
        AnomalyClass.Unsent, log.Key, log.ValueAt(position), log.OffsetAt(position),
        () => (writer < 0
                ? $"{Value(position)} was read at offset {log.OffsetAt(position)}, and nobody sent it"
                : $"{Value(position)} was read at offset {log.OffsetAt(position)}, and was sent to "
                    + log.History.Keys.TextOf(index.WriterKeyOf(log.ValueAt(position))),
            Distinct(writer, log.OperationAt(position))));

    private void AddAborted(int position, int writer) => findings.Add(
        AnomalyClass.AbortedRead, log.Key, log.ValueAt(position), log.OffsetAt(position),
        () => ($"{Value(position)} was read at offset {log.OffsetAt(position)}, though what sent it has failed",
            [writer, log.OperationAt(position)]));

    private void AddPrecommitted(int position) => findings.Add(
        AnomalyClass.PrecommittedRead, log.Key, log.ValueAt(position), log.OffsetAt(position),
        () => ($"a transaction read {Value(position)}, which it sent itself", [log.OperationAt(position)]));

    private void AddAboveHighWatermark(int position, long highWatermark) => findings.Add(
        AnomalyClass.ReadAboveHighWatermark, log.Key, log.ValueAt(position), log.OffsetAt(position),
        () => ($"{Value(position)} was read at offset {log.OffsetAt(position)}, and the high watermark was "
            + $"{highWatermark}", [log.OperationAt(position)]));

    private string Value(int position) => log.History.Values.ValueOf(log.ValueAt(position)).ToString();

    private static int[] Distinct(params int[] operations) => [.. operations.Distinct()];
}
