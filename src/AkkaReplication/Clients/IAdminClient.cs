using AkkaReplication.Clients;
using AkkaReplication.Controller;

namespace AkkaReplication;

/// <summary>
/// Topics, their settings, partitions and records, consumer groups, elections, and what the cluster is like. Members may be called from any
/// thread; each ends after default.api.timeout.ms at the latest, with all its repetitions.
/// </summary>
/// <remarks>
/// <para>
/// What is changed is changed item by item, and each item stands or falls alone: where one fails, the exception holds the
/// results of all. What is described carries an error per item instead. <see cref="ErrorCodes.IsRetriable"/> says of every
/// error, also of a result's, whether the same request may succeed later;
/// <see cref="ReplicationException.MayHaveBeenCarriedOut"/> says that a change that failed may have happened nevertheless,
/// as after a lost connection.
/// </para>
/// <para>
/// An empty collection asks for nothing, and its result is empty. A collection that is null is an
/// <see cref="ArgumentNullException"/>, a null within one, a negative partition or a partition named twice an
/// <see cref="ArgumentException"/>; everything else is the cluster's to judge. A cancelled token ends the wait and all
/// repetitions, but not what a broker is doing already. After disposal every member throws
/// <see cref="ObjectDisposedException"/>; calls under way then fail as ReplicationException INVALID_REQUEST.
/// </para>
/// </remarks>
public interface IAdminClient : IAsyncDisposable
{
    /// <summary>
    /// Creates topics. Ends when the controller has committed them; brokers may learn of them a moment later. One request
    /// creates fewer than 10,000 partitions: POLICY_VIOLATION.
    /// </summary>
    /// <param name="validateOnly">Only checks whether they could be created.</param>
    /// <exception cref="TopicsException">A topic was not created; the others may have been.</exception>
    /// <exception cref="ReplicationException">The whole request failed.</exception>
    Task<IReadOnlyList<TopicResult>> CreateTopicsAsync(
        IEnumerable<TopicSpecification> topics, bool validateOnly = false, CancellationToken ct = default);

    /// <summary>Deletes topics with all their records.</summary>
    /// <exception cref="TopicsException">A topic was not deleted; the others may have been.</exception>
    /// <exception cref="ReplicationException">The whole request failed.</exception>
    Task<IReadOnlyList<TopicResult>> DeleteTopicsAsync(IEnumerable<string> names, CancellationToken ct = default);

    /// <summary>
    /// Gives topics more partitions; fewer is not possible (INVALID_PARTITIONS). Records with a key go elsewhere from then
    /// on; producers and consumers learn of the new partitions with their next metadata (metadata.max.age.ms).
    /// </summary>
    /// <param name="validateOnly">Only checks whether they could be created.</param>
    /// <exception cref="TopicsException">A topic was not changed; the others may have been.</exception>
    /// <exception cref="ReplicationException">The whole request failed.</exception>
    Task<IReadOnlyList<TopicResult>> CreatePartitionsAsync(
        IEnumerable<PartitionsSpecification> topics, bool validateOnly = false, CancellationToken ct = default);

    /// <summary>The names of all topics, as one broker knows them now.</summary>
    /// <exception cref="ReplicationException">No broker answered.</exception>
    Task<IReadOnlyList<TopicListing>> ListTopicsAsync(CancellationToken ct = default);

    /// <summary>
    /// Topics as one broker knows them now: of each partition leader, epochs, replicas, ISR and ELR.
    /// </summary>
    /// <param name="names">Null for all.</param>
    /// <returns>One entry per name; one whose Error is not NONE cannot be described.</returns>
    /// <exception cref="ReplicationException">No broker answered.</exception>
    Task<IReadOnlyList<TopicInfo>> DescribeTopicsAsync(
        IEnumerable<string>? names = null, CancellationToken ct = default);

    /// <summary>The cluster as one broker knows it now.</summary>
    /// <exception cref="ReplicationException">No broker answered.</exception>
    Task<ClusterInfo> DescribeClusterAsync(CancellationToken ct = default);

    /// <summary>
    /// Every setting of topics and brokers that is in force, whether it was set, and what is accepted. Topics are described
    /// by one broker, which may learn of a change a moment after it; brokers describe themselves.
    /// </summary>
    /// <returns>
    /// One entry per resource. One whose Error is not NONE cannot be described: BROKER_ID_NOT_REGISTERED for a broker that
    /// never was, BROKER_NOT_AVAILABLE for one that does not live.
    /// </returns>
    /// <exception cref="ReplicationException">No broker answered.</exception>
    Task<IReadOnlyList<ConfigDescription>> DescribeConfigsAsync(
        IEnumerable<ConfigResource> resources, CancellationToken ct = default);

    /// <summary>
    /// Changes settings of topics, each resource wholly or not at all (KIP-339); what is not named stays. Ends when the
    /// controller has committed the changes; they reach living replicas a moment later. A broker's settings are its host's
    /// configuration: INVALID_REQUEST.
    /// </summary>
    /// <param name="validateOnly">Only checks whether the changes would be accepted.</param>
    /// <exception cref="ConfigsException">
    /// A resource was not changed, for INVALID_CONFIG the message says what is accepted; the others may have been.
    /// </exception>
    /// <exception cref="ReplicationException">The whole request failed.</exception>
    Task<IReadOnlyList<ConfigResult>> IncrementalAlterConfigsAsync(
        IReadOnlyDictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>> changes,
        bool validateOnly = false,
        CancellationToken ct = default);

