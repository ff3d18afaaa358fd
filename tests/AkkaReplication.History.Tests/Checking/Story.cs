namespace AkkaReplication.History.Tests.Checking;

/// <summary>A history written by hand: each line is one operation, after the one before unless it says when.</summary>
internal sealed class Story
{
    public const string K = "k-0";
    private const long StepNs = 1000;
    private long _nowNs;

    public OperationHistory History { get; } = new();

    /// <summary>Sent and acknowledged: "42@17", or "42" where the offset is not known. In another key: "j-0:42@17".</summary>
    public Story Send(int process, string sent, Outcome outcome = Outcome.Ok, SendAcks acks = SendAcks.All) =>
        Add(OperationKind.Send, process, outcome, [Sent(sent)], acks);

    /// <summary>Read: "17=42 18=43", in another key "j-0:17=42"; "hw=19", "end=19", "rebalanced".</summary>
    public Story Poll(int process, string read = "", Outcome outcome = Outcome.Ok, Isolation isolation = default) =>
        Add(OperationKind.Poll, process, outcome, Steps(read), isolation: isolation);

    public Story FinalRead(int process, string read, Outcome outcome = Outcome.Ok) =>
        Add(OperationKind.FinalRead, process, outcome, Steps(read));

    /// <summary>Mixed: "w42@17 w43 r17=42".</summary>
    public Story Txn(int process, string steps, Outcome outcome = Outcome.Ok, Isolation isolation = default) =>
        Add(
            OperationKind.Txn,
            process,
            outcome,
            [.. Words(steps).Select(word => word[0] == 'w' ? Sent(word[1..]) : Read(word[1..]))],
            isolation: isolation);

    public Story Assign(int process, long from = OperationStep.UnknownOffset, Outcome outcome = Outcome.Ok) =>
        Add(OperationKind.Assign, process, outcome, [OperationStep.Assign(K, from)]);

    public Story Subscribe(int process, long from = 0) =>
        Add(OperationKind.Subscribe, process, Outcome.Ok, [OperationStep.Subscribe("k", from)]);

    public Story Crash(int process) => Add(OperationKind.Crash, process, Outcome.Ok, []);

    public Story LostFrom(long offset) =>
        Add(OperationKind.Excuse, 0, Outcome.Ok, [new OperationStep(StepKind.LostFrom, K, offset)]);

    public Story LostBelow(long offset) =>
        Add(OperationKind.Excuse, 0, Outcome.Ok, [new OperationStep(StepKind.LostBelow, K, offset)]);

    /// <summary>The next operation, and it alone, is concurrent with the one before.</summary>
    public Story Meanwhile()
    {
        _nowNs -= StepNs;
        return this;
    }

    public HistoryReport Check(HistoryCheckOptions? options = null) => HistoryChecker.Check(History, options);

    public void IsClean(HistoryCheckOptions? options = null)
    {
        var report = Check(options);
        Assert.True(report.IsClean, report.ToString());
        Assert.Empty(report.Anomalies);
    }

    /// <summary>Nothing but so many anomalies of one class.</summary>
    public HistoryReport Shows(AnomalyClass expected, int count = 1, HistoryCheckOptions? options = null)
    {
        var report = Check(options);
        Assert.True(report.CountOf(expected) == count && report.AnomalyCount == count, report.ToString());
        Assert.All(report.Anomalies, anomaly => Assert.NotEmpty(anomaly.Operations));
        return report;
    }

    /// <summary>Exactly these classes, once each.</summary>
    public HistoryReport ShowsAll(params AnomalyClass[] expected)
    {
        var report = Check();
        Assert.True(
            expected.Order().SequenceEqual(report.Anomalies.Select(anomaly => anomaly.Class)), report.ToString());
        return report;
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static (string Key, string What) Keyed(string word) =>
        word.Split(':') is [var key, var rest] ? (key, rest) : (K, word);

    private static OperationStep Sent(string word)
    {
        var (key, rest) = Keyed(word);
        return rest.Split('@') is [var value, var offset]
            ? OperationStep.Send(key, value, Number(offset))
            : OperationStep.Send(key, rest);
    }

    private static OperationStep Read(string word)
    {
        var (key, rest) = Keyed(word);
        return rest.Split('=') switch
        {
            ["hw", var offset] => OperationStep.HighWatermark(key, Number(offset)),
            ["end", var offset] => OperationStep.End(key, Number(offset)),
            ["rebalanced"] => OperationStep.Rebalanced(key),
            [var offset, var value] => OperationStep.Record(key, Number(offset), value),
            _ => throw new ArgumentException(word),
        };
    }

    private static long Number(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static OperationStep[] Steps(string text) => [.. Words(text).Select(Read)];

    private Story Add(
        OperationKind kind,
        int process,
        Outcome outcome,
        OperationStep[] steps,
        SendAcks acks = SendAcks.All,
        Isolation isolation = Isolation.Committed)
    {
        var invokedNs = _nowNs;
        _nowNs += StepNs;
        History.Add(new Operation
        {
            Kind = kind,
            Process = process,
            Outcome = outcome,
            InvokedNs = invokedNs,
            CompletedNs = _nowNs - 1,
            Acks = acks,
            Isolation = isolation,
            Steps = steps,
        });
        return this;
    }
}
