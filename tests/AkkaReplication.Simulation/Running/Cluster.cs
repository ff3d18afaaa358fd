using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.History;
using AkkaReplication.Links;
using AkkaReplication.Simulation.Checks;
using AkkaReplication.Simulation.Disks;
using AkkaReplication.Simulation.Processes;

namespace AkkaReplication.Simulation.Running;

/// <summary>A value on its way.</summary>
/// <param name="Operation">Null in partitions that are not judged by their histories.</param>
internal sealed record Sending(PendingOperation? Operation);

/// <summary>All processes of a simulation, and how they reach one another.</summary>
internal sealed class Cluster
{
    public const string Id = "sim";

    private const int VoterNode = 100;
    private const int FirstClientNode = 201;

    private readonly Dictionary<TopicPartition, string> _keys = [];
    private readonly Dictionary<TopicIdPartition, long> _deletedBelow = [];
    private readonly Dictionary<TopicIdPartition, long> _lostFrom = [];
    private long _nextValue = 1;
    private int _nextHistoryProcess = 1;
    private int _nextNode = FirstClientNode;

    public Cluster(World world)
    {
        World = world;
        Checks = new ClusterChecks(this);
        History = new HistoryRecorder(() => World.Time.NowUs * 1000);
        Voter = new VoterProcess(this, VoterNode);
        Controllers = [new ControllerProcess(this, VoterNode + 1), new ControllerProcess(this, VoterNode + 2)];
        BrokerIds = [.. Enumerable.Range(1, world.Profile.Brokers).Select(id => new BrokerId(id))];
        Brokers = [.. BrokerIds.Select(id => new BrokerProcess(this, id.Value, NewDisk(id)))];
        foreach (var broker in Brokers)
            broker.ControllerNode = Controllers[0].Node;
        Admin = new AdminProcess(this, _nextNode++);
        ControllerOptions = new ControllerOptions
        {
            UncleanLeaderElectionIntervalMs = 2_000,
            LeaderImbalanceCheckIntervalMs = 6_000,
            AutoLeaderRebalanceEnable = world.Profile.Rebalances,
            ProducerIdBlockSize = 5,
        };
    }

    public World World { get; }

    public ClusterChecks Checks { get; }

    public HistoryRecorder History { get; }

    public VoterProcess Voter { get; }

    public ImmutableArray<ControllerProcess> Controllers { get; }

    /// <summary>The one that the cluster's singleton runs on.</summary>
    public ControllerProcess Singleton { get; private set; } = null!;

    public ImmutableArray<BrokerId> BrokerIds { get; }

    public ImmutableArray<BrokerProcess> Brokers { get; }

    public List<ProducerProcess> Producers { get; } = [];

    public List<ConsumerProcess> Consumers { get; } = [];

    public AdminProcess Admin { get; }

    public ControllerOptions ControllerOptions { get; }

    /// <summary>Partitions whose clients' histories are judged, in a fixed order.</summary>
    public List<TopicPartition> JudgedPartitions { get; } = [];

    /// <summary>Partitions for producers that may lose or repeat records.</summary>
    public List<TopicPartition> LoosePartitions { get; } = [];

    /// <summary>Producers and consumers go on with new work.</summary>
    public bool IsProducing { get; set; }

    /// <summary>The faults of this run may take all that is known of a partition at once.</summary>
    public bool MayLoseAll { get; set; }

    public BrokerProcess BrokerOf(BrokerId id) => Brokers[id.Value - 1];

    public void Start()
    {
        Voter.Start();
        MakeSingleton(Controllers[0]);
        foreach (var broker in Brokers)
            World.Time.After(World.Scheduling.Between(0L, 300_000), broker.Start);
        Admin.Start();
    }

    /// <summary>The singleton is on that node from now on; brokers learn it one after the other.</summary>
    public void MakeSingleton(ControllerProcess controller)
    {
        Singleton = controller;
        if (!controller.IsAlive)
            controller.Start();
        foreach (var broker in Brokers)
            World.Time.After(World.Scheduling.Between(0L, 800_000), () => broker.ControllerNode = Singleton.Node);
    }

    public void ToController(BrokerProcess broker, object message)
    {
        var controller = Controllers.First(c => c.Node == broker.ControllerNode);
        World.Network.Send(broker.Node, controller.Node, () => controller.Receive(() => controller.OnMessage(
            broker.Node,
            message,
            reply =>
            {
                if (reply is not null)
                    ToBroker(controller.Node, broker.Node, reply);
            })));
    }

    public void ToBroker(int from, int node, object message)
    {
        if (node <= 0)
            return;
        var broker = Brokers[node - 1];
        World.Network.Send(from, node, () => broker.Receive(() => broker.OnControllerMessage(from, message)));
    }

    public void ToPeer(BrokerProcess from, BrokerId to, object message)
    {
        var peer = BrokerOf(to);
        if (World.Trace.IsOn)
            Show(from, to, message);
        World.Network.Send(from.Node, peer.Node, () => peer.Receive(() => peer.OnPeerMessage(from.Id, message)));
    }

