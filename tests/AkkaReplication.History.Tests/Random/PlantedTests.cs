using Xunit.Abstractions;

namespace AkkaReplication.History.Tests.Random;

public sealed class PlantedTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 60;

    [Fact]
    public void A_log_that_does_everything_right_is_acquitted()
    {
        foreach (var seed in Seeds.Of(DefaultSeeds * 10))
        {
            var history = HistoryOf(CleanHistory.Draw(seed));
            var report = HistoryChecker.Check(history);
            Assert.True(report.IsClean && report.ExcusedCount == 0, $"{Seeds.Replay(seed)}\n{report}");
            Assert.Empty(report.Metrics.KeysWithoutFinalRead);
        }
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public void One_thing_that_is_wrong_in_a_history_is_found(AnomalyClass anomaly)
    {
        var (planted, seeds) = (0, 0);
        foreach (var seed in Seeds.Of(DefaultSeeds))
        {
            seeds++;
            var operations = CleanHistory.Draw(seed);
            if (!new Culprit(operations, new System.Random(seed)).Plant(anomaly))
                continue;
            planted++;
            var report = HistoryChecker.Check(HistoryOf(operations));
            Assert.True(report.CountOf(anomaly) > 0, $"{Seeds.Replay(seed)}\n{report}");
        }

        output.WriteLine($"{anomaly.Name()}: planted in {planted} of {seeds} histories, found in all of them");
        Assert.True(seeds < DefaultSeeds || planted > seeds / 4, $"planted in only {planted} of {seeds} histories");
    }

    public static TheoryData<AnomalyClass> Classes() => [.. Enum.GetValues<AnomalyClass>()];

    private static OperationHistory HistoryOf(List<Operation> operations)
    {
        var history = new OperationHistory();
        operations.ForEach(history.Add);
        return history;
    }
}
