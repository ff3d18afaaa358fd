using System.Collections.Immutable;
using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Logs;
using AkkaReplication.Replicas;
using AkkaReplication.Storage;

namespace AkkaReplication.Sessions;

/// <summary>Says what a broker's log directories hold, from what its replicas have published.</summary>
internal static class LogDirAnswers
{
    public static DescribeLogDirsResponse Describe(BrokerContext broker, DescribeLogDirsRequest request)
    {
        try
        {
            var directories = broker.Storage.Logs
                .Where(log => request.Topics is not { } topics || topics.Contains(log.Name.Topic))
                .GroupBy(log => Path.GetDirectoryName(log.Directory) ?? log.Directory)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => Describe(broker, group.Key, [.. group]));
            return new DescribeLogDirsResponse(ErrorCode.None, [.. directories]);
        }
        catch (StorageException)
        {
            // The broker's storage is being closed.
            return new DescribeLogDirsResponse(ErrorCode.BrokerNotAvailable, []);
        }
    }

    private static LogDirDescription Describe(BrokerContext broker, string path, PartitionLog[] logs)
    {
        var replicas = ImmutableArray.CreateBuilder<ReplicaInfo>(logs.Length);
        foreach (var log in logs)
        {
            // A log without a replica is about to be set aside.
            if (broker.Replicas.TryGet(log.Id, out var replica) && replica.View is { } view)
                replicas.Add(Describe(log, view));
        }

        var failed = Array.Exists(logs, log => log.Failure is not null);
        return new LogDirDescription(
            failed ? ErrorCode.KafkaStorageError : ErrorCode.None, path, replicas.ToImmutable());
    }

    private static ReplicaInfo Describe(PartitionLog log, ReadView view) => new(
        log.Name,
        view.Role,
        view.LeaderEpoch,
        log.SizeBytes,
        Math.Max(0, view.HighWatermark - view.LogEndOffset),
        view.LogStartOffset,
        view.HighWatermark,
        view.LogEndOffset);
}