    private void Show(BrokerProcess from, BrokerId to, object message)
    {
        switch (message)
        {
            case PeerFetch fetch:
                World.Trace.Line($"{from.Id} asks {to} {fetch.SessionId}/{fetch.Number}: {string.Join(", ", fetch.Positions.Select(p => $"{NameOf(p.Partition)}@{p.FetchOffset} ({p.CurrentLeaderEpoch})"))}");
                break;
            case PeerFetchAnswer answer:
                World.Trace.Line($"{from.Id} answers {to} {answer.SessionId}/{answer.Number} {answer.Error}: {string.Join(", ", answer.Partitions.Select(p => $"{NameOf(p.Partition)}@{p.FetchOffset} {p.Error} {p.Records.Length} bytes, high watermark {p.HighWatermark}"))}");
                break;
        }
    }

    /// <summary>Its node closes what the process had open, and whoever watched it is told.</summary>
    public void OnProcessGone(BrokerProcess broker, BrokerEpoch epoch)
    {
        foreach (var controller in Controllers)
        {
            if (World.Scheduling.Hits(0.7))
                World.Network.Send(broker.Node, controller.Node, () => controller.Receive(() => controller.OnBrokerGone(broker.Id, epoch)));
        }

        foreach (var peer in Brokers)
        {
            if (peer != broker)
                World.Network.Send(broker.Node, peer.Node, () => peer.Receive(() => peer.Reconnect(broker.Id)));
        }
    }

    /// <summary>A broker has stopped in order. Somebody starts it again.</summary>
    public void OnBrokerStopped(BrokerProcess broker) => World.Time.After(World.Scheduling.Between(20_000L, 1_500_000), () =>
    {
        if (!broker.IsAlive)
            broker.Start();
    });

    public void BreakConnections(BrokerProcess broker, bool tell)
    {
        foreach (var client in Clients)
            client.BreakTo(broker, tell);
    }

    public IEnumerable<ClientProcess> Clients => Producers.Concat<ClientProcess>(Consumers).Append(Admin);

    /// <summary>
    /// Brokers that have lost something, or may have, and have not said so yet; and the incarnation in which they did.
    /// </summary>
    public Dictionary<BrokerId, Guid> Damaged { get; } = [];

    /// <summary>Replicas with a flipped bit on their disk, which nobody finds who does not read there.</summary>
    public HashSet<(BrokerId, TopicIdPartition)> Flipped { get; } = [];

    /// <summary>Those of them where it is the last batch alone, and where the log ended then: it may be cut as a torn tail is.</summary>
    public Dictionary<(BrokerId, TopicIdPartition), long> DamagedTails { get; } = [];

    /// <summary>A log was recovered.</summary>
    public void OnRecovered(BrokerId broker, TopicIdPartition partition, long end)
    {
        if (DamagedTails.Remove((broker, partition), out var before) && end < before)
            Flipped.Remove((broker, partition));
    }

    /// <summary>
    /// Until when (us) a request to let one replica be enough for a topic may still come into force, or go out of it, late
    /// copies included.
    /// </summary>
    public Dictionary<string, long> MinIsrInDoubt { get; } = [];

    /// <summary>A consumer was given records with a bad checksum.</summary>
    public Action<TopicPartition>? OnCorruption { get; set; }

    /// <summary>An empty disk in the place of a broker's, which is down.</summary>
    public void ReplaceDisk(BrokerProcess broker)
    {
        broker.Disk.Replace();
        Checks.OnLossKnown(broker.Id);
        Flipped.RemoveWhere(flipped => flipped.Item1 == broker.Id);
    }

    /// <summary>Whether some replica of the partition may have a flipped bit.</summary>
    public bool IsFlipped(TopicPartition partition) =>
        Checks.Truth.TryGetPartition(partition) is { } known && Flipped.Any(flipped => flipped.Item2 == known.Id);

    /// <summary>The registration of that broker is committed: what it lost is known now.</summary>
    public void OnRegistered(BrokerId broker, Guid incarnation)
    {
        // A request that was on its way when it happened says nothing about it.
        if (BrokerOf(broker).IncarnationId != incarnation || Damaged.GetValueOrDefault(broker) == incarnation)
            return;

        // Nor does it say what this life's own start has met, or what it will meet: the next life will say that, which takes
        // everything it has out of every ISR once more.
        if (BrokerOf(broker).HidesLoss || WillFailAFlush(broker))
        {
            Damaged[broker] = incarnation;
            return;
        }

        FlushesThatFail.Remove(broker);
        Damaged.Remove(broker);
    }

    /// <summary>A flush that was to fail in a life that is over does not fail in the next one.</summary>
    public void OnCrashed(BrokerId broker)
    {
        if (WillFailAFlush(broker))
            FlushesThatFail.Remove(broker);
    }

