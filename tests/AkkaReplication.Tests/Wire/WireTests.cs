using System.Collections.Immutable;
using Akka.Actor;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Links;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;
using AkkaReplication.Wire;

namespace AkkaReplication.Tests.Wire;

public sealed class WireTests : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("wire", ReplicationReference.Config);

    public void Dispose()
    {
        _system.Terminate().Wait(TimeSpan.FromSeconds(10));
        _system.Dispose();
    }

    [Fact]
    public void What_has_a_name_on_the_wire_is_bound_to_the_serializer_and_nothing_else_is()
    {
        var bound = ReplicationReference.Config.GetConfig("akka.actor.serialization-bindings")!
            .AsEnumerable()
            .Where(b => b.Value.GetString() == "akka-replication")
            .Select(b => b.Key);

        Assert.Equal(
            WireManifests.Types.Select(t => $"{t.FullName}, {t.Assembly.GetName().Name}").Order(),
            bound.Order());
    }

    [Fact]
    public void A_fetch_and_its_answer_survive_the_wire()
    {
        var partition = new TopicIdPartition(new TopicId(Guid.NewGuid()), 3);
        var fetch = new FollowerFetch(
            partition, new BrokerId(2), new BrokerEpoch(9), new LeaderEpoch(4), 100, new LeaderEpoch(3), 7);
        var request = new PeerFetch("c", new BrokerId(2), new BrokerEpoch(9), 77, 5, 500, 1000, [fetch], [partition])
        {
            Acknowledged = 4,
        };
        var answer = new PeerFetchAnswer(
            new BrokerId(1),
            new BrokerEpoch(8),
            77,
            5,
            ErrorCode.None,
            [FetchedPartition.To(fetch, ErrorCode.None, new EpochEnd(new LeaderEpoch(2), 50), null, new byte[] { 1, 2, 3 })]);

        var request2 = RoundTrip(request);
        var answer2 = RoundTrip(answer);

        Assert.Equal(request.Positions.Single(), request2.Positions.Single());
        Assert.Equal(request.Forgotten.Single(), request2.Forgotten.Single());
        Assert.Equal(4, request2.Acknowledged);
        Assert.Equal(answer.Partitions.Single().Diverging, answer2.Partitions.Single().Diverging);
        Assert.Equal(answer.Partitions.Single().Records.ToArray(), answer2.Partitions.Single().Records.ToArray());
    }

    [Fact]
    public void Metadata_and_client_calls_survive_the_wire_with_their_kinds()
    {
        var id = new TopicId(Guid.NewGuid());
        var batch = new MetadataBatch(
            new ControllerEpoch(3),
            10,
            [new TopicRecord("orders", id), new TopicConfigRecord(id, "min.insync.replicas", "2")]);
        var answer = new FetchMetadataAnswer("c", new ControllerEpoch(3), ErrorCode.None, false, 11, [batch]);
        var call = new ClientCall(4, new CreateTopicsRequest(
            [new NewTopic("orders", 3, -1, [], ImmutableSortedDictionary<string, string>.Empty.Add("a", "b"))], false, 100));

        Assert.Equal(batch.Records.ToArray(), RoundTrip(answer).Batches.Single().Records.ToArray());
        var topics = Assert.IsType<CreateTopicsRequest>(RoundTrip(call).Request).Topics;
        Assert.Equal("b", topics.Single().Configs["a"]);
    }

    [Fact]
    public void Administrative_calls_and_their_answers_survive_the_wire()
    {
        var orders = ConfigResource.Topic("orders");
        var id = new TopicIdPartition(new TopicId(Guid.NewGuid()), 3);
        var alter = new IncrementalAlterConfigsRequest(
            [new ConfigAlteration(orders, [AlterConfigOp.Set("a", "b"), AlterConfigOp.Delete("c")])], true, 100);
        var entry = new ConfigEntry("a", "b", ConfigSource.DynamicTopicConfig, false, "anything");
        var described = new DescribeConfigsResponse([new ConfigDescription(orders, ErrorCode.None, null, [entry])]);
        var replica = new ReplicaInfo(
            new TopicPartition("orders", 3), ReplicaRole.Follower, new LeaderEpoch(4), 1000, 1, 2, 9, 10);
        var directories = new DescribeLogDirsResponse(
            ErrorCode.None, [new LogDirDescription(ErrorCode.KafkaStorageError, "/data", [replica])]);
        var delete = new DeleteRecordsRequest(100, [new PartitionDeletion(id, new LeaderEpoch(4), -1)]);
        var grow = new CreatePartitions(5, [new NewPartitions("orders", 4, [[new BrokerId(2)]])], false);

        var altered = Assert.IsType<IncrementalAlterConfigsRequest>(RoundTrip(new ClientCall(1, alter)).Request);
        Assert.Equal(orders, altered.Resources.Single().Resource);
        Assert.Equal(alter.Resources.Single().Ops.ToArray(), altered.Resources.Single().Ops.ToArray());
        var configs = Assert.IsType<DescribeConfigsResponse>(RoundTrip(new ClientReply(1, described)).Response);
        Assert.Equal(entry, configs.Results.Single().Entries.Single());
        var found = Assert.IsType<DescribeLogDirsResponse>(RoundTrip(new ClientReply(1, directories)).Response);
        Assert.Equal(replica, found.Directories.Single().Replicas.Single());
        var deleted = Assert.IsType<DeleteRecordsRequest>(RoundTrip(new ClientCall(1, delete)).Request);
        Assert.Equal(delete.Partitions.Single(), deleted.Partitions.Single());
        Assert.Equal(new BrokerId(2), RoundTrip(grow).Topics.Single().Assignments.Single().Single());
    }

    [Fact]
    public void An_actor_is_found_again_by_its_path()
    {
        var actor = _system.ActorOf(Props.Create(() => new Idle()), "idle");
        Assert.Equal(actor, RoundTrip(new ClientSessionOpened(actor, new BrokerId(1))).Session);
    }

    [Fact]
    public void An_unknown_name_is_refused_with_the_known_ones() =>
        Assert.Contains("PFA", Assert.ThrowsAny<Exception>(() => WireManifests.TypeOf("??")).Message, StringComparison.Ordinal);

    private T RoundTrip<T>(T message)
        where T : class
    {
        var serializer = Assert.IsType<ReplicationSerializer>(_system.Serialization.FindSerializerFor(message));
        var bytes = Akka.Serialization.Serialization.WithTransport(
            (ExtendedActorSystem)_system, () => serializer.ToBinary(message));
        return (T)_system.Serialization.Deserialize(bytes, serializer.Identifier, serializer.Manifest(message));
    }

    private sealed class Idle : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }
}
