using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Controller;

/// <summary>A controller's decisions, applied one after the other, with all invariants checked after each.</summary>
internal sealed class ControllerContext
{
    public const string ClusterId = "test-cluster";

    private readonly ControllerDecider _decider;
    private int _topics;
    private int _incarnations;

    public ControllerContext(ControllerOptions? options = null)
    {
        _decider = new ControllerDecider(
            options ?? new ControllerOptions(), () => new TopicId(new Guid(++_topics, 0, 0, new byte[8])));
        Commit(new MetadataBatch(
            new ControllerEpoch(1), 0, [new NoOpRecord(new ControllerEpoch(1)), new MetadataVersionRecord(1)]));
    }

    public MetadataImage Image { get; private set; } = MetadataImage.Empty(ClusterId);

    public List<MetadataBatch> Log { get; } = [];

    public long NowMs { get; set; } = 1_000_000;

    public static ImmutableArray<BrokerId> Ids(params int[] ids) => [.. ids.Select(id => new BrokerId(id))];

    /// <summary>Decides, checks, commits.</summary>
    public Decision Do(object command)
    {
        var decision = _decider.Decide(Image, NowMs, command);
        if (decision.Records.Length > 0)
        {
            var batch = decision.ToBatch(Image);
            ControllerInvariants.CheckStep(Image, batch, command);
            Commit(batch);
        }

        return decision;
    }

    public T Ask<T>(object command) => Assert.IsType<T>(Do(command).Reply);

    /// <summary>Registers brokers and unfences them.</summary>
    public ControllerContext Running(params int[] ids)
    {
        foreach (var id in ids)
        {
            Register(id);
            Unfence(id);
        }

        return this;
    }

    public RegisterBrokerAnswer Register(
        int id,
        PreviousLife life = PreviousLife.Clean,
        long? previousEpoch = null,
        Guid? incarnation = null,
        ImmutableArray<Guid>? dirs = null,
        bool sessionValid = false,
        string? rack = null,
        string clusterId = ClusterId,
        ImmutableArray<BrokerEndpoint>? endpoints = null,
        BrokerEpoch? superseded = null)
    {
        var previous = life != PreviousLife.Clean ? -1 : previousEpoch ?? Image.TryGetBroker(new(id))?.Epoch.Value ?? -1;
        return Ask<RegisterBrokerAnswer>(new RegistrationCommand(
            new RegisterBroker(
                clusterId,
                new BrokerId(id),
                incarnation ?? NewIncarnation(),
                rack,
                dirs ?? DirsOf(id),
                life,
                new BrokerEpoch(previousEpoch ?? previous))
            {
                Endpoints = endpoints ?? [],
                SupersededEpoch = superseded ?? Image.TryGetBroker(new(id))?.Epoch ?? BrokerEpoch.Unknown,
            },
            sessionValid));
    }

    public Guid NewIncarnation() => new(++_incarnations, 7, 7, new byte[8]);

    public static ImmutableArray<Guid> DirsOf(int id) => [new Guid(id + 1, 9, 9, new byte[8])];

    public BrokerEpoch EpochOf(int id) => Image.Brokers[new BrokerId(id)].Epoch;

    public BrokerRegistration Broker(int id) => Image.Brokers[new BrokerId(id)];

    public BrokerHeartbeatAnswer Unfence(int id) => Heartbeat(id);

    public BrokerHeartbeatAnswer Heartbeat(
        int id,
        bool wantFence = false,
        bool wantShutDown = false,
        long? offset = null,
        BrokerEpoch? epoch = null,
        long lowestActive = long.MaxValue,
        params TopicIdPartition[] offline) =>
        Ask<BrokerHeartbeatAnswer>(new HeartbeatCommand(
            new BrokerHeartbeat(
                new BrokerId(id),
                epoch ?? EpochOf(id),
                NowMs,
                offset ?? Image.Offset,
                wantFence,
                wantShutDown,
                [.. offline]),
            9_000,
            lowestActive,
            NowMs + 1_000));

    public Decision Fence(int id) => Do(new FenceBroker(new BrokerId(id), EpochOf(id), "test"));

    /// <summary>Kills without a trace of loss, and comes back fenced.</summary>
    public RegisterBrokerAnswer RestartLossy(int id) => Register(id, PreviousLife.Lossy);

