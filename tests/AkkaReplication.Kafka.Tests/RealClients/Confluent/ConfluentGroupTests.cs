using System.Collections.Concurrent;
using System.Globalization;
using AkkaReplication.Kafka.Tests;
using AkkaReplication.Kafka.Tests.RealClients;
using AkkaReplication.Testing;
using Confluent.Kafka;

namespace ConfluentClients;

/// <summary>Groups of Confluent.Kafka's consumers, against three brokers.</summary>
public sealed class ConfluentGroupTests : IAsyncLifetime
{
    private const int Partitions = 4;
    private const int Records = 200;
    private const string Group = "readers";

    private readonly ConcurrentDictionary<string, int> _read = new();
    private TestCluster _cluster = null!;
    private int _written;

    private string Servers => _cluster.BootstrapServers();

    public async Task InitializeAsync()
    {
        _cluster = await ClientCluster.StartAsync();
        await _cluster.CreateTopicAsync("orders", Partitions);
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [ConfluentFact(Feature.Group)]
    public async Task Members_share_the_partitions_by_range_and_one_takes_over_when_the_other_leaves()
    {
        using var first = Join();
        await HoldsAsync(() => first.Assigned.Length == Partitions, first);
        using (var second = Join())
        {
            await HoldsAsync(() => first.Assigned.Length == 2 && second.Assigned.Length == 2, first, second);
            Assert.Equal(Partitions, first.Taken);
            await WriteAsync();
            await HoldsAsync(AllIsRead, first, second);
        }

        await HoldsAsync(() => first.Assigned.Length == Partitions, first);
        await WriteAsync();
        await HoldsAsync(AllIsRead, first);

        // They committed what they had read, and nobody died.
        Assert.All(_read.Values, times => Assert.Equal(1, times));
    }

    [ConfluentFact(Feature.CooperativeGroup)]
    public async Task A_cooperative_member_keeps_what_it_need_not_give()
    {
        using var first = Join(Cooperative);
        await HoldsAsync(() => first.Assigned.Length == Partitions, first);
        using var second = Join(Cooperative);
        await HoldsAsync(() => first.Assigned.Length == 2 && second.Assigned.Length == 2, first, second);
        await WriteAsync();
        await HoldsAsync(AllIsRead, first, second);

        Assert.Equal((2, 0), (first.Taken, second.Taken));

        static void Cooperative(ConsumerConfig config) =>
            config.PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky;
    }

    [ConfluentFact(Feature.StaticMembership)]
    public async Task A_static_member_that_comes_back_has_its_partitions_and_nobody_else_notices()
    {
        using var first = Join(Named("first"));
        var second = Join(Named("second"));
        await HoldsAsync(() => first.Assigned.Length == 2 && second.Assigned.Length == 2, first, second);
        var (firsts, seconds, taken) = (first.Assigned, second.Assigned, first.Taken);
        second.Dispose();
        using var again = Join(Named("second"));
        await HoldsAsync(() => again.Assigned.Length == 2, first, again);
        await WriteAsync();
        await HoldsAsync(AllIsRead, first, again);

        Assert.Equal((firsts, seconds, taken), (first.Assigned, again.Assigned, first.Taken), (a, b) =>
            a.Item1.SequenceEqual(b.Item1) && a.Item2.SequenceEqual(b.Item2) && a.Item3 == b.Item3);

        static Action<ConsumerConfig> Named(string name) => config =>
            (config.GroupInstanceId, config.SessionTimeoutMs) = (name, 60_000);
    }

    [ConfluentFact(Feature.CoordinatorDies)]
    public async Task A_group_goes_on_when_its_coordinator_dies()
    {
        using var first = Join();
        using var second = Join();
        await HoldsAsync(() => first.Assigned.Length == 2 && second.Assigned.Length == 2, first, second);
        await WriteAsync();
        await HoldsAsync(AllIsRead, first, second);
        using (var admin = Admin())
        {
            var described = await admin.DescribeConsumerGroupsAsync([Group]);
            await _cluster.Broker(described.ConsumerGroupDescriptions.Single().Coordinator.Id).KillAsync();
        }

        await WriteAsync();
        await HoldsAsync(AllIsRead, first, second);
    }

    [ConfluentFact(Feature.AdministerGroups)]
    public async Task Groups_are_listed_described_moved_and_deleted()
    {
        using var admin = Admin();
        using (var member = Join())
        {
            await WriteAsync();
            await HoldsAsync(AllIsRead, member);
            var group = (await admin.DescribeConsumerGroupsAsync([Group])).ConsumerGroupDescriptions.Single();
            Assert.Equal((ConsumerGroupState.Stable, "range"), (group.State, group.PartitionAssignor));
            Assert.Equal(Partitions, Assert.Single(group.Members).Assignment.TopicPartitions.Count);
        }

        Assert.Contains(Group, (await admin.ListConsumerGroupsAsync()).Valid.Select(group => group.GroupId));
        await admin.AlterConsumerGroupOffsetsAsync([new(Group, [new("orders", 0, 7)])]);
        var offsets = (await admin.ListConsumerGroupOffsetsAsync([new(Group, [new("orders", 0)])])).Single();
        Assert.Equal(7, Assert.Single(offsets.Partitions).Offset.Value);

        await admin.DeleteGroupsAsync([Group]);
        Assert.DoesNotContain(Group, (await admin.ListConsumerGroupsAsync()).Valid.Select(group => group.GroupId));
    }

    private static Task HoldsAsync(Func<bool> condition, params ConfluentReader[] members) =>
        KafkaCluster.EventuallyAsync(condition, () => string.Join('\n', members.AsEnumerable()));

    private ConfluentReader Join(Action<ConsumerConfig>? configure = null) => new(
        Servers,
        Group,
        consumer => consumer.Subscribe("orders"),
        configure ?? (config => config.PartitionAssignmentStrategy = PartitionAssignmentStrategy.Range),
        record => _read.AddOrUpdate(record.Message.Value, 1, (_, times) => times + 1));

    private IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Servers }).Build();

    private bool AllIsRead() => _read.Count == _written;

    /// <summary>So many more, over all partitions.</summary>
    private async Task WriteAsync()
    {
        using var producer = new ProducerBuilder<Null, string>(
            new ProducerConfig { BootstrapServers = Servers, EnableIdempotence = true }).Build();
        await Task.WhenAll(Enumerable.Range(_written, Records).Select(n => producer.ProduceAsync(
            new TopicPartition("orders", n % Partitions),
            new Message<Null, string> { Value = n.ToString(CultureInfo.InvariantCulture) })));
        _written += Records;
    }
}
