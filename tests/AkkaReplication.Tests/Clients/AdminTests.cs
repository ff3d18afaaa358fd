namespace AkkaReplication.Tests.Clients;

public sealed class AdminTests
{
    [Fact]
    public async Task Topics_are_created_described_and_deleted()
    {
        await using var cluster = new FakeCluster();
        await using var admin = cluster.Client.CreateAdminClient();
        var created = await admin.CreateTopicsAsync([new TopicSpecification { Name = "a", NumPartitions = 3 }]);
        var described = Assert.Single(await admin.DescribeTopicsAsync(["a"]));
        Assert.Equal((created[0].TopicId, 3), (described.Id, described.Partitions.Length));
        Assert.Equal(["a"], (await admin.DescribeTopicsAsync()).Select(t => t.Name));
        await admin.DeleteTopicsAsync(["a"]);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single(await admin.DescribeTopicsAsync(["a"])).Error);
    }

    [Fact]
    public async Task Topic_that_was_refused_does_not_hide_those_that_were_not()
    {
        await using var cluster = await FakeCluster.WithTopic("a");
        await using var admin = cluster.Client.CreateAdminClient();
        var refused = await Assert.ThrowsAsync<TopicsException>(
            () => admin.CreateTopicsAsync(
                [new TopicSpecification { Name = "a" }, new TopicSpecification { Name = "b" }]));
        Assert.Equal(ErrorCode.TopicAlreadyExists, refused.Error);
        Assert.Equal([ErrorCode.TopicAlreadyExists, ErrorCode.None], refused.Results.Select(r => r.Error));
        Assert.Equal(["a", "b"], (await admin.DescribeTopicsAsync()).Select(t => t.Name));
    }

    [Fact]
    public async Task Cluster_is_described_by_whoever_lives()
    {
        await using var cluster = new FakeCluster();
        await cluster.Kill(new BrokerId(0));
        await using var admin = cluster.Client.CreateAdminClient();
        var described = await admin.DescribeClusterAsync();
        Assert.Equal("fake-cluster-id", described.ClusterId);
        Assert.Equal(new BrokerId(1), described.Controller);
        Assert.Equal([new BrokerId(0)], described.Brokers.Where(b => b.Fenced).Select(b => b.Id));
    }

    [Fact]
    public async Task Elections_are_answered_per_partition()
    {
        await using var cluster = await FakeCluster.WithTopic("a");
        await using var admin = cluster.Client.CreateAdminClient();
        var elected = await admin.ElectLeadersAsync(
            AkkaReplication.Controller.ElectionType.Preferred, [new TopicPartition("a", 0)]);
        Assert.Equal(ErrorCode.ElectionNotNeeded, Assert.Single(elected).Error);
    }

    [Fact]
    public async Task Call_without_any_broker_ends_in_time()
    {
        await using var cluster = new FakeCluster();
        foreach (var broker in cluster.Bootstrap)
            await cluster.Kill(broker);
        await using var admin = cluster.Client.CreateAdminClient(o => o.DefaultApiTimeoutMs = 300);
        var error = await Assert.ThrowsAsync<ReplicationException>(() => admin.DescribeClusterAsync());
        Assert.Equal(ErrorCode.RequestTimedOut, error.Error);
    }

    [Fact]
    public async Task Call_goes_to_another_broker_when_the_first_dies()
    {
        await using var cluster = new FakeCluster();
        BrokerId? asked = null;
        cluster.OnRequest = (broker, _) => (asked ??= broker) != broker;
        await using var admin = cluster.Client.CreateAdminClient();
        var described = admin.DescribeClusterAsync();
        while (asked is null)
            await Task.Yield();
        await cluster.Kill(asked.Value);
        Assert.Equal("fake-cluster-id", (await described.WaitAsync(TimeSpan.FromSeconds(20))).ClusterId);
    }
}
