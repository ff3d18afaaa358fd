using AkkaReplication.Controller;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Storage.Checkpoints;
using AkkaReplication.Storage.Files;

namespace AkkaReplication;

/// <summary>
/// The part of a cluster's data directory that belongs to no broker: its lock, its identity and its metadata log. Held by
/// one embedded cluster at a time.
/// </summary>
internal sealed class ClusterDirectory : IDisposable
{
    public const string Name = "controller";

    private readonly IDisposable _lock;

    private ClusterDirectory(string clusterId, IDisposable @lock, LocalVoter voter)
    {
        ClusterId = clusterId;
        _lock = @lock;
        Voter = voter;
    }

    public string ClusterId { get; }

    public LocalVoter Voter { get; }

    /// <summary>Takes the directory, and makes it a new cluster's where it is empty and the options say so (Q8).</summary>
    public static ClusterDirectory Open(EmbeddedClusterOptions options, IReadOnlyList<BrokerId> brokers)
    {
        var files = options.Files;
        var directory = Path.Combine(options.DataDirectory, Name);
        IDisposable? held = null;
        try
        {
            files.CreateDirectoryDurably(directory);
            held = files.Lock(Path.Combine(directory, ".lock"), $"the controller of cluster '{options.Name}'");
            var properties = ReadOrFormat(files, directory, options, brokers);
            var identity = new VoterIdentity(properties.ClusterId, properties.DirectoryId);
            return new ClusterDirectory(properties.ClusterId, held, LocalVoter.Open(files, directory, identity));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StorageException)
        {
            held?.Dispose();
            throw new ReplicationException(
                ErrorCode.KafkaStorageError, $"The data directory {options.DataDirectory} cannot be used: {e.Message}", e);
        }
        catch
        {
            held?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Voter.Dispose();
        _lock.Dispose();
    }

    private static MetaProperties ReadOrFormat(
        IFileSystem files, string directory, EmbeddedClusterOptions options, IReadOnlyList<BrokerId> brokers)
    {
        if (MetaProperties.Read(files, directory) is { } found)
            return found;

        if (!options.FormatEmptyDirectory)
        {
            throw new ReplicationException(
                ErrorCode.KafkaStorageError,
                $"{options.DataDirectory} holds no cluster, and FormatEmptyDirectory is off.");
        }

        // A blank controller must not found an empty cluster over brokers that hold another one's data (Q8).
        foreach (var data in brokers.SelectMany(broker => options.LogDirsOf(broker)))
        {
            if (files.FileExists(Path.Combine(data, MetaProperties.FileName)))
            {
                throw new ReplicationException(
                    ErrorCode.InconsistentClusterId,
                    $"{data} belongs to a cluster whose metadata is gone from {directory}; a new cluster is not made over it.");
            }
        }

        var formatted = new MetaProperties(NewClusterId(), new BrokerId(0), Guid.NewGuid());
        formatted.Write(files, directory);
        return formatted;
    }

    /// <summary>Sixteen random bytes as Kafka writes them: base 64 for URLs, without padding.</summary>
    private static string NewClusterId() =>
        Convert.ToBase64String(Guid.NewGuid().ToByteArray()).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
