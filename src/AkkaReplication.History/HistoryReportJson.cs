using System.Text.Json;
using AkkaReplication.History.Json;

namespace AkkaReplication.History;

/// <summary>A report as one JSON object, for programs; the README of this project describes it.</summary>
public static class HistoryReportJson
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Indented = true,
    };

    /// <summary>Writes a report.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Write(HistoryReport report, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(report);
        using var json = new Utf8JsonWriter(stream, Options);
        json.WriteStartObject();
        json.WriteBoolean("clean", report.IsClean);
        json.WriteStartObject("anomalies");
        foreach (var anomaly in Enum.GetValues<AnomalyClass>().Where(anomaly => report.CountOf(anomaly) > 0))
            json.WriteNumber(anomaly.Name(), report.CountOf(anomaly));
        json.WriteEndObject();
        WriteExamples(json, "examples", report.Anomalies);
        json.WriteNumber("excused", report.ExcusedCount);
        WriteExamples(json, "excusedExamples", report.Excused);
        WriteMetrics(json, report.Metrics);
        json.WriteEndObject();
    }

    private static void WriteExamples(Utf8JsonWriter json, string name, IReadOnlyList<Anomaly> anomalies)
    {
        json.WriteStartArray(name);
        foreach (var anomaly in anomalies)
        {
            json.WriteStartObject();
            json.WriteString("class", anomaly.Class.Name());
            if (anomaly.Key is { } key)
                json.WriteString("key", key);
            if (anomaly.Value is { } value)
                json.WriteString("value", value.ToString());
            if (anomaly.Offset >= 0)
                json.WriteNumber("offset", anomaly.Offset);
            json.WriteString("sentence", anomaly.Sentence);
            json.WriteStartArray("operations");
            foreach (var operation in anomaly.Operations)
            {
                json.WriteStartObject();
                json.WriteNumber("number", operation.Number);
                json.WriteString("text", operation.About(anomaly.Key, anomaly.Value, anomaly.Offset));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMetrics(Utf8JsonWriter json, HistoryMetrics metrics)
    {
        json.WriteStartObject("metrics");
        json.WriteStartObject("operations");
        foreach (var kind in metrics.Operations.GroupBy(pair => pair.Key.Kind).OrderBy(group => group.Key))
        {
            json.WriteStartObject(Operation.NameOf(kind.Key));
            foreach (var (of, count) in kind.OrderBy(pair => pair.Key.Outcome))
                json.WriteNumber(Words.Outcomes[(int)of.Outcome], count);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteNumber("processes", metrics.Processes);
        json.WriteNumber("keys", metrics.Keys);
        json.WriteNumber("sent", metrics.Sent);
        json.WriteNumber("acknowledged", metrics.Acknowledged);
        json.WriteNumber("read", metrics.Read);
        json.WriteNumber("worstRealtimeLagNs", metrics.WorstRealtimeLag.Ticks * TimeSpan.NanosecondsPerTick);
        json.WriteNumber("consumedAgain", metrics.ConsumedAgain);
        json.WriteNumber("maxConsumeCount", metrics.MaxConsumeCount);
        json.WriteNumber("subscribedNonmonotonicPolls", metrics.SubscribedNonmonotonicPolls);
        json.WriteNumber("subscribedPollSkips", metrics.SubscribedPollSkips);
        json.WriteNumber("weakLosses", metrics.WeakLosses);
        json.WriteNumber("retryDuplicates", metrics.RetryDuplicates);
        json.WriteNumber("retryReorderings", metrics.RetryReorderings);
        json.WriteNumber("internalSendSkips", metrics.InternalSendSkips);
        json.WriteNumber("writeCycles", metrics.WriteCycles);
        json.WriteNumber("mixedCycles", metrics.MixedCycles);
        json.WriteStartArray("keysWithoutFinalRead");
        foreach (var key in metrics.KeysWithoutFinalRead)
            json.WriteStringValue(key);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
