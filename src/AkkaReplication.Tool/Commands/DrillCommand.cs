using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using AkkaReplication.Tool.Drills;
using AkkaReplication.Tool.Drills.Scenarios;
using AkkaReplication.Tool.Screens;
using Spectre.Console;

namespace AkkaReplication.Tool.Commands;

/// <summary>The verb <c>drill</c>.</summary>
internal static class DrillCommand
{
    /// <summary>
    /// The longest line that is certainly a record: with its key and the batch's head it stays within the topic's
    /// max.message.bytes (1048588) and the producer's max.request.size (1048576).
    /// </summary>
    private const int MaxLineBytes = 1_048_000;

    public static Command Create(ToolIo io)
    {
        var input = new Option<string?>("--input")
        {
            Description =
                "a text file, one record a line; - for standard input (default: a sample that ships with the tool)",
            HelpName = "FILE",
        };
        var scenario = new Option<string>("--scenario")
        {
            Description = string.Join(", ", AllScenarios.Names) + ", or " + AllScenarios.Every,
            HelpName = "NAME",
            DefaultValueFactory = _ => AllScenarios.Default,
        };
        var dataDirectory = new Option<string?>("--data-dir")
        {
            Description =
                "a new or empty directory for the brokers' data, which stays there (default: a temporary one)",
            HelpName = "DIR",
        };
        var config = new Option<string?>("--config")
        {
            Description = "settings (HOCON, see hocon/reference.conf) over the drill's own",
            HelpName = "FILE",
        };
        var seed = new Option<int?>("--seed")
        {
            Description = "repeats what was drawn at random",
            HelpName = "N",
            CustomParser = ReadSeed,
        };
        var patience = new Option<int>("--patience")
        {
            Description = "seconds that any one condition is waited for",
            HelpName = "N",
            DefaultValueFactory = _ => 60,
        };
        var history = new Option<string?>("--history")
        {
            Description = "a new file for what the clients did and saw, for akkarepl check; with several scenarios one each",
            HelpName = "FILE",
        };
        var plain = new Option<bool>("--plain") { Description = "plain lines, also on a terminal" };

        var command = new Command(
            "drill",
            "Starts three brokers in this process, produces, hurts them, reads everything back, and judges.")
        {
            input, scenario, dataDirectory, config, seed, patience, history, plain,
        };
        command.SetAction((parsed, ct) => RunAsync(
            new DrillOptions(
                parsed.GetValue(input),
                parsed.GetValue(scenario)!,
                parsed.GetValue(dataDirectory),
                parsed.GetValue(config),
                parsed.GetValue(seed),
                TimeSpan.FromSeconds(parsed.GetValue(patience)),
                parsed.GetValue(history),
                parsed.GetValue(plain)),
            io,
            ct));
        return command;
    }

    private static int? ReadSeed(ArgumentResult result)
    {
        if (int.TryParse(
            result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed))
            return seed;

        result.AddError($"--seed takes a whole number, not '{result.Tokens[0].Value}'");
        return null;
    }

    private static async Task<int> RunAsync(DrillOptions options, ToolIo io, CancellationToken ct)
    {
        // All that can be wrong with the request is found before anything is started.
        var scenarios = AllScenarios.Named(options.Scenario);
        if (options.Patience < TimeSpan.FromSeconds(1) || options.Patience > TimeSpan.FromHours(1))
            throw new ToolException($"--patience takes 1 to 3600 seconds, not {options.Patience.TotalSeconds:0}");
        var settings = DrillSettings.Load(options.ConfigFile);
        var input = options.Input is null or "-" ? null : DrillInput.FromFile(options.Input, MaxLineBytes);
        using var directory = DrillDirectory.Open(options.DataDirectory);
        using var histories = DrillHistories.Create(options.History, scenarios);
        input ??= options.Input is null
            ? DrillInput.Sample(MaxLineBytes)
            : await DrillInput.FromStreamAsync(
                io.OpenInput(), Path.Combine(directory.FullPath, "input"), MaxLineBytes, ct)
                .ConfigureAwait(false);
        var seed = options.Seed ?? Random.Shared.Next();

        await using var screen = ScreenFor(options, io);
        Report.Introduction(screen, input, settings, seed, directory);
        var results = new List<DrillResult>();
        foreach (var scenario in scenarios)
        {
            Report.Scenario(screen, scenario);
            var data = Path.Combine(directory.FullPath, scenario.Name);
            var run = new DrillRun(scenario, input, settings, data, seed, options.Patience, histories[scenario], screen);
            results.Add(await run.RunAsync(ct).ConfigureAwait(false));
        }

        if (scenarios.Count > 1)
            Report.Summary(screen, results);
        var held = results.TrueForAll(result => result.Held);
        screen.Line(held ? Tone.Good : Tone.Bad, Report.LastLine(results));
        return held ? ExitCode.Ok : ExitCode.PromiseBroken;
    }

    private static IScreen ScreenFor(DrillOptions options, ToolIo io) => options.Plain || !io.IsTerminal
        ? new PlainScreen(io.Out)
        : new LiveScreen(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(io.Out) }));
}
