using System.Globalization;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Checkpoints;

/// <summary>One offset per partition of a data directory, in Kafka's format: "topic partition offset" per line.</summary>
internal sealed class OffsetCheckpoint(IFileSystem files, string path)
{
    /// <summary>Kafka's names of the files.</summary>
    public const string HighWatermarkName = "replication-offset-checkpoint";
    public const string RecoveryPointName = "recovery-point-offset-checkpoint";
    public const string LogStartName = "log-start-offset-checkpoint";
    public const string CleanedEndName = "cleaner-offset-checkpoint";

    private readonly HashSet<TopicPartition> _mentioned = [];
    private string? _written;

    /// <summary>Whether the file has an entry for a partition, as far as it was read or written here.</summary>
    public bool Mentions(TopicPartition partition) => _mentioned.Contains(partition);

    /// <summary>All entries; empty where there is no file.</summary>
    public Dictionary<TopicPartition, long> Read()
    {
        var entries = new Dictionary<TopicPartition, long>();
        foreach (var line in CheckpointFile.Read(files, path) ?? [])
        {
            var parts = line.Split(' ');
            if (parts.Length != 3
                || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
                || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            {
                throw CheckpointFile.Malformed(path, $"its line '{line}' is not 'topic partition offset'");
            }

            entries[new TopicPartition(parts[0], partition)] = offset;
        }

        _mentioned.UnionWith(entries.Keys);
        return entries;
    }

    /// <summary>Replaces the file, unless it already holds just these entries.</summary>
    public void Write(IEnumerable<(TopicPartition Partition, long Offset)> entries)
    {
        var sorted = entries.OrderBy(entry => entry.Partition).ToList();
        var lines = sorted
            .Select(entry => string.Create(
                CultureInfo.InvariantCulture, $"{entry.Partition.Topic} {entry.Partition.Partition} {entry.Offset}"))
            .ToList();
        var content = string.Join('\n', lines);
        if (content == _written)
            return;

        CheckpointFile.Write(files, path, lines);
        _written = content;
        _mentioned.Clear();
        _mentioned.UnionWith(sorted.Select(entry => entry.Partition));
    }
}
