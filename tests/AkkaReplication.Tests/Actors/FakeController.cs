using Akka.Actor;
using Akka.TestKit;
using AkkaReplication.Controller;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Tests.Actors;

/// <summary>
/// A controller as one broker sees it: answers at once from a metadata log that the test writes, unless it is told to leave
/// messages of some type unanswered. What it was asked is in the probe's queue.
/// </summary>
internal sealed class FakeController
{
    private static readonly ControllerEpoch Epoch = new(1);

    private readonly Lock _lock = new();
    private readonly MetadataHistory _history;
    private readonly HashSet<Type> _deaf = [];
    private long _nextProducerId = 1000;

    public FakeController(TestProbe probe, string clusterId)
    {
        Probe = probe;
        _history = new MetadataHistory(MetadataImage.Empty(clusterId));
        Write(new NoOpRecord(Epoch));
        probe.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            lock (_lock)
            {
                if (!_deaf.Contains(message.GetType()) && Answer(message) is { } answer)
                    sender.Tell(answer, probe.Ref);
            }

            return AutoPilot.KeepRunning;
        }));
    }

    public TestProbe Probe { get; }

    /// <summary>The broker may stop as soon as it asks.</summary>
    public bool LetsGo { get; set; }

    public MetadataImage Image => _history.Image;

    public BrokerEpoch BrokerEpoch { get; private set; } = BrokerEpoch.Unknown;

    /// <summary>Such messages are lost from now on.</summary>
    public void Lose<T>()
    {
        lock (_lock)
            _deaf.Add(typeof(T));
    }

    /// <summary>Such messages arrive again.</summary>
    public void Hear<T>()
    {
        lock (_lock)
            _deaf.Remove(typeof(T));
    }

    /// <summary>Commits records as one batch and tells the broker, if it has registered.</summary>
    public void Commit(IActorRef broker, params MetadataRecord[] records)
    {
        lock (_lock)
            Write(records);
        broker.Tell(new MetadataAdvanced(Epoch, Image.Offset), Probe.Ref);
    }

    /// <summary>Topic "t" with partitions on this broker, led by it.</summary>
    public void CreateTopic(IActorRef broker, TopicId topic, BrokerId leader, int partitions = 1) => Commit(
        broker,
        [
            new TopicRecord("t", topic),
            .. Enumerable.Range(0, partitions).Select(p => new PartitionRecord(topic, p, [leader], [leader], leader, 1)),
        ]);

    private void Write(params MetadataRecord[] records) =>
        _history.Append(new MetadataBatch(Epoch, Image.Offset + 1, [.. records]));

    private object? Answer(object message)
    {
        switch (message)
        {
            case RegisterBroker register:
                BrokerEpoch = new BrokerEpoch(Image.Offset + 1);
                Write(new RegisterBrokerRecord(register.Broker, register.IncarnationId, BrokerEpoch, null, register.LogDirs));
                return new RegisterBrokerAnswer(register.IncarnationId, ErrorCode.None, null, BrokerEpoch, Epoch);
            case BrokerHeartbeat heartbeat:
                if (!heartbeat.WantFence && Image.Brokers[heartbeat.Broker].Fenced)
                    Write(new BrokerChangeRecord(heartbeat.Broker, heartbeat.BrokerEpoch, Fenced: false, InControlledShutdown: null));
                return HeartbeatAnswer(heartbeat, heartbeat.WantShutDown && LetsGo);
            case FetchMetadata fetch:
                return _history.Answer(fetch, Epoch);
            case AllocateProducerIds allocate:
                _nextProducerId += 1000;
                return new AllocateProducerIdsAnswer(allocate.RequestId, ErrorCode.None, _nextProducerId - 1000, 1000);
            case AlterPartitions alter:
                return new AlterPartitionsAnswer(
                    alter.RequestId,
                    ErrorCode.None,
                    [
                        .. alter.Proposals.Select(p => new IsrProposalAnswer(
                            p.Partition, p.ProposalId, ErrorCode.IneligibleReplica, alter.Broker, p.LeaderEpoch, p.PartitionEpoch,
                            LeaderRecoveryState.Recovered, [alter.Broker])),
                    ]);
            default:
                return null;
        }
    }

    public BrokerHeartbeatAnswer HeartbeatAnswer(BrokerHeartbeat heartbeat, bool shouldShutDown = false, ErrorCode error = ErrorCode.None) => new(
        heartbeat.Broker,
        heartbeat.BrokerEpoch,
        heartbeat.SentAtMs,
        error,
        Epoch,
        Image.Offset,
        IsCaughtUp: true,
        Image.Brokers[heartbeat.Broker].Fenced,
        shouldShutDown,
        LeaseMs: 9_000);
}
