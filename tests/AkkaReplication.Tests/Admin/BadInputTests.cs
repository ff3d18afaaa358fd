using AkkaReplication.Clients;
using AkkaReplication.Tests.Clients;
using AkkaReplication.Tests.Hosting;

namespace AkkaReplication.Tests.Admin;

public sealed class BadInputTests
{
    [Fact]
    public async Task Null_is_an_argument_error_and_nothing_asks_for_nothing()
    {
        await using var cluster = new FakeCluster();
        cluster.OnRequest = (_, request) => throw new InvalidOperationException($"{request} was sent.");
        await using var admin = cluster.Client.CreateAdminClient();

        await Assert.ThrowsAsync<ArgumentNullException>(() => admin.CreateTopicsAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => admin.DeleteTopicsAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => admin.CreatePartitionsAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => admin.DescribeConfigsAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => admin.IncrementalAlterConfigsAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => admin.DeleteRecordsAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => admin.ListOffsetsAsync(null!));
        await Assert.ThrowsAsync<ArgumentException>(() => admin.CreateTopicsAsync([null!]));
        await Assert.ThrowsAsync<ArgumentException>(() => admin.DeleteTopicsAsync([null!]));
        await Assert.ThrowsAsync<ArgumentException>(() => admin.DescribeTopicsAsync([null!]));
        await Assert.ThrowsAsync<ArgumentException>(() => admin.DescribeConfigsAsync([default]));
        await Assert.ThrowsAsync<ArgumentException>(
            () => admin.CreateTopicsAsync([new TopicSpecification { Name = null! }]));

        Assert.Empty(await admin.CreateTopicsAsync([]));
        Assert.Empty(await admin.DeleteTopicsAsync([]));
        Assert.Empty(await admin.CreatePartitionsAsync([]));
        Assert.Empty(await admin.DescribeTopicsAsync([]));
        Assert.Empty(await admin.DescribeConfigsAsync([]));
        Assert.Empty(await admin.IncrementalAlterConfigsAsync(
            new Dictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>>()));
        Assert.Empty(await admin.DeleteRecordsAsync([]));
        Assert.Empty(await admin.ListOffsetsAsync([]));
        Assert.Empty(await admin.DescribeLogDirsAsync([]));
        Assert.Empty(await admin.ElectLeadersAsync(AkkaReplication.Controller.ElectionType.Preferred, []));
    }

    [Fact]
    public async Task Partitions_that_cannot_be_or_are_named_twice_are_argument_errors()
    {
        await using var cluster = new FakeCluster();
        await using var admin = cluster.Client.CreateAdminClient();
        var one = new TopicPartitionOffset("a", 0, 1);

        await Assert.ThrowsAsync<ArgumentException>(() => admin.DeleteRecordsAsync([one, one with { Offset = 2 }]));
        await Assert.ThrowsAsync<ArgumentException>(
            () => admin.DeleteRecordsAsync([new TopicPartitionOffset("a", -1, 1)]));
        await Assert.ThrowsAsync<ArgumentNullException>(() => admin.DeleteRecordsAsync([default]));
    }

    [Fact]
    public async Task Cancelled_call_is_not_sent_and_one_under_way_is_not_repeated()
    {
        await using var cluster = new FakeCluster();
        var sent = 0;
        cluster.OnRequest = (_, _) =>
        {
            Interlocked.Increment(ref sent);
            return false;
        };
        await using var admin = cluster.Client.CreateAdminClient(o => o.RequestTimeoutMs = 50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => admin.DeleteTopicsAsync(["a"], new CancellationToken(canceled: true)));
        Assert.Equal(0, sent);

        using var cancelling = new CancellationTokenSource();
        var call = admin.DeleteTopicsAsync(["a"], cancelling.Token);
        while (Volatile.Read(ref sent) == 0)
            await Task.Yield();
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        // Another call's answer comes after whatever the cancelled one might still have sent.
        var before = Volatile.Read(ref sent);
        cluster.OnRequest = (_, request) => request is not DeleteTopicsRequest || Interlocked.Increment(ref sent) < 0;
        for (var i = 0; i < 5; i++)
            await admin.DescribeClusterAsync();
        Assert.Equal(before, sent);
    }

    [Fact]
    public async Task Client_that_is_disposed_of_takes_no_calls_and_ends_those_under_way()
    {
        await using var cluster = new FakeCluster();
        var asked = new TaskCompletionSource();
        cluster.OnRequest = (_, _) =>
        {
            asked.TrySetResult();
            return false;
        };
        var admin = cluster.Client.CreateAdminClient();
        var call = admin.DeleteTopicsAsync(["a"]);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));

        await admin.DisposeAsync();
        await admin.DisposeAsync();

        var failed = await Assert.ThrowsAsync<ReplicationException>(() => call);
        Assert.Equal((ErrorCode.InvalidRequest, true), (failed.Error, failed.MayHaveBeenCarriedOut));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => admin.DescribeClusterAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => admin.DeleteTopicsAsync([]));
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => admin.DeleteRecordsAsync([new TopicPartitionOffset("a", 0, 1)]));
    }

    [Fact]
    public async Task Change_that_nobody_answered_may_have_been_carried_out_and_says_so()
    {
        await using var cluster = new FakeCluster();
        cluster.OnRequest = (_, request) => request is MetadataRequest { Topics: null };
        await using var admin = cluster.Client.CreateAdminClient(o => o.DefaultApiTimeoutMs = 300);

        var change = await Assert.ThrowsAsync<ReplicationException>(() => admin.DeleteTopicsAsync(["a"]));
        var question = await Assert.ThrowsAsync<ReplicationException>(() => admin.DescribeClusterAsync());

        Assert.Equal(
            (ErrorCode.RequestTimedOut, true, true), (change.Error, change.IsRetriable, change.MayHaveBeenCarriedOut));
        Assert.Contains("may have been carried out", change.Message, StringComparison.Ordinal);
        Assert.Equal((ErrorCode.RequestTimedOut, false), (question.Error, question.MayHaveBeenCarriedOut));
    }

    [Fact]
    public async Task What_the_cluster_refuses_it_refuses_by_name_and_disturbs_nothing_else()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var admin = cluster.Client.CreateAdminClient();
        TopicSpecification Topic(string name, int partitions = 1) => new() { Name = name, NumPartitions = partitions };

        var refused = await Assert.ThrowsAsync<TopicsException>(() => admin.CreateTopicsAsync(
            [Topic(""), Topic("none", 0), Topic("huge", 10_000), Topic("twice"), Topic("twice"), Topic("good")]));
        Assert.Equal(
            [
                ErrorCode.InvalidTopicException,
                ErrorCode.InvalidPartitions,
                ErrorCode.PolicyViolation,
                ErrorCode.InvalidRequest,
                ErrorCode.InvalidRequest,
                ErrorCode.None,
            ],
            refused.Results.Select(r => r.Error));
        Assert.False(refused.IsRetriable);

        var validated = Assert.Single(await admin.CreateTopicsAsync([Topic("large", 9_990)], validateOnly: true));
        Assert.Equal((ErrorCode.None, TopicId.None), (validated.Error, validated.TopicId));
        Assert.Equal("good", Assert.Single(cluster.Cluster.Describe().Partitions).Partition.Topic);
        var mixed = await Assert.ThrowsAsync<TopicsException>(() => admin.DeleteTopicsAsync(["good", "good", ""]));
        Assert.Equal(
            [ErrorCode.None, ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicOrPartition],
            mixed.Results.Select(r => r.Error));
        Assert.True(mixed.IsRetriable);
    }
}
