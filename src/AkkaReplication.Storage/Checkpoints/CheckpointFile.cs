using System.Globalization;
using System.Text;
using AkkaReplication.Logs;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Checkpoints;

/// <summary>
/// Kafka's text checkpoints: a line with the version 0, one with the number of entries, one line per entry. Replaced as a
/// whole and durably; a malformed one is an error, never an empty one.
/// </summary>
internal static class CheckpointFile
{
    private const string Version = "0";

    /// <summary>The entries' lines, or null where there is no file.</summary>
    /// <exception cref="StorageException">The file is malformed.</exception>
    public static IReadOnlyList<string>? Read(IFileSystem files, string path)
    {
        if (!files.FileExists(path))
            return null;

        var lines = files.ReadAllText(path).Split('\n');
        if (lines.Length < 3 || lines[0].TrimEnd() != Version || lines[^1].Length != 0)
            throw Malformed(path, "its head or its end is missing");
        if (!int.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count != lines.Length - 3)
        {
            throw Malformed(path, $"it says '{lines[1]}' entries and has {lines.Length - 3}");
        }

        return lines[2..^1];
    }

    public static void Write(IFileSystem files, string path, IEnumerable<string> entries) =>
        files.WriteAtomically(path, ContentOf(entries));

    /// <summary>As <see cref="Write"/>, durable once the caller has flushed the directory.</summary>
    public static void Replace(IFileSystem files, string path, IEnumerable<string> entries) =>
        files.Replace(path, Encoding.UTF8.GetBytes(ContentOf(entries)));

    /// <summary>Whether the file holds just these entries; a file that is missing holds none.</summary>
    public static bool Holds(IFileSystem files, string path, IEnumerable<string> entries)
    {
        var content = ContentOf(entries);
        return files.FileExists(path) ? files.ReadAllText(path) == content : content == ContentOf([]);
    }

    private static string ContentOf(IEnumerable<string> entries)
    {
        var body = new StringBuilder();
        var count = 0;
        foreach (var entry in entries)
        {
            body.Append(entry).Append('\n');
            count++;
        }

        return $"{Version}\n{count}\n{body}";
    }

    public static StorageException Malformed(string path, string problem) => new($"{path} is malformed: {problem}.");
}
