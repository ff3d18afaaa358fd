using System.Globalization;
using AkkaReplication.Logs;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Checkpoints;

/// <summary>The leader epochs of one log on disk: Kafka's <c>leader-epoch-checkpoint</c>, "epoch startOffset" per line.</summary>
internal static class EpochCheckpoint
{
    public const string FileName = "leader-epoch-checkpoint";

    public static EpochCache Read(IFileSystem files, string directory)
    {
        var path = Path.Combine(directory, FileName);
        var lines = CheckpointFile.Read(files, path) ?? [];
        try
        {
            return new EpochCache(lines.Select(line => Parse(line, path)));
        }
        catch (ArgumentException e)
        {
            throw CheckpointFile.Malformed(path, e.Message);
        }
    }

    public static void Write(IFileSystem files, string directory, EpochCache epochs) =>
        CheckpointFile.Write(files, Path.Combine(directory, FileName), Lines(epochs));

    /// <summary>As <see cref="Write"/>, durable once the caller has flushed the directory.</summary>
    public static void Replace(IFileSystem files, string directory, EpochCache epochs) =>
        CheckpointFile.Replace(files, Path.Combine(directory, FileName), Lines(epochs));

    /// <summary>Whether just these epochs stand there already.</summary>
    public static bool Holds(IFileSystem files, string directory, EpochCache epochs) =>
        CheckpointFile.Holds(files, Path.Combine(directory, FileName), Lines(epochs));

    private static IEnumerable<string> Lines(EpochCache epochs) => epochs.Entries.Select(entry =>
        string.Create(CultureInfo.InvariantCulture, $"{entry.Epoch.Value} {entry.StartOffset}"));

    private static EpochStart Parse(string line, string path)
    {
        var parts = line.Split(' ');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
            ? new EpochStart(new LeaderEpoch(epoch), start)
            : throw CheckpointFile.Malformed(path, $"its line '{line}' is not 'epoch startOffset'");
    }
}
