using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Metadata;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Clients.Calls;

/// <summary>
/// Metadata. What it says of addresses and topics' ids is remembered for all clients of the cluster. Partition epochs, eligible
/// leader replicas, settings and how far the broker has followed the metadata are not in Kafka's answer.
/// </summary>
internal sealed class MetadataCall(long id, MetadataRequest request, RemoteCluster cluster)
    : KafkaCall<Messages.MetadataResponse>(id, ApiKey.Metadata)
{
    /// <summary>The first that says whether topics are to be made.</summary>
    public const short FirstVersion = 4;

    public override short LowestVersion => FirstVersion;

    public override IKafkaRequest ToRequest(short version) => new Messages.MetadataRequest
    {
        Topics = request.Topics is { } names
            ? [.. names.Select(name => new Messages.MetadataRequest.Topic { Name = name })]
            : null,
        AllowAutoTopicCreation = cluster.Options.AllowAutoCreateTopics && request.Topics is not null,
    };

    /// <summary>Not in answer to this: sessions open only where brokers offer it, and there is no error of it as a whole.</summary>
    public override ClientResponse Fail(ErrorCode error, string message) => throw new ReplicationException(error, message);

    protected override ClientResponse FromResponse(Messages.MetadataResponse response, short version)
    {
        foreach (var broker in response.Brokers)
            cluster.Learn(new BrokerId(broker.NodeId), new BrokerAddress(broker.Host, broker.Port));
        return new MetadataResponse(
            response.ClusterId ?? "",
            MetadataOffset: -1,
            new BrokerId(response.ControllerId),
            [.. response.Brokers.Select(Describe)],
            [.. response.Topics.Select(Describe)]);
    }

    private BrokerInfo Describe(Messages.MetadataResponse.Broker broker) =>
        new(new BrokerId(broker.NodeId), broker.Rack, Fenced: false)
        {
            Endpoints =
            [
                new BrokerEndpoint(
                    cluster.Options.SecurityProtocol == SecurityProtocol.Ssl ? "SSL" : "PLAINTEXT", broker.Host, broker.Port),
            ],
        };

    private TopicInfo Describe(Messages.MetadataResponse.Topic topic)
    {
        var told = new TopicId(topic.TopicId);
        var name = topic.Name ?? "";

        // Of all topics there are, only those that a client has named are kept.
        var id = topic.ErrorCode == ErrorCode.None && request.Topics is not null ? cluster.Topics.Learn(name, told) : told;
        return new TopicInfo(
            name, id, topic.ErrorCode, [.. topic.Partitions.Select(Describe)], ImmutableSortedDictionary<string, string>.Empty);
    }

    private static PartitionInfo Describe(Messages.MetadataResponse.Partition partition) => new(
        partition.PartitionIndex,
        partition.ErrorCode,
        new BrokerId(partition.LeaderId),
        new LeaderEpoch(partition.LeaderEpoch),
        new PartitionEpoch(-1),
        [.. partition.ReplicaNodes.Select(node => new BrokerId(node))],
        [.. partition.IsrNodes.Select(node => new BrokerId(node))],
        []);
}
