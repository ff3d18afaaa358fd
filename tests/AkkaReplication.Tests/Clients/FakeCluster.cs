using System.Collections.Immutable;
using Akka.Actor;
using AkkaReplication.Clients;
using AkkaReplication.Controller;

namespace AkkaReplication.Tests.Clients;

/// <summary>
/// Actors that stand where brokers stand and answer a client's calls from a common memory, so that the client's shells
/// are tested without the brokers' side.
/// </summary>
internal sealed class FakeCluster : IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly SortedDictionary<string, (TopicId Id, FakePartition[] Partitions)> _topics =
        new(StringComparer.Ordinal);

    private readonly SortedSet<BrokerId> _alive = [];
    private readonly IActorRef _root;
    private long _metadataOffset;
    private long _lastProducerId = 100;

    public FakeCluster(int brokers = 3)
    {
        System = ActorSystem.Create("fake", "akka.loglevel = WARNING");
        _root = System.ActorOf(Props.Create(() => new RootActor(this)), "akkarepl-fake");
        Bootstrap = [.. Enumerable.Range(0, brokers).Select(id => new BrokerId(id))];
        foreach (var broker in Bootstrap)
            Start(broker);
        Client = new ReplicationClient(System, "fake", Bootstrap);
    }

    public ActorSystem System { get; }

    public ImmutableArray<BrokerId> Bootstrap { get; }

    public ReplicationClient Client { get; }

    /// <summary>Called for every request before it is served; false: it is swallowed.</summary>
    public Func<BrokerId, ClientRequest, bool> OnRequest { get; set; } = static (_, _) => true;

    public static async Task<FakeCluster> WithTopic(string name, int partitions = 1)
    {
        var cluster = new FakeCluster();
        await cluster.CreateTopic(name, partitions);
        return cluster;
    }

    public async Task CreateTopic(string name, int partitions)
    {
        await using var admin = Client.CreateAdminClient();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = name, NumPartitions = partitions }]);
    }

    public FakePartition Partition(string topic, int partition)
    {
        lock (_gate)
            return _topics[topic].Partitions[partition];
    }

    /// <summary>Changes what partitions hold, and lets clients find out.</summary>
    public void Change(Action change)
    {
        lock (_gate)
        {
            change();
            _metadataOffset++;
        }
    }

    public void Start(BrokerId broker)
    {
        lock (_gate)
            _alive.Add(broker);
        _root.Ask<ActorIdentity>(new RootActor.StartBroker(broker)).Wait(TimeSpan.FromSeconds(10));
    }

    /// <summary>Kills a broker and moves its leaderships to the next one that lives.</summary>
    public async Task Kill(BrokerId broker, bool moveLeaders = true)
    {
        await _root.Ask<RootActor.BrokerStopped>(new RootActor.StopBroker(broker));
        lock (_gate)
        {
            _alive.Remove(broker);
            if (!moveLeaders)
                return;

            foreach (var partition in _topics.Values.SelectMany(t => t.Partitions).Where(p => p.Leader == broker))
            {
                partition.Leader = _alive.FirstOrDefault(b => b > broker, _alive.Min);
                partition.LeaderEpoch = partition.LeaderEpoch.Next();
            }

            _metadataOffset++;
        }
    }

    public async ValueTask DisposeAsync() => await System.Terminate();

    /// <summary>The answer to a request; null for none, and for a fetch that should wait.</summary>
    public ClientResponse? Serve(BrokerId broker, ClientRequest request)
    {
        if (!OnRequest(broker, request))
            return null;

        lock (_gate)
        {
            return request switch
            {
                MetadataRequest metadata => Describe(metadata),
                InitProducerIdRequest => new InitProducerIdResponse(ErrorCode.None, ++_lastProducerId, 0),
                ProduceRequest produce => Produce(broker, produce),
                FetchRequest fetch => Fetch(broker, fetch),
                ListOffsetsRequest offsets => new ListOffsetsResponse(
                    [.. offsets.Queries.Select(q => Find(q.Partition).FindOffset(q.TimestampMs))]),
                CreateTopicsRequest create =>
                    new CreateTopicsResponse(ErrorCode.None, [.. create.Topics.Select(Create)]),
                DeleteTopicsRequest delete =>
                    new DeleteTopicsResponse(ErrorCode.None, [.. delete.Names.Select(Delete)]),
                ElectLeadersRequest elect => new ElectLeadersResponse(
                    ErrorCode.None,
                    [
                        .. (elect.Partitions ?? [])
                            .Select(p => new ElectionResult(p, ErrorCode.ElectionNotNeeded, null)),
                    ]),
                _ => throw new InvalidOperationException($"{request} is not faked."),
            };
        }
    }

    private MetadataResponse Describe(MetadataRequest request) => new(
        "fake-cluster-id",
        _metadataOffset,
        _alive.Count > 0 ? _alive.Min : BrokerId.None,
        [.. Bootstrap.Select(b => new BrokerInfo(b, null, !_alive.Contains(b)))],
        [.. (request.Topics ?? [.. _topics.Keys]).Select(Describe)]);

    private TopicInfo Describe(string name)
    {
        var configs = ImmutableSortedDictionary<string, string>.Empty;
        if (!_topics.TryGetValue(name, out var topic))
            return new TopicInfo(name, TopicId.None, ErrorCode.UnknownTopicOrPartition, [], configs);

        var partitions = topic.Partitions.Select(p => new PartitionInfo(
            p.Partition.Partition,
            ErrorCode.None,
            p.Leader,
            p.LeaderEpoch,
            new PartitionEpoch((int)_metadataOffset),
            Bootstrap,
            [.. _alive],
            []));
        return new TopicInfo(name, topic.Id, ErrorCode.None, [.. partitions], configs);
    }

    private ProduceResponse Produce(BrokerId broker, ProduceRequest request)
    {
        var results = request.Batches.Select(batch =>
        {
            var partition = Find(batch.Partition);
            return partition.Leader == broker
                ? partition.Append(batch)
                : new PartitionProduced(batch.Partition, ErrorCode.NotLeaderOrFollower, -1, -1, -1, null);
        });
        return new ProduceResponse([.. results]);
    }

    private FetchResponse Fetch(BrokerId broker, FetchRequest request)
    {
        var results = request.Positions.Select(position =>
        {
            var partition = Find(position.Partition);
            return partition.Leader == broker
                ? partition.Fetch(position)
                : partition.Refuse(ErrorCode.NotLeaderOrFollower);
        });
        return new FetchResponse([.. results]);
    }

    private FakePartition Find(TopicIdPartition partition) =>
        _topics.Values.Single(t => t.Id == partition.TopicId).Partitions[partition.Partition];

    private TopicResult Create(NewTopic topic)
    {
        if (_topics.ContainsKey(topic.Name))
            return new TopicResult(topic.Name, TopicId.None, ErrorCode.TopicAlreadyExists, "It is there.");

        var id = new TopicId(Guid.NewGuid());
        var partitions = Enumerable.Range(0, Math.Max(topic.Partitions, 1))
            .Select(i => new FakePartition(new TopicIdPartition(id, i)) { Leader = Bootstrap[i % Bootstrap.Length] })
            .ToArray();
        _topics.Add(topic.Name, (id, partitions));
        _metadataOffset++;
        return new TopicResult(topic.Name, id, ErrorCode.None, null);
    }

    private TopicResult Delete(string name)
    {
        var error = _topics.Remove(name, out var topic) ? ErrorCode.None : ErrorCode.UnknownTopicOrPartition;
        _metadataOffset++;
        return new TopicResult(name, topic.Id, error, null);
    }
}
