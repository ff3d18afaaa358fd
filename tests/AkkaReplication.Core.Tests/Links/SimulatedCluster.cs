using System.Collections.Immutable;
using AkkaReplication.Core.Tests.Replicas;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Links;

/// <summary>Three brokers, two partitions, clients, and somebody who breaks things.</summary>
internal sealed partial class SimulatedCluster
{
    private const int Controller0 = -1;
    private readonly FlushPolicy _flush;
    private readonly Dictionary<RequestToken, (string Value, short Acks)> _produces = [];
    private readonly Dictionary<RequestToken, long> _deletes = [];
    private bool _faults = true;
    private long _nextToken;

    public SimulatedCluster(int seed, FlushPolicy flush)
    {
        _flush = flush;
        World = new SimulatedWorld(seed);
        Controller = new SimulatedController();
        BrokerIds = [new(0), new(1), new(2)];
        Partitions = [LinkTestData.Partition(0), LinkTestData.Partition(1)];
        Brokers = BrokerIds.ToImmutableSortedDictionary(id => id, id => new SimulatedBroker(this, id));
    }

    public SimulatedWorld World { get; }

    public SimulatedController Controller { get; }

    public ImmutableArray<BrokerId> BrokerIds { get; }

    public ImmutableArray<TopicIdPartition> Partitions { get; }

    public ImmutableSortedDictionary<BrokerId, SimulatedBroker> Brokers { get; }

    public int Acknowledged { get; private set; }

    /// <summary>Deletions that every live replica has followed.</summary>
    public int Deleted { get; private set; }

    /// <summary>Moves of a log start by retention.</summary>
    public int Retained { get; private set; }

    public ReplicaOptions ReplicaOptionsOf(BrokerId self) => new(self, 1000, 100, _flush, 2000);

    /// <summary>Runs with faults, then without, and checks that everything comes to rest as it should.</summary>
    public void Run(long faultyMs, long healthyMs)
    {
        Controller.Start(BrokerIds, Partitions);
        foreach (var broker in Brokers.Values)
            broker.Start(Controller.Latest.Brokers.Brokers[broker.Id].Epoch);

        foreach (var broker in Brokers.Values)
        {
            World.Every(() => World.Random.Next(1, 40), () => FollowMetadata(broker));
            World.Every(() => 400, () => Renew(broker));
        }

        World.Every(() => World.Random.Next(1, 12), Produce);
        World.Every(() => World.Random.Next(50, 400), DeleteRecords);
        World.Every(() => World.Random.Next(50, 400), ApplyRetention);
        World.Every(() => World.Random.Next(20, 500), Break);

        World.RunUntil(World.NowMs + faultyMs, CheckNowAndThen);
        Heal();
        World.RunUntil(World.NowMs + healthyMs, CheckNowAndThen);
        CheckAtRest();
    }

    public void Send(BrokerId from, BrokerId to, object message) =>
        World.Send(from.Value, to.Value, () => Brokers[to].Receive(from, message));

    public void Propose(BrokerId from, BrokerEpoch epoch, IsrProposal proposal)
    {
        void Decide()
        {
            if (Controller.Latest.Brokers.Brokers[from].Epoch != epoch)
                return;
            var answer = Controller.Decide(from, proposal);
            CheckMaximalIsr();
            World.Send(Controller0, from.Value, () => Brokers[from].Receive(from, answer));
        }

        // The race that L1 is about: refused for a member that is fenced just now, accepted in a copy that comes later.
        var joining = proposal.NewIsr[^1].Broker;
        if (_faults && joining != from && World.Chance(10))
            Controller.Fence(joining);
        if (_faults && World.Chance(20))
            World.After(World.Random.Next(20, 2000), Decide);
        World.Send(from.Value, Controller0, Decide);
    }

    public void OnProduced(SimulatedBroker broker, TopicIdPartition partition, ProduceCompleted completed)
    {
        Require(_produces.Remove(completed.Token, out var produce), $"{completed} was answered before, or never asked");
        Require(produce.Acks != 0, $"{completed} is an answer to acks 0");
        if (completed.Error != ErrorCode.None || produce.Acks != -1)
            return;

        Acknowledged++;
        OnAcknowledged(broker, partition, completed.BaseOffset, produce.Value);
    }

    public void OnRecordsDeleted(SimulatedBroker broker, TopicIdPartition partition, DeleteRecordsCompleted completed)
    {
        Require(_deletes.Remove(completed.Token, out var offset), $"{completed} was answered before, or never asked");
        if (completed.Error != ErrorCode.None)
            return;

        Deleted++;
        OnFollowed(broker, partition, offset, completed.LowWatermark);
    }

