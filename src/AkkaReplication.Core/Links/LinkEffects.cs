using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Replicas;

namespace AkkaReplication.Links;

/// <summary>Send the request to the leader's broker; it may be lost.</summary>
public sealed record SendPeerFetch(PeerFetch Fetch) : Effect;

/// <summary>Hand a leader's answer to the follower's replica.</summary>
public sealed record DeliverFetched(TopicIdPartition Partition, FetchedPartition Fetched) : Effect;

/// <summary>Call the link's OnTimer after the delay; a newer request replaces the older.</summary>
public sealed record StartLinkTimer(long DelayMs) : Effect;

/// <summary>
/// Hand a follower's position to the leader's replica. Its answer comes back through LeaderLink.OnFetchAnswered; where
/// there is no such replica, through OnReplicaUnknown.
/// </summary>
public sealed record AskReplica(FollowerFetch Fetch) : Effect;

/// <summary>Send an answer that needs no read.</summary>
public sealed record SendAnswer(PeerFetchAnswer Answer) : Effect;

/// <summary>
/// The follower follows that partition under that epoch, and its link was alive then: for Replica.OnFollowerContact.
/// </summary>
public sealed record ReportFollowerContact(
    TopicIdPartition Partition, BrokerId Follower, LeaderEpoch LeaderEpoch, long AtMs) : Effect;

/// <summary>One partition's bytes to be read for an answer.</summary>
/// <param name="Request">From which offset.</param>
/// <param name="View">Through which view; its log end bounds the read.</param>
/// <param name="MaxBytes">One batch may exceed it.</param>
public readonly record struct LinkRead(FollowerFetch Request, ReadView View, int MaxBytes)
{
    /// <summary>The answer where its bytes are in memory; waits for no disk.</summary>
    public FetchedPartition? ReadFromMemory(int maxBytes) =>
        View.Log.TryReadFromMemory(Request.FetchOffset, View.LogEndOffset, Math.Min(MaxBytes, maxBytes), out var records)
            ? FetchedPartition.To(Request, ErrorCode.None, null, View, records)
            : null;
}

/// <summary>A read that failed: the replica is to be told, by Replica.OnStorageFailed.</summary>
public readonly record struct FailedRead(TopicIdPartition Partition, string Reason);

/// <summary>
/// Read these, outside any replica's turn and in any order: see <see cref="Read"/>. What comes out goes back to
/// LeaderLink.OnRead, whenever that is; a disk that hangs holds up nothing but its own partitions.
/// </summary>
/// <param name="MaxBytes">Of all records together; one batch may exceed it.</param>
public sealed record ReadForFollower(ImmutableArray<LinkRead> Reads, int MaxBytes) : Effect
{
    /// <summary>
    /// Reads. Blocks on the disk. A partition that no bytes were left for comes back without records: its follower asks
    /// again.
    /// </summary>
    public ImmutableArray<FetchedPartition> Read(out ImmutableArray<FailedRead> failures)
    {
        var partitions = ImmutableArray.CreateBuilder<FetchedPartition>(Reads.Length);
        failures = [];
        var bytesLeft = MaxBytes;
        foreach (var read in Reads)
        {
            try
            {
                var partition = ReadOne(read, bytesLeft);
                bytesLeft -= partition.Records.Length;
                partitions.Add(partition);
            }
            catch (StorageException e)
            {
                failures = failures.Add(new FailedRead(read.Request.Partition, e.Message));
                partitions.Add(FetchedPartition.To(read.Request, ErrorCode.KafkaStorageError, null, null, default));
            }
        }

        return partitions.MoveToImmutable();
    }

    private static FetchedPartition ReadOne(in LinkRead read, int bytesLeft)
    {
        var view = read.View;
        if (bytesLeft <= 0)
            return FetchedPartition.To(read.Request, ErrorCode.None, null, view, default);

        var records = view.Log.Read(
            read.Request.FetchOffset, view.LogEndOffset, Math.Min(read.MaxBytes, bytesLeft), atLeastOneBatch: true);

        // Truncated since: this broker leads no more, and the bytes may be of another history.
        return view.Log.IsCurrent
            ? FetchedPartition.To(read.Request, ErrorCode.None, null, view, records)
            : FetchedPartition.To(read.Request, ErrorCode.NotLeaderOrFollower, null, null, default);
    }
}
