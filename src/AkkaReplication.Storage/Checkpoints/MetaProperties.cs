using System.Globalization;
using AkkaReplication.Logs;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Checkpoints;

/// <summary>Kafka's <c>meta.properties</c> (version 1): whose a data directory is.</summary>
/// <param name="ClusterId">The cluster.</param>
/// <param name="NodeId">The broker.</param>
/// <param name="DirectoryId">The directory's own identity, made when it was formatted and never changed.</param>
internal sealed record MetaProperties(string ClusterId, BrokerId NodeId, Guid DirectoryId)
{
    public const string FileName = "meta.properties";

    /// <summary>The properties of a data directory; null where it was never formatted.</summary>
    public static MetaProperties? Read(IFileSystem files, string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!files.FileExists(path))
            return null;

        var properties = PropertiesFile.Parse(files.ReadAllText(path), path);
        if (PropertiesFile.Require(properties, "version", path) is var version and not "1")
            throw CheckpointFile.Malformed(path, $"its version is {version}; known is version 1");
        if (!int.TryParse(
                PropertiesFile.Require(properties, "node.id", path),
                NumberStyles.None, CultureInfo.InvariantCulture, out var nodeId))
        {
            throw CheckpointFile.Malformed(path, "its node.id is no number");
        }

        return KafkaUuid.TryParse(PropertiesFile.Require(properties, "directory.id", path), out var directoryId)
            ? new MetaProperties(PropertiesFile.Require(properties, "cluster.id", path), new BrokerId(nodeId), directoryId)
            : throw CheckpointFile.Malformed(path, "its directory.id is no uuid");
    }

    public void Write(IFileSystem files, string directory) => files.WriteAtomically(
        Path.Combine(directory, FileName),
        string.Create(
            CultureInfo.InvariantCulture,
            $"cluster.id={ClusterId}\ndirectory.id={KafkaUuid.Format(DirectoryId)}\nnode.id={NodeId.Value}\nversion=1\n"));

    /// <summary>Refuses a directory of another cluster or broker.</summary>
    /// <exception cref="ReplicationException">INCONSISTENT_CLUSTER_ID: it is another cluster's.</exception>
    /// <exception cref="StorageException">It is another broker's.</exception>
    public void RequireOwner(string clusterId, BrokerId nodeId, string directory)
    {
        if (ClusterId != clusterId)
        {
            throw new ReplicationException(
                ErrorCode.InconsistentClusterId,
                $"Data directory {directory} belongs to the cluster '{ClusterId}', not to '{clusterId}'. Nothing was changed.");
        }

        if (NodeId != nodeId)
        {
            throw new StorageException(
                $"Data directory {directory} belongs to broker {NodeId}, not to broker {nodeId}. Nothing was changed.");
        }
    }
}
