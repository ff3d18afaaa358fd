using System.Collections.Immutable;
using Akka.Actor;
using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Replicas;

namespace AkkaReplication.Sessions;

/// <summary>One partition's part of a ListOffsets call.</summary>
internal sealed record OffsetSearch(
    long CallId, int Index, OffsetQuery Query, ReadView View, IsolationLevel Isolation, long NowMs) : LogDirWork
{
    public override object Run()
    {
        try
        {
            var found = ConsumerRead.FindOffset(View, Query.LeaderEpoch, Query.TimestampMs, Isolation, NowMs);
            return new OffsetFound(this, Answer(found), null);
        }
        catch (Exception e)
        {
            // Whatever it is, the client must hear of it, and the replica goes offline as after a storage error (F1).
            return new OffsetFound(this, Failed(ErrorCode.KafkaStorageError), e.Message);
        }
    }

    public PartitionOffset Failed(ErrorCode error) => new(Query.Partition, error, -1, -1, LeaderEpoch.None);

    private PartitionOffset Answer(in OffsetAnswer found) =>
        new(Query.Partition, found.Error, found.TimestampMs, found.Offset, found.LeaderEpoch);
}

/// <summary>To the session: what an <see cref="OffsetSearch"/> found.</summary>
internal sealed record OffsetFound(OffsetSearch Search, PartitionOffset Answer, string? Failure)
    : INoSerializationVerificationNeeded;

/// <summary>A ListOffsets call of which some partitions are decided: the single answer goes when all are.</summary>
internal sealed class PendingOffsets(ListOffsetsRequest request)
{
    private readonly PartitionOffset?[] _answers = new PartitionOffset?[request.Queries.Length];
    private int _decided;

    public bool IsComplete => _decided == _answers.Length;

    public void Add(int index, PartitionOffset answer)
    {
        _answers[index] = answer;
        _decided++;
    }

    /// <summary>All answers; whatever is not there yet gets the error.</summary>
    public ImmutableArray<PartitionOffset> Answers(ErrorCode otherwise) => [.. _answers.Select((answer, i) =>
        answer ?? new PartitionOffset(request.Queries[i].Partition, otherwise, -1, -1, LeaderEpoch.None))];
}
