using System.CommandLine;
using System.CommandLine.Help;

namespace AkkaReplication.Tool.Commands;

/// <summary>Turns a command line into an exit code. Every error is one line on standard error.</summary>
internal static class CommandLineTool
{
    public static async Task<int> RunAsync(string[] arguments, ToolIo io, CancellationToken ct)
    {
        var root = new RootCommand("akkarepl: a replicated log with Kafka's semantics, embedded in .NET.")
        {
            DrillCommand.Create(io),
            ClusterCommand.Create(io),
            DumpLogCommand.Create(io),
            CheckCommand.Create(io),
        };
        try
        {
            var parsed = root.Parse(arguments);
            if (Complaint(root, parsed) is { } complaint)
                throw new ToolException(complaint);

            // Signals are this tool's business: a drill stops its brokers and removes its data before it ends.
            var invocation = new InvocationConfiguration
            {
                Output = io.Out,
                Error = io.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(invocation, ct).ConfigureAwait(false);
        }
        catch (Exception e)
            when (e is ToolException or ReplicationException or IOException or UnauthorizedAccessException)
        {
            await io.Error.WriteLineAsync($"error: {OneLine.Of(e)}").ConfigureAwait(false);
            return ExitCode.BadInput;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await io.Error.WriteLineAsync("stopped").ConfigureAwait(false);
            return ExitCode.Interrupted;
        }
    }

    /// <summary>What is wrong with the command line, or null.</summary>
    private static string? Complaint(RootCommand root, ParseResult parsed)
    {
        if (parsed.Errors.Count == 0)
            return null;

        var unmatched = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        var command = parsed.CommandResult.Command;
        if (unmatched is null)
            return command == root ? $"which verb? known are {Verbs(root)}" : parsed.Errors[0].Message.TrimEnd('.');
        if (command == root && !unmatched.StartsWith('-'))
            return $"unknown verb '{unmatched}'; known are {Verbs(root)}";
        return $"'{unmatched}' is not understood here; {command.Name} knows "
            + string.Join(", ", command.Options.Where(option => option is not HelpOption).Select(o => o.Name));
    }

    private static string Verbs(RootCommand root) => string.Join(", ", root.Subcommands.Select(verb => verb.Name));
}
