namespace AkkaReplication.Tool;

/// <summary>The tool's connections to its surroundings, so that a test can hold both ends.</summary>
/// <param name="Out">Results and the timeline.</param>
/// <param name="Error">One line when something is wrong.</param>
/// <param name="OpenInput">Standard input.</param>
/// <param name="IsTerminal">Whether <paramref name="Out"/> can redraw what it has drawn.</param>
internal sealed record ToolIo(TextWriter Out, TextWriter Error, Func<Stream> OpenInput, bool IsTerminal)
{
    public static ToolIo Console() => new(
        System.Console.Out,
        System.Console.Error,
        System.Console.OpenStandardInput,
        !System.Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"));
}
