using System.Collections.Immutable;
using Akka.Actor;
using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Replicas;

namespace AkkaReplication.Sessions;

/// <summary>One partition's part of a fetch: where the answer has it, and through which view up to where it may be read.</summary>
internal readonly record struct ConsumerPosition(int Index, FetchPosition Position, ReadView View, long UpToOffset)
{
    /// <summary>The answer where nothing is to be read.</summary>
    public PartitionFetched Empty => Fetched(ReadOnlyMemory<byte>.Empty);

    /// <summary>What is known before anything is read.</summary>
    public PartitionFetched WithoutRecords(in ReadBound bound)
    {
        if (bound.Error != ErrorCode.None)
            return Failed(bound.Error);
        return bound.Diverging is { } diverging
            ? Empty with { DivergingEpoch = diverging.Epoch, DivergingEpochEnd = diverging.EndOffset }
            : Empty;
    }

    public PartitionFetched Failed(ErrorCode error) => Failed(Position, error, View);

    public PartitionFetched Fetched(ReadOnlyMemory<byte> records) => new(
        Position.Partition,
        ErrorCode.None,
        View.HighWatermark,
        View.LastStableOffset,
        View.LogStartOffset,
        LeaderEpoch.None,
        -1,
        records);

    public static PartitionFetched Failed(FetchPosition position, ErrorCode error, ReadView? view = null) => new(
        position.Partition,
        error,
        view?.HighWatermark ?? -1,
        view?.LastStableOffset ?? -1,
        view?.LogStartOffset ?? -1,
        LeaderEpoch.None,
        -1,
        ReadOnlyMemory<byte>.Empty);
}

/// <summary>A fetch's reads from one log directory.</summary>
/// <param name="MaxBytes">Of all records together; the first batch may exceed it (KIP-74).</param>
/// <param name="Credit">Bytes taken for them.</param>
internal sealed record ConsumerReads(
    long CallId, int Attempt, int LogDir, ImmutableArray<ConsumerPosition> Positions, int MaxBytes, int Credit) : LogDirWork
{
    public override object Run()
    {
        var results = ImmutableArray.CreateBuilder<PartitionFetched>(Positions.Length);
        ImmutableArray<(TopicIdPartition, string)> failures = [];
        var bytes = 0;
        foreach (var position in Positions)
        {
            try
            {
                var result = Read(position, Math.Min(position.Position.MaxBytes, MaxBytes - bytes), atLeastOneBatch: bytes == 0);
                bytes += result.Records.Length;
                results.Add(result);
            }
            catch (Exception e)
            {
                // Whatever it is, the client must hear of it, and the replica goes offline as after a storage error (F1).
                failures = failures.Add((position.Position.Partition, e.Message));
                results.Add(position.Failed(ErrorCode.KafkaStorageError));
            }
        }

        return new ConsumerReadsDone(this, results.MoveToImmutable(), failures);
    }

    private static PartitionFetched Read(in ConsumerPosition position, int maxBytes, bool atLeastOneBatch)
    {
        if (maxBytes <= 0)
            return position.Empty;

        var log = position.View.Log;
        var records = log.Read(position.Position.Offset, position.UpToOffset, maxBytes, atLeastOneBatch);

        // Bytes read while the log was being truncated may be of no record that ever was committed.
        return log.IsCurrent ? position.Fetched(records) : position.Empty;
    }
}

/// <summary>To the session: what was read for a fetch.</summary>
/// <param name="Results">One for each position of the reads, in their order.</param>
internal sealed record ConsumerReadsDone(
    ConsumerReads Reads,
    ImmutableArray<PartitionFetched> Results,
    ImmutableArray<(TopicIdPartition Partition, string Reason)> Failures) : INoSerializationVerificationNeeded;
