using Akka.Actor;
using AkkaReplication.Clients;
using AkkaReplication.Kafka.Clients;
using AkkaReplication.Kafka.Clients.Calls;
using AkkaReplication.Protocol;

namespace AkkaReplication.Kafka.Tests.Clients;

/// <summary>Clients over sockets have no groups yet, and say so at once.</summary>
public sealed class GroupCallTests
{
    private static readonly TopicPartition Partition = new("orders", 0);

    private static readonly ClientRequest[] OfGroups =
    [
        new FindCoordinatorRequest("g"),
        new JoinGroupRequest("g", 10_000, 10_000, "m", null, "consumer", [], true, true, null),
        new SyncGroupRequest("g", 1, "m", null, null, null, []),
        new HeartbeatRequest("g", 1, "m", null),
        new LeaveGroupRequest("g", [new LeavingMember("m", null)]),
        new OffsetCommitRequest("g", 1, "m", null, [new OffsetToCommit(Partition, 7, LeaderEpoch.None)]),
        new OffsetFetchRequest("g", null),
        new ListGroupsRequest([]),
        new DescribeGroupRequest("g"),
        new DeleteGroupRequest("g"),
        new OffsetDeleteRequest("g", [Partition]),
    ];

    /// <summary>Whoever adds a request to clients has to say what it is over sockets.</summary>
    [Fact]
    public void Every_request_of_clients_is_translated_or_refused()
    {
        Type[] translated =
        [
            typeof(ProduceRequest),
            typeof(FetchRequest),
            typeof(MetadataRequest),
            typeof(ListOffsetsRequest),
            typeof(OffsetForLeaderEpochRequest),
            typeof(InitProducerIdRequest),
            typeof(CreateTopicsRequest),
            typeof(DeleteTopicsRequest),
            typeof(CreatePartitionsRequest),
            typeof(ElectLeadersRequest),
            typeof(IncrementalAlterConfigsRequest),
            typeof(DescribeConfigsRequest),
            typeof(DeleteRecordsRequest),
            typeof(DescribeLogDirsRequest),
        ];
        var all = typeof(ClientRequest).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ClientRequest)) && !t.IsAbstract);

        Assert.Equal(
            all.Select(t => t.Name).Order(), translated.Concat(OfGroups.Select(r => r.GetType())).Select(t => t.Name).Order());
    }

    [Fact]
    public async Task Calls_of_groups_are_refused_at_once_and_the_session_goes_on()
    {
        await using var broker = new FakeBroker();
        using var system = ActorSystem.Create("group-calls", ReplicationReference.Config);
        using var client = Inbox.Create(system);
        var cluster = new Kafka.Clients.RemoteCluster(
            new KafkaClientOptions(), BrokerAddress.ParseList(broker.Address));
        var session = system.ActorOf(KafkaSessionActor.Props(cluster, cluster.BootstrapIds[0]));
        client.Send(session, new OpenClientSession("c"));
        Assert.IsType<ClientSessionOpened>(client.Receive(KafkaCluster.Patience));

        for (var id = 0; id < OfGroups.Length; id++)
        {
            client.Send(session, new ClientCall(id, OfGroups[id]));
            var reply = Assert.IsType<ClientReply>(client.Receive(KafkaCluster.Patience));
            Assert.Equal(id, reply.CorrelationId);
            Assert.Equal(OfGroups[id].GetType().Name.Replace("Request", "Response"), reply.Response.GetType().Name);
            Assert.Equal(ErrorCode.UnsupportedVersion, ErrorOf(reply.Response));
        }

        client.Send(session, new ClientCall(100, new MetadataRequest(null)));
        var metadata = Assert.IsType<ClientReply>(client.Receive(KafkaCluster.Patience));
        Assert.IsType<MetadataResponse>(metadata.Response);
        Assert.All(broker.Asked, asked => Assert.Contains(asked.ApiKey, new[] { ApiKey.ApiVersions, ApiKey.Metadata }));
        Assert.Contains("Consumer groups are not available", Assert.Single(cluster.Failures), StringComparison.Ordinal);
        await system.Terminate();
    }

    /// <summary>By it a member and an administrator begin; so it is this one that says why.</summary>
    [Fact]
    public void The_search_for_a_coordinator_is_told_why()
    {
        var found = Assert.IsType<FindCoordinatorResponse>(GroupCalls.Refuse(new FindCoordinatorRequest("g")));

        Assert.Equal("Consumer groups are not available over this transport yet.", found.Message);
        Assert.False(found.Error.IsRetriable());
    }

    private static ErrorCode ErrorOf(ClientResponse response) => response switch
    {
        OffsetCommitResponse committed => Assert.Single(committed.Results).Error,
        _ => (ErrorCode)response.GetType().GetProperty("Error")!.GetValue(response)!,
    };
}
