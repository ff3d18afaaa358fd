using Akka.Actor;
using AkkaReplication.Effects;
using AkkaReplication.Links;
using AkkaReplication.Metadata;

namespace AkkaReplication.Replicas;

/// <summary>What a replica's actor is told by the other actors of its own broker; never crosses to another broker.</summary>
internal static class ReplicaProtocol
{
    /// <summary>
    /// A client's batch; answered to <paramref name="Session"/> by <see cref="Produced"/>, or where acks is 0 by
    /// <see cref="Taken"/>.
    /// </summary>
    public sealed record Produce(
        IActorRef Session, long CallId, short Acks, int TimeoutMs, LeaderEpoch LeaderEpoch, ReadOnlyMemory<byte> Batch)
        : INoSerializationVerificationNeeded;

    /// <summary>The outcome of a <see cref="Produce"/>.</summary>
    public sealed record Produced(TopicIdPartition Partition, long CallId, ProduceCompleted Result)
        : INoSerializationVerificationNeeded;

    /// <summary>A batch with acks=0 has been appended, or dropped: it occupies this replica's mailbox no more.</summary>
    public sealed record Taken(TopicIdPartition Partition, long CallId) : INoSerializationVerificationNeeded;

    /// <summary>Delete everything below the offset; answered by <see cref="RecordsDeleted"/> to <paramref name="Session"/>.</summary>
    public sealed record DeleteRecords(
        IActorRef Session, long CallId, int TimeoutMs, LeaderEpoch LeaderEpoch, long Offset)
        : INoSerializationVerificationNeeded;

    /// <summary>The outcome of a <see cref="DeleteRecords"/>.</summary>
    public sealed record RecordsDeleted(TopicIdPartition Partition, long CallId, DeleteRecordsCompleted Result)
        : INoSerializationVerificationNeeded;

    /// <summary>A follower's position, from the link to its broker.</summary>
    public sealed record FollowerFetched(FollowerFetch Fetch) : INoSerializationVerificationNeeded;

    /// <summary>The leader's answer, from the link to its broker.</summary>
    public sealed record LeaderAnswered(FetchedPartition Fetched) : INoSerializationVerificationNeeded;

    /// <summary>New metadata for this partition.</summary>
    public sealed record Update(PartitionUpdate Partition, BrokersView Brokers) : INoSerializationVerificationNeeded;

    /// <summary>Brokers were fenced, unfenced or registered; told to links, too, which share the memory among leaders.</summary>
    public sealed record BrokersChanged(BrokersView Brokers) : INoSerializationVerificationNeeded;

    /// <summary>The controller's word on an ISR proposal.</summary>
    public sealed record IsrAnswered(IsrProposalAnswer Answer) : INoSerializationVerificationNeeded;

    /// <summary>To the broker: propose this ISR, or withdraw the proposal.</summary>
    public sealed record IsrWanted(Effect Effect) : INoSerializationVerificationNeeded;

    /// <summary>To the broker: this replica has its log.</summary>
    public sealed class Opened : INoSerializationVerificationNeeded
    {
        public static readonly Opened Instance = new();
    }

    /// <summary>To the broker: this replica cannot serve any more.</summary>
    /// <param name="Unexpected">The actor met an exception that is no storage error: its memory is not to be trusted.</param>
    public sealed record Failed(TopicIdPartition Partition, LeaderEpoch LeaderEpoch, string Reason, bool Unexpected)
        : INoSerializationVerificationNeeded;

    /// <summary>A follower's link was alive (E3).</summary>
    public sealed record FollowerSeen(ReportFollowerContact Contact) : INoSerializationVerificationNeeded;

    /// <summary>A read through this replica's view failed.</summary>
    public sealed record ReadFailed(string Reason) : INoSerializationVerificationNeeded;

    /// <summary>To the replica: answer whoever waits, and stop.</summary>
    public sealed class Close : INoSerializationVerificationNeeded
    {
        public static readonly Close Instance = new();
    }

    /// <summary>To the replica: look at what has aged.</summary>
    public sealed class RetentionDue : INoSerializationVerificationNeeded
    {
        public static readonly RetentionDue Instance = new();
    }

    /// <summary>To the link: say who follows over it (E3).</summary>
    public sealed class ReportContacts : INoSerializationVerificationNeeded
    {
        public static readonly ReportContacts Instance = new();
    }

    /// <summary>To the link: what a replica wants of it.</summary>
    public sealed record ToLink(TopicIdPartition Partition, Effect Effect) : INoSerializationVerificationNeeded;
}
