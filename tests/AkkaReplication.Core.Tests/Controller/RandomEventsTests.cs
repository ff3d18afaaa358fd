using System.Collections.Immutable;
using System.Globalization;
using AkkaReplication.Controller;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Controller;

/// <summary>
/// Random events through the decider. <see cref="ControllerContext"/> checks I2, I3 and I7 to I12, the fold, the codec and
/// snapshots after each; here I13 is checked as well, and the whole log is folded again at the end.
/// </summary>
public sealed class RandomEventsTests
{
    private const int Brokers = 5;
    private const int Steps = 400;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Invariants_hold_after_every_event(int seed)
    {
        var run = new Run(seed);
        for (var step = 0; step < Steps; step++)
        {
            try
            {
                run.Step();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(
                    $"seed {seed}, step {step}: {run.LastEvent}\n{string.Join("\n", run.Trace.TakeLast(30))}", e);
            }
        }

        run.CheckEnd();
    }

    /// <summary>Other seeds: CONTROLLER_SEEDS=first-last. A failing one names itself.</summary>
    public static TheoryData<int> Seeds
    {
        get
        {
            var range = (Environment.GetEnvironmentVariable("CONTROLLER_SEEDS") ?? "1-40").Split('-');
            var seeds = new TheoryData<int>();
            for (var seed = int.Parse(range[0], CultureInfo.InvariantCulture);
                seed <= int.Parse(range[^1], CultureInfo.InvariantCulture);
                seed++)
            {
                seeds.Add(seed);
            }

            return seeds;
        }
    }

