using AkkaReplication.Tool.Commands;

namespace AkkaReplication.Tool.Tests.Commands;

/// <summary>Runs the tool in this process, as a shell would with its output in a pipe.</summary>
internal static class RunTool
{
    public static Task<ToolResult> WithAsync(params string[] arguments) => WithInputAsync("", arguments);

    public static Task<ToolResult> WithInputAsync(string input, params string[] arguments) =>
        RunAsync(arguments, input, new StringWriter(), CancellationToken.None);

    /// <summary>As if Ctrl-C were pressed once it has printed that.</summary>
    public static async Task<ToolResult> UntilAsync(string printed, params string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        using var output = new WatchedWriter(printed, stop.Cancel);
        return await RunAsync(arguments, "", output, stop.Token);
    }

    private static async Task<ToolResult> RunAsync(
        string[] arguments, string input, StringWriter output, CancellationToken ct)
    {
        var error = new StringWriter();
        var io = new ToolIo(
            output, error, () => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(input)), IsTerminal: false);
        var exitCode = await CommandLineTool.RunAsync(arguments, io, ct);
        return new ToolResult(exitCode, output.ToString(), error.ToString());
    }

    private sealed class WatchedWriter(string awaited, Action then) : StringWriter
    {
        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            await base.FlushAsync(cancellationToken);
            if (ToString().Contains(awaited, StringComparison.Ordinal))
                then();
        }
    }
}

internal sealed record ToolResult(int ExitCode, string Out, string Error)
{
    public string LastLine => Out.TrimEnd().Split('\n')[^1];
}