    /// <summary>Its disk hides, or will hide, a loss that this life of the broker will not speak of: the next one will.</summary>
    public bool IsDamageHidden(BrokerId broker) => FlushesThatFail.ContainsKey(broker)
        || (Damaged.TryGetValue(broker, out var incarnation) && incarnation != Guid.Empty && BrokerOf(broker).IncarnationId == incarnation);

    /// <summary>Flushes that were to fail and have not been made will not fail any more.</summary>
    public void ForgetWhatHasNotFailed()
    {
        foreach (var broker in FlushesThatFail.Keys.Where(WillFailAFlush))
        {
            if (!BrokerOf(broker).HidesLoss)
                Damaged.Remove(broker);
        }

        FlushesThatFail.Clear();
    }

    /// <summary>Brokers on whose disk the next flush fails, and how many had failed before.</summary>
    public Dictionary<BrokerId, int> FlushesThatFail { get; } = [];

    private bool WillFailAFlush(BrokerId broker) => FlushesThatFail.TryGetValue(broker, out var met)
        && BrokerOf(broker).Disk.EffectiveFaults.GetValueOrDefault(DiskFault.FailedFlush) == met;

    public int NextNode() => _nextNode++;

    public int NextHistoryProcess() => _nextHistoryProcess++;

    public long NextValue() => _nextValue++;

    public TopicPartition PickPartition(bool judged) =>
        World.Workload.Pick(judged || LoosePartitions.Count == 0 ? JudgedPartitions : LoosePartitions);

    public string KeyOf(TopicPartition partition)
    {
        if (!_keys.TryGetValue(partition, out var key))
            _keys.Add(partition, key = HistoryRecorder.KeyOf(partition.Topic, partition.Partition));
        return key;
    }

    /// <summary>A topic that may elect uncleanly promises nothing after that.</summary>
    public bool IsUnclean(TopicId topic) =>
        Checks.Truth.TopicsById.TryGetValue(topic, out var image) && image.Settings.UncleanLeaderElectionEnable;

    public string NameOf(TopicIdPartition partition) =>
        Checks.Truth.TopicsById.TryGetValue(partition.TopicId, out var topic) ? $"{topic.Name}-{partition.Partition}" : $"{partition}";

    public Sending BeginSend(int process, TopicPartition partition, long value, SendAcks acks) =>
        new(IsJudged(partition) ? History.BeginSend(process, KeyOf(partition), value, acks) : null);

    public void EndSend(Sending sending, Outcome outcome, long offset)
    {
        switch (outcome)
        {
            case Outcome.Ok:
                World.Tally.Acknowledged++;
                sending.Operation?.Ok(offset);
                break;
            case Outcome.Fail:
                World.Tally.Refused++;
                sending.Operation?.Fail();
                break;
            default:
                World.Tally.Unknown++;
                sending.Operation?.Unknown();
                break;
        }
    }

    /// <summary>Nobody will ever know what became of what it sent last: the history keeps it as unknown.</summary>
    public void Forget(ProducerProcess producer) => World.Trace.Line($"producer {producer.Node} is killed with {producer.Pending} values pending");

    public bool IsJudged(TopicPartition partition) => JudgedPartitions.Contains(partition);

    /// <summary>Records below the offset may be gone: somebody asked for it, or they are old.</summary>
    public void ExcuseBelow(TopicIdPartition partition, long offset)
    {
        if (offset <= _deletedBelow.GetValueOrDefault(partition))
            return;
        _deletedBelow[partition] = offset;
        if (NameIfJudged(partition) is { } name)
            History.ExcuseLossBelow(KeyOf(name), offset);
    }

    public long DeletedBelow(TopicIdPartition partition) => _deletedBelow.GetValueOrDefault(partition);

    /// <summary>Where unclean elections have begun to cost something; <see cref="long.MaxValue"/> where there was none.</summary>
    public long LostFrom(TopicIdPartition partition) => _lostFrom.GetValueOrDefault(partition, long.MaxValue);

    /// <summary>An unclean election has cost what stood at the offset and above.</summary>
    public void ExcuseFrom(TopicIdPartition partition, long offset)
    {
        _lostFrom[partition] = Math.Min(_lostFrom.GetValueOrDefault(partition, long.MaxValue), offset);
        if (NameIfJudged(partition) is { } name)
            History.ExcuseLossFrom(KeyOf(name), offset);
    }

    /// <summary>A deposed leader that did not know it yet may have gone on after an unclean election was seen.</summary>
    public void ExcuseAgain()
    {
        foreach (var (partition, offset) in _lostFrom.OrderBy(p => p.Key))
            ExcuseFrom(partition, offset);
    }

    private TopicPartition? NameIfJudged(TopicIdPartition partition)
    {
        if (!Checks.Truth.TopicsById.TryGetValue(partition.TopicId, out var topic))
            return null;
        var name = new TopicPartition(topic.Name, partition.Partition);
        return IsJudged(name) ? name : null;
    }

    private IBrokerDisk NewDisk(BrokerId id) => DiskFactory.Create(World, id, () => BrokerOf(id).WallClockMs);
}
