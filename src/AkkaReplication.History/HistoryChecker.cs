using AkkaReplication.History.Checking;

namespace AkkaReplication.History;

/// <summary>
/// Judges a history: finds every anomaly that it proves, and none that it does not prove. What is unknown never counts
/// against the log.
/// </summary>
public static class HistoryChecker
{
    /// <summary>Judges a history. Takes some seconds for a million operations.</summary>
    /// <exception cref="InvalidHistoryException">A value was sent twice.</exception>
    public static HistoryReport Check(
        OperationHistory history, HistoryCheckOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        options ??= HistoryCheckOptions.Default;
        var index = new HistoryIndex(history, options, ct);
        var findings = new Findings(history, options.MaxExamples);
        var metrics = new Metrics();
        var log = new KeyLog(index);
        var polls = new PollOrderCheck(index, log, findings, metrics);
        var logCheck = new LogCheck(index, log, findings, metrics);
        var sends = new SendOrderCheck(index, log, findings, metrics);
        var realTime = new RealTimeCheck(index, log, findings);
        var losses = new LossCheck(index, log, polls, findings, metrics);
        var lag = new LagMeter(index, log, metrics);
        var transactions = new TransactionGraph(index);
        for (var key = 0; key < index.KeyCount; key++)
        {
            ct.ThrowIfCancellationRequested();
            log.Load(key);
            logCheck.Run();
            polls.Run();
            sends.Run();
            realTime.Run();
            losses.Run();
            lag.Run();
            transactions.Add(log);
        }

        transactions.Run(findings, metrics);
        return new HistoryReport(
            findings.Anomalies, findings.Counts, findings.Excused, findings.ExcusedCount, metrics.ToHistoryMetrics(index));
    }
}