    private void FollowMetadata(SimulatedBroker broker)
    {
        var latest = Controller.History.Count - 1;
        if (!broker.IsAlive || (World.IsCut(broker.Id.Value, Controller0) && broker.AppliedImage >= 0))
            return;

        // A little, everything at once, or once more what is known.
        var next = Math.Min(latest, broker.AppliedImage + World.Random.Next(0, 4));
        broker.Apply(Math.Max(next, 0), again: World.Chance(10));
        var status = Controller.Latest.Brokers.Brokers[broker.Id];
        if (status.Fenced
            && status.Epoch == broker.Epoch
            && Controller.History[broker.AppliedImage].Offset >= broker.Epoch.Value
            && World.Chance(_faults ? 10 : 100))
        {
            Controller.Unfence(broker.Id);
        }
    }

    private void Renew(SimulatedBroker broker)
    {
        var status = Controller.Latest.Brokers.Brokers[broker.Id];
        var isReached = broker.IsAlive && !World.IsCut(broker.Id.Value, Controller0);
        if (isReached && !status.Fenced && status.Epoch == broker.Epoch)
            broker.Lease(World.NowMs + 2000);
    }

    private void Produce()
    {
        var partition = Partitions[World.Random.Next(Partitions.Length)];
        foreach (var broker in Brokers.Values.OrderBy(_ => World.Random.Next()))
        {
            if (!broker.IsAlive || broker.Replicas[partition].Role != ReplicaRole.Leader)
                continue;

            short acks = World.Chance(80) ? (short)-1 : World.Chance(50) ? (short)1 : (short)0;
            var token = new RequestToken(++_nextToken);
            var value = $"{token.Value}";
            _produces.Add(token, (value, acks));
            var deadlineMs = World.NowMs + World.Random.Next(200, 5000);
            broker.Produce(partition, new ProduceInput(
                token, acks, ReplicaUnderTest.Batch(value), LeaderEpoch.None, deadlineMs));
            return;
        }
    }

    private void DeleteRecords()
    {
        if (!_faults)
            return;

        var partition = Partitions[World.Random.Next(Partitions.Length)];
        foreach (var broker in Brokers.Values.OrderBy(_ => World.Random.Next()))
        {
            if (!broker.IsAlive || broker.Replicas[partition] is not { Role: ReplicaRole.Leader } leader)
                continue;

            var token = new RequestToken(++_nextToken);
            var highWatermark = leader.HighWatermark;
            var offset = World.Chance(20) ? highWatermark : World.Random.NextInt64(highWatermark + 1);
            _deletes.Add(token, offset);
            var input = new DeleteRecordsInput(
                token,
                offset == highWatermark ? DeleteRecordsInput.HighWatermark : offset,
                LeaderEpoch.None,
                World.NowMs + World.Random.Next(100, 3000));
            broker.DeleteRecords(partition, input);
            return;
        }
    }

    /// <summary>Replicas drop by themselves, when they like and as much as they like.</summary>
    private void ApplyRetention()
    {
        var broker = Brokers[BrokerIds[World.Random.Next(BrokerIds.Length)]];
        if (_faults && broker.IsAlive && broker.ApplyRetention(Partitions[World.Random.Next(Partitions.Length)]))
            Retained++;
    }

    private void Break()
    {
        if (!_faults)
            return;

        var broker = Brokers[BrokerIds[World.Random.Next(BrokerIds.Length)]];
        switch (World.Random.Next(10))
        {
            case 0:
                Restart(broker, isLossy: false);
                break;
            case 1:
                Restart(broker, isLossy: true);
                break;
            case 2 or 3:
                Controller.Fence(broker.Id);
                break;
            case 4:
                World.Cut(broker.Id.Value, BrokerIds[World.Random.Next(BrokerIds.Length)].Value);
                break;
            case 5:
                World.Cut(broker.Id.Value, Controller0);
                break;
            case 6 when broker.IsAlive && World.Chance(50):
                broker.Fail(Partitions[World.Random.Next(Partitions.Length)]);
                break;
            case 7 when broker.IsAlive:
                broker.Reconnect(BrokerIds.First(peer => peer != broker.Id));
                break;
            case 8:
                Controller.Bump(Partitions[World.Random.Next(Partitions.Length)]);
                break;
            default:
                World.HealNetwork();
                break;
        }
    }

    private void Restart(SimulatedBroker broker, bool isLossy)
    {
        if (!broker.IsAlive)
            return;

        broker.Crash();
        World.After(World.Random.Next(10, 1500), () =>
        {
            // What was not flushed may be gone only where somebody else has it, as min ISR promises.
            var loses = isLossy && Controller.CanLose(broker.Id);
            var epoch = Controller.Register(broker.Id, loses);
            if (loses)
                LoseTails(broker);
            broker.Start(epoch);
        });
    }

    private void LoseTails(SimulatedBroker broker)
    {
        foreach (var log in broker.Logs.Values)
            log.LoseTail(World.Random.NextInt64(Math.Max(0, log.LogEndOffset - 20), log.LogEndOffset + 1));
    }

    private void Heal()
    {
        _faults = false;
        World.IsLossy = false;
        World.HealNetwork();

        // Replicas that failed serve again under a higher epoch only.
        World.After(3000, () =>
        {
            foreach (var partition in Partitions)
                Controller.Bump(partition);
        });
    }
}