    private sealed class Run(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly ControllerContext _c = new(new ControllerOptions { UncleanLeaderElectionEnable = seed % 7 == 0 });
        private readonly HashSet<(TopicIdPartition, BrokerId)> _lossy = [];
        private readonly List<(TopicIdPartition, BrokerId)> _lossyAfterStep = [];
        private readonly List<IsrProposal> _lateProposals = [];
        private readonly List<(int Broker, BrokerHeartbeat Request)> _lateHeartbeats = [];
        private int _names;

        public List<string> Trace { get; } = [];

        public string LastEvent { get; private set; } = "";

        public void Step()
        {
            var before = _c.Image;
            var logged = _c.Log.Count;
            _c.NowMs += _random.Next(100);
            Act(_random.Next(100));
            Trace.Add($"{LastEvent} -> {string.Join("; ", _c.Log.Skip(logged).SelectMany(b => b.Records))}");
            CheckLossy(before, _c.Log.Skip(logged));
            CheckLossyAreOut();
        }

        private void CheckLossyAreOut()
        {
            foreach (var (id, broker) in _lossyAfterStep)
            {
                var partition = _c.Image.TryGetPartition(id)!;
                Assert.DoesNotContain(broker, partition.Isr);
                Assert.DoesNotContain(broker, partition.Elr);
                _lossy.Add((id, broker));
            }

            _lossyAfterStep.Clear();
        }

        public void CheckEnd()
        {
            var image = MetadataImage.Empty(ControllerContext.ClusterId);
            foreach (var batch in _c.Log)
                image = image.Apply(MetadataRecordCodec.DecodeBatch(MetadataRecordCodec.Encode(batch)));
            Assert.Equal(ControllerInvariants.Bytes(_c.Image), ControllerInvariants.Bytes(image));
            Assert.True(_c.Image.Offset > Steps / 4, $"seed {seed}: only {_c.Image.Offset} records were written.");
        }

        private void Act(int dice)
        {
            switch (dice)
            {
                case < 12:
                    Register();
                    break;
                case < 40:
                    Heartbeat();
                    break;
                case < 50:
                    Fence();
                    break;
                case < 75:
                    Alter();
                    break;
                case < 80:
                    Create();
                    break;
                case < 81:
                    Delete();
                    break;
                case < 82:
                    Grow();
                    break;
                case < 87:
                    Elect();
                    break;
                case < 90:
                    Configure();
                    break;
                case < 93:
                    ElectLastKnown();
                    break;
                case < 96:
                    LastEvent = "unclean tick";
                    _c.Do(UncleanElectionTick.Instance);
                    break;
                default:
                    LastEvent = "preferred tick";
                    _c.Do(PreferredElectionTick.Instance);
                    break;
            }
        }

        private void Register()
        {
            var id = _random.Next(Brokers);
            var life = (PreviousLife)_random.Next(3);
            LastEvent = $"register {id} {life}";
            var affected = life == PreviousLife.Lossy
                ? _c.Image.PartitionsWithIsrMember(new(id)).Concat(_c.Image.PartitionsWithElrMember(new(id))).ToArray()
                : [];
            Assert.Equal(ErrorCode.None, _c.Register(id, life, sessionValid: _random.Next(2) == 0).Error);
            foreach (var partition in affected)
                _lossyAfterStep.Add((partition, new(id)));
        }

        private void Heartbeat()
        {
            if (_lateHeartbeats.Count > 0 && _random.Next(8) == 0)
            {
                var (broker, late) = _lateHeartbeats[_random.Next(_lateHeartbeats.Count)];
                LastEvent = $"late heartbeat of {broker}";
                _c.Do(new HeartbeatCommand(late, 9_000, long.MaxValue, _c.NowMs + 1));
                return;
            }

            if (Registered() is not { } id)
                return;
            ImmutableArray<TopicIdPartition> offline =
                [.. _c.Image.Partitions.Select(p => p.Id).Where(_ => _random.Next(12) == 0)];
            var request = new BrokerHeartbeat(
                new(id),
                _c.EpochOf(id),
                _c.NowMs,
                _c.Image.Offset - _random.Next(3),
                WantFence: _random.Next(12) == 0,
                WantShutDown: _random.Next(15) == 0,
                _random.Next(4) == 0 ? offline : [.. _c.Broker(id).OfflineReplicas]);
            LastEvent = $"heartbeat {id} fence {request.WantFence} stop {request.WantShutDown} offline {request.OfflineReplicas.Length}";
            _lateHeartbeats.Add((id, request));
            _c.Do(new HeartbeatCommand(request, 9_000, _c.Image.Offset - _random.Next(4), _c.NowMs + 1));
        }

        private void Fence()
        {
            if (Registered() is not { } id)
                return;
            LastEvent = $"fence {id}";
            _c.Fence(id);
        }

        private void Alter()
        {
            if (_lateProposals.Count > 0 && _random.Next(6) == 0)
            {
                Send(_lateProposals[_random.Next(_lateProposals.Count)], "late ");
                return;
            }

            var led = _c.Image.Partitions.Where(p => p.Leader.Exists).ToArray();
            if (led.Length == 0)
                return;
            var partition = led[_random.Next(led.Length)];
            int[] isr =
            [
                partition.Leader.Value,
                .. partition.Replicas.Where(b => b != partition.Leader && _random.Next(3) > 0).Select(b => b.Value),
            ];
            if (partition.RecoveryState == LeaderRecoveryState.Recovering && _random.Next(2) == 0)
                isr = [partition.Leader.Value];
            Send(_c.Proposal(partition, isr), "");
        }

        private void Send(IsrProposal proposal, string kind)
        {
            var leader = _c.Image.TryGetPartition(proposal.Partition)?.Leader ?? BrokerId.None;
            if (!leader.Exists)
                return;
            _lateProposals.Add(proposal);
            LastEvent = $"{kind}proposal by {leader}: [{string.Join(",", proposal.NewIsr.Select(m => m.Broker))}]";
            var answer = _c.AlterOne(leader.Value, proposal);
            var after = _c.Image.TryGetPartition(proposal.Partition)!;
            if (answer.Error == ErrorCode.None)
            {
                Assert.Equal((after.PartitionEpoch, after.LeaderEpoch), (answer.PartitionEpoch, answer.LeaderEpoch));
                Assert.True(after.PartitionEpoch > proposal.PartitionEpoch, "L1: an accepted proposal kills its copies");
                foreach (var member in proposal.NewIsr)
                    _lossy.Remove((proposal.Partition, member.Broker));
            }
        }

        private void Create()
        {
            if (!_c.Image.Brokers.Values.Any(b => b.IsActive) || _c.Image.TopicsById.Count >= 6)
                return;
            LastEvent = "create";
            var usable = ReplicaPlacer.UsableBrokers(_c.Image);
            var result = _c.Create(new NewTopic(
                $"t{_names++}",
                _random.Next(1, 4),
                (short)_random.Next(1, Math.Min(usable, 4) + 1),
                [],
                _random.Next(3) == 0
                    ? ControllerContext.Configs(("min.insync.replicas", $"{_random.Next(1, 4)}"))
                    : ControllerContext.Configs()));
            Assert.Equal(ErrorCode.None, result.Error);
        }

        private void Delete()
        {
            if (Topic() is not { } topic)
                return;
            LastEvent = $"delete {topic.Name}";
            _c.Do(new DeleteTopics(1, [topic.Name]));
        }

        private void Elect()
        {
            if (_random.Next(3) == 0 && Topic() is { } topic)
            {
                LastEvent = $"resign {topic.Name}-0";
                _c.Do(new ResignLeadership(1, new TopicPartition(topic.Name, 0)));
                return;
            }

            var type = _random.Next(3) == 0 ? ElectionType.Unclean : ElectionType.Preferred;
            LastEvent = $"elect {type}";
            _c.Do(new ElectLeaders(1, type, null));
        }

        private void Grow()
        {
            if (_c.Image.TopicsById.Values.OrderBy(_ => _random.Next()).FirstOrDefault() is not { } topic)
                return;
            var count = topic.Partitions.Count + _random.Next(3);
            LastEvent = $"grow {topic.Name} to {count}";
            _c.Grow(topic.Name, count);
        }

        private void Configure()
        {
            if (Topic() is not { } topic)
                return;
            LastEvent = $"configure {topic.Name}";
            if (_random.Next(2) == 0)
                _c.SetConfigs(topic.Name, ("min.insync.replicas", _random.Next(4) == 0 ? null : $"{_random.Next(1, 5)}"));
            else
                _c.SetConfigs(topic.Name, ("unclean.leader.election.enable", _random.Next(4) == 0 ? "true" : "false"));
        }

        private void ElectLastKnown()
        {
            var open = _c.Image.Partitions.Where(LastKnownElections.IsOpen).ToArray();
            if (open.Length == 0)
                return;
            var partition = open[_random.Next(open.Length)];
            LastEvent = $"last known of {partition.Id}";
            _c.Do(new ElectLastKnown(partition.Id, [.. partition.LastKnownElr.Select(b =>
                new LastKnownReplica(b, _c.EpochOf(b.Value), new LeaderEpoch(_random.Next(3)), _random.Next(9)))]));
        }

        /// <summary>I13: whoever lost records is neither in sync nor eligible before a proposal or an unclean election says so.</summary>
        private void CheckLossy(MetadataImage before, IEnumerable<MetadataBatch> batches)
        {
            var image = before;
            foreach (var batch in batches)
            {
                for (var i = 0; i < batch.Records.Length; i++)
                {
                    var next = image.Apply(batch.Records[i], batch.BaseOffset + i, batch.Epoch);
                    foreach (var (id, broker) in _lossy.ToArray())
                        CheckLossy(image.TryGetPartition(id), next.TryGetPartition(id), broker);
                    image = next;
                }
            }
        }

        private void CheckLossy(PartitionRegistration? before, PartitionRegistration? after, BrokerId broker)
        {
            if (before is null)
                return;
            if (after is null)
            {
                _lossy.Remove((before.Id, broker));
                return;
            }

            if (!after.Isr.Contains(broker) && !after.Elr.Contains(broker))
                return;

            var wasUnclean = after.Leader == broker
                && after is { RecoveryState: LeaderRecoveryState.Recovering, Isr.Length: 1 }
                && before.LeaderEpoch < after.LeaderEpoch;
            Assert.True(wasUnclean, $"I13: {broker} of {after.Id} lost records and is back after {LastEvent}");
            _lossy.Remove((after.Id, broker));
        }

        private int? Registered()
        {
            var ids = _c.Image.Brokers.Keys.ToArray();
            return ids.Length == 0 ? null : ids[_random.Next(ids.Length)].Value;
        }

        private TopicImage? Topic()
        {
            var topics = _c.Image.TopicsById.Values.ToArray();
            return topics.Length == 0 ? null : topics[_random.Next(topics.Length)];
        }
    }
}
