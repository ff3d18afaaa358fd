using AkkaReplication.Tool.Commands;

namespace AkkaReplication.Tool.Tests.Commands;

/// <summary>Runs the tool in this process, as a shell would with its output in a pipe.</summary>
internal static class RunTool
{
    public static Task<ToolResult> WithAsync(params string[] arguments) => WithInputAsync("", arguments);

    public static async Task<ToolResult> WithInputAsync(string input, params string[] arguments)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var io = new ToolIo(
            output, error, () => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(input)), IsTerminal: false);
        var exitCode = await CommandLineTool.RunAsync(arguments, io, CancellationToken.None);
        return new ToolResult(exitCode, output.ToString(), error.ToString());
    }
}

internal sealed record ToolResult(int ExitCode, string Out, string Error)
{
    public string LastLine => Out.TrimEnd().Split('\n')[^1];
}
