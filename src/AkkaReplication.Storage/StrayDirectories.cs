using System.Globalization;
using AkkaReplication.Storage.Checkpoints;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage;

/// <summary>
/// The directories of one data directory that were put aside as stray (M2): since when, and whether that is long enough. A
/// directory's own times do not tell, a file in it does; where it has none, the time counts from the first look.
/// </summary>
internal sealed class StrayDirectories(IFileSystem files, string root)
{
    public const string SinceFileName = "stray-since-checkpoint";

    /// <summary>Deletes what has been kept for <paramref name="retentionMs"/>, and returns it.</summary>
    /// <param name="retentionMs">log.stray.retention.ms; -1 for ever.</param>
    /// <param name="nowMs">Ms since the Unix epoch.</param>
    public List<string> DeleteExpired(long retentionMs, long nowMs)
    {
        var deleted = new List<string>();
        foreach (var name in files.ListDirectories(root))
        {
            if (!name.EndsWith(DataDirectory.StraySuffix, StringComparison.Ordinal))
                continue;

            var stray = Path.Combine(root, name);
            var since = Since(stray, nowMs);
            if (retentionMs < 0 || nowMs - since < retentionMs)
                continue;

            // Under this name a start goes on with it.
            var doomed = stray + DataDirectory.DeleteSuffix;
            files.Rename(stray, doomed);
            files.DeleteDirectory(doomed);
            deleted.Add(stray);
        }

        return deleted;
    }

    /// <summary>A damaged file counts as none: nothing goes too soon.</summary>
    private long Since(string stray, long nowMs)
    {
        var path = Path.Combine(stray, SinceFileName);
        try
        {
            if (CheckpointFile.Read(files, path) is [var line] && long.TryParse(line, CultureInfo.InvariantCulture, out var known))
                return known;
        }
        catch (Logs.StorageException)
        {
        }

        CheckpointFile.Write(files, path, [nowMs.ToString(CultureInfo.InvariantCulture)]);
        return nowMs;
    }
}
