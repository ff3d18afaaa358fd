using System.Globalization;
using AkkaReplication.Tool.Drills.Scenarios;
using AkkaReplication.Tool.Judging;
using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Drills;

/// <summary>The words before and after a timeline.</summary>
internal static class Report
{
    public static void Introduction(
        IScreen screen, DrillInput input, ReplicationSettings settings, int seed, DrillDirectory directory)
    {
        screen.Line(Tone.Neutral, $"input:    {input.Name}, {Count(input.Lines, "line")}");
        screen.Line(Tone.Neutral, $"settings: {DrillSettings.Describe(settings)}");
        var fate = directory.IsKept ? "kept" : "removed at the end";
        screen.Line(Tone.Neutral, $"data:     {directory.FullPath} ({fate})");
        screen.Line(Tone.Neutral, $"seed:     {seed}");
    }

    public static void Scenario(IScreen screen, Scenario scenario)
    {
        screen.Line(Tone.Neutral, "");
        screen.Line(Tone.Action, $"== {scenario.Name}");
        screen.Line(Tone.Neutral, $"will:     {scenario.WillDo}");
        screen.Line(Tone.Neutral, $"promise:  {scenario.MustHold}");
    }

    public static void Judgement(IScreen screen, Judgement judgement, Evidence evidence)
    {
        screen.Line(Tone.Neutral, "");
        screen.Line(Tone.Neutral, $"{"read back",-18}{"records",10}{"readable",10}{"lost",8}{"twice",8}");
        foreach (var view in judgement.Views)
        {
            var healthy = view.Lost.Count == 0 && view.Duplicated.Count == 0;
            screen.Line(
                healthy ? Tone.Neutral : Tone.Warning,
                $"{view.Name,-18}{view.Read,10}{view.Readable,10}{view.Lost.Count,8}{view.Duplicated.Count,8}");
        }

        screen.Line(
            Tone.Neutral,
            "high watermarks: "
            + string.Join(' ', evidence.Partitions.Select(p => $"{p.Partition}:{p.HighWatermark}")));
        foreach (var range in Ranges(judgement.Lost).Take(20))
            screen.Line(Tone.Warning, $"lost: {range}");
        if (evidence.Refused > 0)
            screen.Line(
                Tone.Warning, $"never acknowledged: {evidence.Refused} of {evidence.Sent} ({evidence.Refusals})");
        screen.Line(Tone.Neutral, "");
    }

    public static void Promises(IScreen screen, Promises promises)
    {
        foreach (var promise in promises.All)
        {
            if (promise.Held)
                screen.Line(Tone.Good, $"ok      {promise.Text}");
            else
                screen.Line(Tone.Bad, $"BROKEN  {promise.Text}: {promise.Otherwise}");
        }
    }

    /// <summary>The last line: of one scenario its verdict, of several the sum.</summary>
    public static string LastLine(IReadOnlyList<DrillResult> results)
    {
        if (results.FirstOrDefault(result => result.Verdict is null) is { } undecided)
            return $"verdict: undecided, {undecided.Scenario} came to no end";

        var verdicts = results.Select(result => result.Verdict!).ToList();
        return new Verdict(
            verdicts.Sum(v => v.Acknowledged),
            verdicts.Sum(v => v.Readable),
            verdicts.Sum(v => v.Lost),
            verdicts.Sum(v => v.Duplicated),
            verdicts.Sum(v => v.Elections),
            verdicts.Max(v => v.MaxUnavailableMs)).ToString();
    }

    public static void Summary(IScreen screen, IReadOnlyList<DrillResult> results)
    {
        screen.Line(Tone.Neutral, "");
        foreach (var result in results)
        {
            var numbers = result.Verdict?.ToString()["verdict: ".Length..] ?? "undecided";
            screen.Line(
                result.Held ? Tone.Good : Tone.Bad,
                $"{(result.Held ? "ok" : "BROKEN"),-8}{result.Scenario,-23}{numbers}");
        }
    }

    /// <summary>"partition 0, offsets 120 to 180 (61 records)", one for each unbroken run.</summary>
    private static IEnumerable<string> Ranges(IReadOnlyList<AcknowledgedRecord> records)
    {
        for (var i = 0; i < records.Count;)
        {
            var from = i++;
            while (i < records.Count && Follows(records[i], records[i - 1]))
                i++;
            var (first, last) = (records[from], records[i - 1]);
            yield return $"partition {first.Partition}, offsets {first.Offset} to {last.Offset} "
                + $"({Count(i - from, "record")})";
        }
    }

    private static bool Follows(AcknowledgedRecord record, AcknowledgedRecord before) =>
        record.Partition == before.Partition && record.Offset == before.Offset + 1;

    private static string Count(long count, string noun) =>
        count.ToString("N0", CultureInfo.InvariantCulture) + " " + noun + (count == 1 ? "" : "s");
}