    /// <summary>
    /// Deletes all records below an offset (KIP-107), <see cref="Offset.End"/> for all below the high watermark at that
    /// moment. A partition is done when every replica that lives or is in sync has followed: no clean election among them
    /// brings a record back. After a crash of all replicas within replica.high.watermark.checkpoint.interval.ms it can.
    /// Consumers before the new start go on as auto.offset.reset says.
    /// </summary>
    /// <returns>One entry per partition, with the least offset that any replica still has.</returns>
    /// <exception cref="DeleteRecordsException">
    /// A partition failed; the others may be done. OFFSET_OUT_OF_RANGE beyond the high watermark; REQUEST_TIMED_OUT where
    /// the leader deleted, but a replica has not followed in time; UNKNOWN_TOPIC_OR_PARTITION when it was unknown for 5 s.
    /// </exception>
    Task<IReadOnlyList<DeletedRecords>> DeleteRecordsAsync(
        IEnumerable<TopicPartitionOffset> beforeOffsets, CancellationToken ct = default);

    /// <summary>Offsets at the ends of partitions, or by time, as their leaders know them now.</summary>
    /// <returns>One entry per partition; one whose Error is not NONE has no offset.</returns>
    Task<IReadOnlyList<ListOffsetsResult>> ListOffsetsAsync(
        IEnumerable<TopicPartitionOffsetSpec> partitions,
        IsolationLevel isolation = IsolationLevel.ReadUncommitted,
        CancellationToken ct = default);

    /// <summary>
    /// What the log directories of brokers hold: of each replica its size, log start, high watermark, end and lag (KIP-113).
    /// </summary>
    /// <param name="brokers">Null for all that live.</param>
    /// <param name="topics">Null for all.</param>
    /// <returns>One entry per broker; one whose Error is not NONE did not answer.</returns>
    /// <exception cref="ReplicationException">No broker answered.</exception>
    Task<IReadOnlyList<BrokerLogDirs>> DescribeLogDirsAsync(
        IEnumerable<BrokerId>? brokers = null, IEnumerable<string>? topics = null, CancellationToken ct = default);

    /// <summary>Elects leaders by hand.</summary>
    /// <param name="partitions">Null for all.</param>
    /// <returns>One entry per partition that was named; ELECTION_NOT_NEEDED is no failure.</returns>
    /// <exception cref="ReplicationException">The whole request failed.</exception>
    Task<IReadOnlyList<ElectionResult>> ElectLeadersAsync(
        ElectionType type, IEnumerable<TopicPartition>? partitions = null, CancellationToken ct = default);

    /// <summary>The groups that there are, of all brokers that live.</summary>
    /// <exception cref="ReplicationException">A broker did not answer: its groups would be missing.</exception>
    Task<IReadOnlyList<ConsumerGroupListing>> ListConsumerGroupsAsync(CancellationToken ct = default);

    /// <summary>Groups as their coordinators know them: state, members, and what each member reads.</summary>
    /// <returns>
    /// One entry per group, in state Dead for one that does not exist. One whose Error is not NONE cannot be described.
    /// </returns>
    Task<IReadOnlyList<ConsumerGroupDescription>> DescribeConsumerGroupsAsync(
        IEnumerable<string> groupIds, CancellationToken ct = default);

    /// <summary>Deletes groups with their offsets. One that has members is kept: NON_EMPTY_GROUP.</summary>
    /// <exception cref="GroupsException">A group was not deleted; the others may have been.</exception>
    Task<IReadOnlyList<DeletedGroup>> DeleteConsumerGroupsAsync(
        IEnumerable<string> groupIds, CancellationToken ct = default);

    /// <summary>What a group has committed.</summary>
    /// <param name="partitions">Null for all that it has committed.</param>
    /// <returns>One entry per partition; <see cref="Offset.Unset"/> where nothing is committed.</returns>
    /// <exception cref="ReplicationException">The group's coordinator did not tell.</exception>
    Task<IReadOnlyList<TopicPartitionOffset>> ListConsumerGroupOffsetsAsync(
        string groupId, IEnumerable<TopicPartition>? partitions = null, CancellationToken ct = default);

    /// <summary>
    /// Commits offsets for a group, which then goes on there. While it has members they alone can: UNKNOWN_MEMBER_ID.
    /// </summary>
    /// <exception cref="CommitFailedException">A partition's offset was not committed; the others may have been.</exception>
    /// <exception cref="ReplicationException">The group's coordinator did not answer.</exception>
    Task AlterConsumerGroupOffsetsAsync(
        string groupId, IEnumerable<TopicPartitionOffset> offsets, CancellationToken ct = default);

    /// <summary>
    /// Deletes what a group has committed, of topics that it is not subscribed to: GROUP_SUBSCRIBED_TO_TOPIC.
    /// </summary>
    /// <exception cref="CommitFailedException">A partition's offset was not deleted; the others may have been.</exception>
    /// <exception cref="ReplicationException">The group's coordinator did not answer; GROUP_ID_NOT_FOUND.</exception>
    Task DeleteConsumerGroupOffsetsAsync(
        string groupId, IEnumerable<TopicPartition> partitions, CancellationToken ct = default);
}
