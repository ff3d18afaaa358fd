using Xunit.Abstractions;

namespace AkkaReplication.History.Tests.Random;

/// <summary>The checker finds what the definitions say, all of it and nothing else.</summary>
public sealed class DefinitionTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 1_500;

    [Fact]
    public void The_checker_agrees_with_the_definitions_on_any_history()
    {
        var (seeds, clean) = (0, 0);
        var found = new SortedDictionary<AnomalyClass, int>();
        foreach (var seed in Seeds.Of(DefaultSeeds))
        {
            var any = new AnyHistory(seed);
            var history = any.Draw();
            var options = any.Options();
            var report = HistoryChecker.Check(history, options);
            AssertAgreed(seed, history, report, new Definition(history, options));

            seeds++;
            clean += report.IsClean ? 1 : 0;
            foreach (var anomaly in report.Anomalies)
                found[anomaly.Class] = found.GetValueOrDefault(anomaly.Class) + 1;
        }

        output.WriteLine($"{seeds} histories, {clean} clean; "
            + string.Join(", ", found.Select(pair => $"{pair.Key.Name()} {pair.Value}")));
        if (seeds >= DefaultSeeds)
            Assert.Equal(Enum.GetValues<AnomalyClass>(), found.Keys);
    }

    /// <summary>Only within one poll can the same thing be wrong twice.</summary>
    private static bool IsEachFoundOnce(HistoryReport report) => report.Anomalies
        .Where(a => a.Class is not (AnomalyClass.InternalNonmonotonicPoll or AnomalyClass.InternalPollSkip
            or AnomalyClass.WriteReadCycle))
        .GroupBy(Definition.NameOf).All(group => group.Count() == 1);

    private static void AssertAgreed(int seed, OperationHistory history, HistoryReport report, Definition definition)
    {
        var found = report.Anomalies.Where(a => a.Class != AnomalyClass.WriteReadCycle)
            .Select(Definition.NameOf).Order(StringComparer.Ordinal).ToList();
        var (missed, invented) = (definition.Found.Except(found).ToList(), found.Except(definition.Found).ToList());
        Assert.True(
            missed.Count == 0 && invented.Count == 0 && IsEachFoundOnce(report),
            $"{Seeds.Replay(seed)}\nmissed: {string.Join("; ", missed)}\ninvented: {string.Join("; ", invented)}\n"
            + $"{string.Join('\n', Enumerable.Range(0, history.Count).Select(i => history[i]))}\n{report}");

        var metrics = report.Metrics;
        Assert.True(
            definition.Cycles == report.CountOf(AnomalyClass.WriteReadCycle)
            && definition.WriteCycles == metrics.WriteCycles
            && definition.SubscribedNonmonotonicPolls == metrics.SubscribedNonmonotonicPolls
            && definition.SubscribedPollSkips == metrics.SubscribedPollSkips
            && definition.WorstLagNs == metrics.WorstRealtimeLag.Ticks * 100
            && definition.ConsumedAgain == metrics.ConsumedAgain
            && definition.MaxConsumeCount == metrics.MaxConsumeCount,
            $"{Seeds.Replay(seed)}\n{definition.Cycles} {definition.WriteCycles} "
            + $"{definition.SubscribedNonmonotonicPolls} {definition.SubscribedPollSkips} {definition.WorstLagNs} "
            + $"{definition.ConsumedAgain} {definition.MaxConsumeCount}\n"
            + $"{string.Join('\n', Enumerable.Range(0, history.Count).Select(i => history[i]))}\n{report}");
    }
}
