namespace AkkaReplication.History;

/// <summary>A line is no operation. The message says which line, what is wrong with it, and what is accepted.</summary>
/// <param name="lineNumber">From 1.</param>
/// <param name="problem">What is wrong, and what is accepted.</param>
/// <param name="inner">Where the problem was found, if another component found it.</param>
public sealed class HistoryFormatException(long lineNumber, string problem, Exception? inner = null)
    : Exception($"line {lineNumber}: {problem}", inner)
{
    /// <summary>From 1.</summary>
    public long LineNumber { get; } = lineNumber;
}
