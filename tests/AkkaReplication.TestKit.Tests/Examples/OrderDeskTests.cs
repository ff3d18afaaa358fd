using AkkaReplication.Testing;
using AkkaReplication.Tests.Examples;

namespace AkkaReplication.TestKit.Tests.Examples;

// README: test
public sealed class OrderDeskTests
{
    [Fact]
    public async Task An_order_is_kept_though_the_leader_dies_in_mid_request()
    {
        await using var cluster = await ReplicationCluster.StartAsync(brokers: 3);
        await cluster.CreateTopicAsync("orders", partitions: 1, replicationFactor: 3);
        await using var desk = new OrderDesk(cluster.Client);        // your service, as it is
        var leader = cluster.LeaderOf("orders", 0);

        await cluster.Network.IsolateAsync(leader.Id);               // takes the order, and can tell nobody
        var accepted = desk.AcceptAsync("tea");
        await leader.KillAsync();                                    // no goodbye

        Assert.Equal("tea", await accepted);                         // what does your service do meanwhile?
        await cluster.HealAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        cluster.History.ShouldBeClean();                             // nothing lost, nothing twice, nothing out of order
    }
}
// README: end

/// <summary>A service that uses the log.</summary>
internal sealed class OrderDesk(ReplicationClient client) : IAsyncDisposable
{
    private readonly IProducer<string, string> _producer = client.CreateProducer<string, string>();

    public async Task<string> AcceptAsync(string item)
    {
        await _producer.ProduceAsync("orders", new() { Value = item });
        return item;
    }

    public ValueTask DisposeAsync() => _producer.DisposeAsync();
}

/// <summary>What README shows test authors is what is run here.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void The_example_of_a_test_is_the_one_that_is_run_here() => Assert.Equal(
        ReadmeExamples.InSource("test", "../../AkkaReplication.TestKit.Tests/Examples/OrderDeskTests.cs"),
        ReadmeExamples.InReadme("test"));
}
