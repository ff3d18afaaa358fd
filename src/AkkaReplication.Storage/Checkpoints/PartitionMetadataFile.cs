using System.Text;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Checkpoints;

/// <summary>Kafka's <c>partition.metadata</c>: the topic id of a log, written before the log's first byte.</summary>
internal static class PartitionMetadataFile
{
    public const string FileName = "partition.metadata";

    /// <summary>The topic id; null where there is no file.</summary>
    public static TopicId? Read(IFileSystem files, string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!files.FileExists(path))
            return null;

        var properties = PropertiesFile.Parse(files.ReadAllText(path), path);
        if (PropertiesFile.Require(properties, "version", path) != "0")
            throw CheckpointFile.Malformed(path, "its version is not 0");
        return KafkaUuid.TryParse(PropertiesFile.Require(properties, "topic_id", path), out var id)
            ? new TopicId(id)
            : throw CheckpointFile.Malformed(path, "its topic_id is no uuid");
    }

    /// <summary>Writes the file, whole or not at all; its name is durable once the caller has flushed the directory.</summary>
    public static void Write(IFileSystem files, string directory, TopicId topicId) => files.Replace(
        Path.Combine(directory, FileName), Encoding.UTF8.GetBytes($"version: 0\ntopic_id: {KafkaUuid.Format(topicId.Value)}"));
}