    public ControllerContext Topic(string name, int[][] assignments, params (string Name, string Value)[] configs)
    {
        var result = Create(name, assignments, configs);
        Assert.Equal(ErrorCode.None, result.Error);
        return this;
    }

    public TopicResult Create(string name, int[][] assignments, params (string Name, string Value)[] configs) =>
        Create(new NewTopic(name, -1, -1, [.. assignments.Select(Ids)], Configs(configs)));

    public TopicResult Create(NewTopic topic) =>
        Assert.Single(Ask<TopicsAnswer>(new CreateTopics(1, [topic], ValidateOnly: false)).Results);

    public static ImmutableSortedDictionary<string, string> Configs(params (string Name, string Value)[] configs) =>
        configs.ToImmutableSortedDictionary(c => c.Name, c => c.Value, StringComparer.Ordinal);

    /// <summary>Sets settings, or deletes them where the value is null.</summary>
    public ConfigResult SetConfigs(string topic, params (string Name, string? Value)[] configs) => AlterConfigs(
        topic,
        [.. configs.Select(c => c.Value is null ? AlterConfigOp.Delete(c.Name) : AlterConfigOp.Set(c.Name, c.Value))]);

    public ConfigResult AlterConfigs(string topic, params AlterConfigOp[] ops) =>
        Assert.Single(Ask<IncrementalAlterConfigsAnswer>(new IncrementalAlterConfigs(
            1, [new ConfigAlteration(ConfigResource.Topic(topic), [.. ops])], ValidateOnly: false)).Results);

    public TopicResult Grow(string topic, int count, params int[][] assignments) =>
        Assert.Single(Ask<TopicsAnswer>(new CreatePartitions(
            1, [new NewPartitions(topic, count, [.. assignments.Select(Ids)])], ValidateOnly: false)).Results);

    public PartitionRegistration Partition(string topic = "t", int partition = 0) =>
        Image.TryGetPartition(new TopicPartition(topic, partition))!;

    public IsrProposal Proposal(PartitionRegistration p, params int[] isr) =>
        new(
            p.Id,
            1,
            p.LeaderEpoch,
            p.PartitionEpoch,
            LeaderRecoveryState.Recovered,
            [.. isr.Select(b => new IsrMember(new(b), Image.TryGetBroker(new(b))?.Epoch ?? BrokerEpoch.Unknown))]);

    public AlterPartitionsAnswer Alter(int sender, params IsrProposal[] proposals) =>
        Ask<AlterPartitionsAnswer>(new AlterPartitions(new(sender), EpochOf(sender), 1, [.. proposals]));

    public IsrProposalAnswer AlterOne(int sender, IsrProposal proposal) => Assert.Single(Alter(sender, proposal).Answers);

    public IsrProposalAnswer SetIsr(string topic, params int[] isr)
    {
        var p = Partition(topic);
        var answer = AlterOne(p.Leader.Value, Proposal(p, isr));
        Assert.Equal(ErrorCode.None, answer.Error);
        return answer;
    }

    private void Commit(MetadataBatch batch)
    {
        ControllerInvariants.CheckEncoding(Image, batch);
        Image = Image.Apply(batch);
        Log.Add(batch);
        ControllerInvariants.CheckState(Image);
    }
}

internal static class PartitionAssertions
{
    public static PartitionRegistration Is(
        this PartitionRegistration p,
        int? leader = null,
        int[]? isr = null,
        int[]? elr = null,
        int[]? lastKnownElr = null,
        int? leaderEpoch = null,
        int? partitionEpoch = null,
        LeaderRecoveryState? recovery = null)
    {
        if (leader is not null)
            Assert.Equal(leader, p.Leader.Value);
        if (isr is not null)
            Assert.Equal(isr, p.Isr.Select(b => b.Value));
        if (elr is not null)
            Assert.Equal(elr, p.Elr.Select(b => b.Value));
        if (lastKnownElr is not null)
            Assert.Equal(lastKnownElr, p.LastKnownElr.Select(b => b.Value));
        if (leaderEpoch is not null)
            Assert.Equal(leaderEpoch, p.LeaderEpoch.Value);
        if (partitionEpoch is not null)
            Assert.Equal(partitionEpoch, p.PartitionEpoch.Value);
        if (recovery is not null)
            Assert.Equal(recovery, p.RecoveryState);
        return p;
    }
}
