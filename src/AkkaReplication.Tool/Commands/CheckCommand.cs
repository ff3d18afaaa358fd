using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using AkkaReplication.History;

namespace AkkaReplication.Tool.Commands;

/// <summary>The verb <c>check</c>: judges a history of what clients did and saw. Needs no cluster.</summary>
internal static class CheckCommand
{
    private const string Text = "text";
    private const string Json = "json";

    public static Command Create(ToolIo io)
    {
        var path = new Argument<string>("HISTORY")
        {
            Description = "a file with one operation a line, as JSON (src/AkkaReplication.History/README.md describes it); "
                + "- for standard input",
        };
        var report = new Option<string>("--report")
        {
            Description = $"{Text}, or {Json}",
            HelpName = "FORM",
            DefaultValueFactory = _ => Text,
        };
        var examples = new Option<int>("--examples")
        {
            Description = "describe so many anomalies of a class; all are counted",
            HelpName = "N",
            DefaultValueFactory = _ => HistoryCheckOptions.Default.MaxExamples,
        };
        var lostFrom = new Option<LossExcuse[]>("--excuse-from")
        {
            Description = "what stood at the offset or above may be lost (an unclean election), e.g. orders-0:120",
            HelpName = "KEY:OFFSET",
            CustomParser = result => ReadExcuses(result, (key, offset) => LossExcuse.From(key, offset)),
        };
        var lostBelow = new Option<LossExcuse[]>("--excuse-below")
        {
            Description = "what stands below the offset may be gone (DeleteRecords, retention)",
            HelpName = "KEY:OFFSET",
            CustomParser = result => ReadExcuses(result, LossExcuse.Below),
        };
        var retries = new Option<bool>("--not-idempotent")
        {
            Description = "producers may write a record twice when they retry: count that, but do not call it an anomaly",
        };
        var others = new Option<bool>("--others-write")
        {
            Description = "values that nobody in the history sent are no anomaly",
        };
        var command = new Command(
            "check", "Names every anomaly that a history of client operations proves, with the operations that show it.")
        {
            path, report, examples, lostFrom, lostBelow, retries, others,
        };
        command.SetAction((parsed, ct) => Task.Run(
            () => Run(
                parsed.GetValue(path)!,
                parsed.GetValue(report)!,
                new HistoryCheckOptions
                {
                    MaxExamples = parsed.GetValue(examples),
                    Excuses = [.. parsed.GetValue(lostFrom) ?? [], .. parsed.GetValue(lostBelow) ?? []],
                    IsIdempotent = !parsed.GetValue(retries),
                    AllowUnsent = parsed.GetValue(others),
                },
                io,
                ct),
            ct));
        return command;
    }

    private static int Run(string path, string form, HistoryCheckOptions options, ToolIo io, CancellationToken ct)
    {
        if (form is not (Text or Json))
            throw new ToolException($"unknown report '{form}'; known are {Text}, {Json}");
        if (options.MaxExamples < 0)
            throw new ToolException($"--examples takes 0 or more, not {options.MaxExamples}");
        var report = Check(path, options, io, ct);
        if (form == Json)
        {
            using var json = new MemoryStream();
            HistoryReportJson.Write(report, json);
            io.Out.WriteLine(Encoding.UTF8.GetString(json.GetBuffer(), 0, (int)json.Length));
        }
        else
        {
            io.Out.WriteLine(report.ToString());
        }

        return report.IsClean ? ExitCode.Ok : ExitCode.PromiseBroken;
    }

    private static HistoryReport Check(string path, HistoryCheckOptions options, ToolIo io, CancellationToken ct)
    {
        var name = path == "-" ? "standard input" : path;
        try
        {
            OperationHistory history;
            using (var stream = path == "-" ? io.OpenInput() : File.OpenRead(path))
                history = HistoryFile.Read(stream, ct);
            if (history.Count == 0)
                throw new ToolException($"there is nothing to check: {name} is empty");
            return HistoryChecker.Check(history, options, ct);
        }
        catch (Exception e) when (e is HistoryFormatException or InvalidHistoryException)
        {
            throw new ToolException($"{name}: {OneLine.Of(e)}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"cannot read {name}: {OneLine.Of(e)}", e);
        }
    }

    private static LossExcuse[]? ReadExcuses(ArgumentResult result, Func<string, long, LossExcuse> create)
    {
        var excuses = new List<LossExcuse>();
        foreach (var token in result.Tokens)
        {
            var colon = token.Value.LastIndexOf(':');
            if (colon <= 0 || !long.TryParse(
                token.Value.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            {
                result.AddError($"an excuse is KEY:OFFSET, such as orders-0:120, not '{token.Value}'");
                return null;
            }

            excuses.Add(create(token.Value[..colon], offset));
        }

        return [.. excuses];
    }
}
