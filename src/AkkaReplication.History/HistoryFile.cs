using AkkaReplication.History.Json;

namespace AkkaReplication.History;

/// <summary>Histories as lines of JSON; the README of this project describes every field.</summary>
public static class HistoryFile
{
    private const int BufferSize = 1 << 20;

    /// <summary>Reads a history. Empty lines are skipped.</summary>
    /// <exception cref="HistoryFormatException">A line is no operation.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static OperationHistory Read(Stream stream, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var history = new OperationHistory();
        var parser = new OperationParser(history);
        var buffer = new byte[BufferSize];
        var (filled, lineNumber) = (0, 0L);
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            var read = stream.Read(buffer, filled, buffer.Length - filled);
            if (read == 0)
                break;

            // What was there before has no end of line in it.
            var end = buffer.AsSpan(filled, read).IndexOf((byte)'\n') is var at and >= 0 ? filled + at : -1;
            filled += read;
            var start = 0;
            while (end >= 0)
            {
                ParseLine(parser, buffer.AsSpan(start, end - start), ++lineNumber);
                start = end + 1;
                end = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is var next and >= 0 ? start + next : -1;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
        }

        if (filled > 0)
            ParseLine(parser, buffer.AsSpan(0, filled), lineNumber + 1);
        return history;
    }

    /// <summary>Writes a history.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Write(OperationHistory history, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(history);
        using var writer = new OperationWriter(stream);
        var steps = new List<OperationStep>();
        for (var operation = 0; operation < history.Count; operation++)
        {
            steps.Clear();
            for (var step = history.StepsStart(operation); step < history.StepsEnd(operation); step++)
                steps.Add(history.StepAt(step));
            writer.Write(
                history.HeaderOf(operation),
                history.InvokedNs(operation),
                history.CompletedNs(operation),
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(steps));
        }

        writer.Flush();
    }

    private static void ParseLine(OperationParser parser, ReadOnlySpan<byte> line, long lineNumber)
    {
        line = line.Trim(" \t\r"u8);
        if (lineNumber == 1 && line.StartsWith("\uFEFF"u8))
            line = line[3..];
        if (!line.IsEmpty)
            parser.Parse(line, lineNumber);
    }
}
