using System.Reflection;

namespace AkkaReplication.Tool.Drills;

/// <summary>
/// The text to produce, one record a line, looked through once before anything is started: it is there, it is not
/// empty,
/// and no line is larger than a record may be. Lines are bytes; no encoding is assumed.
/// </summary>
internal sealed class DrillInput
{
    private const string SampleResource = "AkkaReplication.Tool.Samples.orders.txt";

    private readonly Func<Stream> _open;

    private DrillInput(string name, Func<Stream> open, long lines)
    {
        Name = name;
        _open = open;
        Lines = lines;
    }

    /// <summary>What people call it.</summary>
    public string Name { get; }

    public long Lines { get; }

    public static DrillInput Sample(int maxLineBytes) =>
        Check("the order events that ship with the tool", OpenSample, maxLineBytes);

    /// <exception cref="ToolException">Unreadable or empty.</exception>
    /// <exception cref="ReplicationException">MESSAGE_TOO_LARGE.</exception>
    public static DrillInput FromFile(string path, int maxLineBytes)
    {
        if (Directory.Exists(path))
            throw new ToolException($"cannot read --input {path}: it is a directory");
        return Check(path, () => File.OpenRead(path), maxLineBytes);
    }

    /// <summary>Standard input, kept in a file of the drill's so that it can be read more than once.</summary>
    public static async Task<DrillInput> FromStreamAsync(
        Stream stream, string spoolFile, int maxLineBytes, CancellationToken ct)
    {
        // A terminal's stream does not hear of cancellation; waiting for it does.
        var spool = File.Create(spoolFile);
        await using (spool.ConfigureAwait(false))
            await stream.CopyToAsync(spool, ct).WaitAsync(ct).ConfigureAwait(false);
        return Check("standard input", () => File.OpenRead(spoolFile), maxLineBytes);
    }

    /// <summary>All lines, from the first.</summary>
    public IEnumerable<byte[]> ReadLines() => ByteLines.Read(_open(), int.MaxValue);

    private static DrillInput Check(string name, Func<Stream> open, int maxLineBytes)
    {
        try
        {
            var lines = 0L;
            foreach (var line in ByteLines.Read(open(), maxLineBytes))
            {
                lines++;
                if (line.Length > maxLineBytes)
                {
                    throw new ReplicationException(
                        ErrorCode.MessageTooLarge,
                        $"line {lines} of {name} is longer than the {maxLineBytes} bytes that fit into a record "
                        + "(max.message.bytes)");
                }
            }

            return lines > 0
                ? new DrillInput(name, open, lines)
                : throw new ToolException($"there is nothing to produce: {name} is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"cannot read --input {name}: {OneLine.Of(e)}", e);
        }
    }

    private static Stream OpenSample() =>
        Assembly.GetExecutingAssembly().GetManifestResourceStream(SampleResource)
        ?? throw new InvalidOperationException($"The resource {SampleResource} is missing from this build.");
}
