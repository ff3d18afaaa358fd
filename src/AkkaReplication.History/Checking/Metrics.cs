namespace AkkaReplication.History.Checking;

/// <summary>Where the checks count what is no anomaly.</summary>
internal sealed class Metrics
{
    public List<int> KeysWithoutFinalRead { get; } = [];

    public long WorstLagNs { get; set; }

    public int WorstLaggard { get; set; } = -1;

    public long ConsumedAgain { get; set; }

    public int MaxConsumeCount { get; set; }

    public long SubscribedNonmonotonicPolls { get; set; }

    public long SubscribedPollSkips { get; set; }

    public long WeakLosses { get; set; }

    public long RetryDuplicates { get; set; }

    public long RetryReorderings { get; set; }

    public long InternalSendSkips { get; set; }

    public int WriteCycles { get; set; }

    public int MixedCycles { get; set; }

    public HistoryMetrics ToHistoryMetrics(HistoryIndex index)
    {
        var operations = new SortedDictionary<(OperationKind, Outcome), long>();
        for (var operation = 0; operation < index.History.Count; operation++)
        {
            var header = index.History.HeaderOf(operation);
            var of = (header.Kind, header.Outcome);
            operations[of] = operations.GetValueOrDefault(of) + 1;
        }

        var partitions = 0;
        for (var key = 0; key < index.KeyCount; key++)
        {
            var isPartition = false;
            for (var at = index.KeyStarts[key]; at < index.KeyStarts[key + 1] && !isPartition; at++)
                isPartition = index.History.StepKindOf(index.KeySteps[at]) != StepKind.Subscribe;
            partitions += isPartition ? 1 : 0;
        }

        return new HistoryMetrics
        {
            Operations = operations,
            Processes = index.ProcessCount,
            Keys = partitions,
            Sent = index.SentCount,
            Acknowledged = index.AcknowledgedCount,
            Read = index.ReturnedCount,
            KeysWithoutFinalRead = KeysWithoutFinalRead.ConvertAll(index.History.Keys.TextOf),
            WorstRealtimeLag = TimeSpan.FromTicks(WorstLagNs / 100),
            WorstLaggard = WorstLaggard < 0 ? null : index.History[WorstLaggard],
            ConsumedAgain = ConsumedAgain,
            MaxConsumeCount = MaxConsumeCount,
            SubscribedNonmonotonicPolls = SubscribedNonmonotonicPolls,
            SubscribedPollSkips = SubscribedPollSkips,
            WeakLosses = WeakLosses,
            RetryDuplicates = RetryDuplicates,
            RetryReorderings = RetryReorderings,
            InternalSendSkips = InternalSendSkips,
            WriteCycles = WriteCycles,
            MixedCycles = MixedCycles,
        };
    }
}
