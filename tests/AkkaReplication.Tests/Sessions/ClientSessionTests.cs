using System.Text;
using Akka.Actor;
using AkkaReplication.Clients;
using AkkaReplication.Records;
using AkkaReplication.Tests.Hosting;

namespace AkkaReplication.Tests.Sessions;

/// <summary>What a broker answers to a client that speaks to it directly, as a wire listener or a hostile client would.</summary>
public sealed class ClientSessionTests : Akka.TestKit.Xunit2.TestKit, IAsyncLifetime
{
    private TestCluster _cluster = null!;
    private TopicIdPartition _partition;
    private IActorRef _session = ActorRefs.Nobody;
    private long _nextCall;

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(brokers: 1, system: Sys);
        await _cluster.CreateTopicAsync("orders", partitions: 1, configs: new() { ["max.message.bytes"] = "1000" });
        _partition = new TopicIdPartition(_cluster.Partition("orders").TopicId, 0);
        Sys.ActorSelection($"/user/akkarepl-{_cluster.Cluster.Name}/broker-1").Tell(new OpenClientSession("test"), TestActor);
        _session = (await ExpectMsgAsync<ClientSessionOpened>(TimeSpan.FromSeconds(10))).Session;
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task A_good_batch_is_appended_and_read_back_byte_for_byte_but_for_offset_and_epoch()
    {
        var batch = Batch("hello");
        Assert.Equal(ErrorCode.None, (await ProduceAsync(batch)).Error);

        var fetched = (await CallAsync<FetchResponse>(Fetch(0))).Results.Single();
        Assert.Equal(batch[16..], fetched.Records.ToArray()[16..]);
        Assert.Equal(1, fetched.HighWatermark);
    }

    [Theory]
    [InlineData("crc", ErrorCode.CorruptMessage)]
    [InlineData("count", ErrorCode.InvalidRecord)]
    [InlineData("length", ErrorCode.CorruptMessage)]
    [InlineData("size", ErrorCode.MessageTooLarge)]
    [InlineData("empty", ErrorCode.CorruptMessage)]
    public async Task A_batch_that_is_wrong_is_refused_by_name_and_nothing_is_appended(string what, ErrorCode error)
    {
        var batch = Batch(what == "size" ? new string('x', 2000) : "hello");
        switch (what)
        {
            case "crc":
                batch[^1] ^= 1;
                break;
            case "count":
                batch = WithCount(batch, 7);
                break;
            case "length":
                batch = batch[..^3];
                break;
            case "empty":
                batch = [];
                break;
        }

        var refused = await ProduceAsync(batch);

        Assert.Equal(error, refused.Error);
        Assert.False(string.IsNullOrWhiteSpace(refused.Message));
        Assert.Equal(0, _cluster.Partition("orders").LivingReplicas.Single().LogEndOffset);
    }

    [Fact]
    public async Task Acks_that_do_not_exist_are_refused()
    {
        var response = await CallAsync<ProduceResponse>(
            new ProduceRequest(2, 1000, [new PartitionBatch(_partition, LeaderEpoch.None, Batch("hello"))]));
        Assert.Equal(ErrorCode.InvalidRequiredAcks, response.Results.Single().Error);
    }

    [Fact]
    public async Task A_partition_that_does_not_exist_is_named_unknown()
    {
        var nowhere = new TopicIdPartition(new TopicId(Guid.NewGuid()), 0);
        var response = await CallAsync<ProduceResponse>(
            new ProduceRequest(-1, 1000, [new PartitionBatch(nowhere, LeaderEpoch.None, Batch("hello"))]));
        Assert.Equal(ErrorCode.UnknownTopicId, response.Results.Single().Error);
    }

    [Fact]
    public async Task A_fetch_beyond_the_end_is_out_of_range_and_one_at_the_end_waits_for_data()
    {
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await CallAsync<FetchResponse>(Fetch(5))).Results.Single().Error);

        var waiting = Send(Fetch(0, maxWaitMs: 30_000));
        await ProduceAsync(Batch("hello"), skip: waiting);
        var reply = await FishForMessageAsync<ClientReply>(r => r.CorrelationId == waiting, TimeSpan.FromSeconds(10));
        Assert.NotEqual(0, Assert.IsType<FetchResponse>(reply.Response).Results.Single().Records.Length);
    }

    [Fact]
    public async Task A_client_that_believes_in_an_older_or_a_newer_leader_is_told_so()
    {
        var epoch = _cluster.Partition("orders").LeaderEpoch;
        Assert.Equal(
            ErrorCode.UnknownLeaderEpoch, (await CallAsync<FetchResponse>(Fetch(0, epoch: epoch.Next()))).Results.Single().Error);
        if (epoch > new LeaderEpoch(0))
        {
            Assert.Equal(
                ErrorCode.FencedLeaderEpoch,
                (await CallAsync<FetchResponse>(Fetch(0, epoch: new LeaderEpoch(0)))).Results.Single().Error);
        }
    }

    private static byte[] Batch(string value)
    {
        var builder = new RecordBatchBuilder(256);
        Assert.True(builder.TryAppend(1000, default, keyIsNull: true, Encoding.UTF8.GetBytes(value), valueIsNull: false, null, 1 << 20));
        return builder.Build();
    }

    /// <summary>Another record count under a right CRC.</summary>
    private static byte[] WithCount(byte[] batch, int count)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), count);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(21)));
        return batch;
    }

    private FetchRequest Fetch(long offset, int maxWaitMs = 0, LeaderEpoch? epoch = null) => new(
        maxWaitMs,
        1,
        1 << 20,
        IsolationLevel.ReadUncommitted,
        [new FetchPosition(_partition, epoch ?? LeaderEpoch.None, offset, LeaderEpoch.None, 1 << 20)]);

    private async Task<PartitionProduced> ProduceAsync(byte[] batch, long skip = -1)
    {
        var call = Send(new ProduceRequest(-1, 5000, [new PartitionBatch(_partition, LeaderEpoch.None, batch)]));
        var replies = new List<ClientReply>();
        while (replies.All(r => r.CorrelationId != call))
            replies.Add(await ExpectMsgAsync<ClientReply>(TimeSpan.FromSeconds(10)));
        foreach (var early in replies.Where(r => r.CorrelationId == skip))
            TestActor.Tell(early);
        return Assert.IsType<ProduceResponse>(replies.Single(r => r.CorrelationId == call).Response).Results.Single();
    }

    private async Task<T> CallAsync<T>(ClientRequest request)
        where T : ClientResponse
    {
        var call = Send(request);
        var reply = await ExpectMsgAsync<ClientReply>(TimeSpan.FromSeconds(10));
        Assert.Equal(call, reply.CorrelationId);
        return Assert.IsType<T>(reply.Response);
    }

    private long Send(ClientRequest request)
    {
        var call = _nextCall++;
        _session.Tell(new ClientCall(call, request), TestActor);
        return call;
    }
}
