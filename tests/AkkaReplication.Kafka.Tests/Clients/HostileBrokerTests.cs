using System.Buffers.Binary;
using AkkaReplication.Protocol;
using AkkaReplication.Protocol.Messages;
using PersistenceStatus = AkkaReplication.Clients.PersistenceStatus;

namespace AkkaReplication.Kafka.Tests.Clients;

/// <summary>Clients at the other end of something that is no good broker: they say so, hold no memory, and recover.</summary>
public sealed class HostileBrokerTests
{
    private static readonly FakeBroker.Reply CloseIt = new([], ThenClose: true);

    [Fact]
    public async Task Nothing_is_left_of_clients_that_were_disposed_of()
    {
        await using var broker = new FakeBroker();
        var client = await ConnectAsync(broker);
        var producer = client.CreateProducer<string, string>();
        await producer.ProduceAsync("orders", new() { Key = "k", Value = "v" });
        Assert.InRange(broker.Connections, 1, 4);

        await producer.DisposeAsync();
        await EventuallyAsync(() => broker.Connections == 0);
        await client.DisposeAsync();
        Assert.Equal(0, broker.Connections);
    }

    /// <summary>Each is done once, to the first request of an API; afterwards the broker is as good as any.</summary>
    [Theory]
    [InlineData(ApiKey.Metadata, "garbage")]
    [InlineData(ApiKey.Metadata, "closed")]
    [InlineData(ApiKey.Metadata, "cut")]
    [InlineData(ApiKey.Metadata, "2 GiB")]
    [InlineData(ApiKey.Metadata, "negative")]
    [InlineData(ApiKey.Metadata, "another number")]
    [InlineData(ApiKey.Metadata, "twice")]
    [InlineData(ApiKey.Produce, "garbage")]
    [InlineData(ApiKey.Produce, "cut")]
    [InlineData(ApiKey.Produce, "2 GiB")]
    [InlineData(ApiKey.InitProducerId, "closed")]
    [InlineData(ApiKey.ApiVersions, "garbage")]
    [InlineData(ApiKey.ApiVersions, "closed")]
    [InlineData(ApiKey.ApiVersions, "2 GiB")]
    public async Task A_producer_recovers_from_nonsense(ApiKey api, string nonsense)
    {
        await using var broker = new FakeBroker();
        await using var client = await ConnectAsync(broker);
        await using var producer = client.CreateProducer<string, string>();
        var done = 0;
        broker.Answer = header => header.ApiKey == api && Interlocked.Exchange(ref done, 1) == 0
            ? Nonsense(broker, header, nonsense)
            : null;

        var result = await producer.ProduceAsync("orders", new() { Key = "k", Value = "v" }).WaitAsync(KafkaCluster.Patience);

        Assert.Equal(1, done);
        Assert.True(result.Offset.Value >= 0);
    }

    [Theory]
    [InlineData("garbage", "agreement on versions")]
    [InlineData("closed", "closed the connection")]
    [InlineData("2 GiB", "accepted")]
    [InlineData("nothing", "socket.connection.setup.timeout.ms")]
    public async Task What_a_server_does_wrong_is_said(string nonsense, string expected)
    {
        await using var broker = new FakeBroker();
        var silent = new TaskCompletionSource();
        broker.Answer = header =>
        {
            if (nonsense != "nothing")
                return Nonsense(broker, header, nonsense);
            silent.Task.Wait();
            return CloseIt;
        };

        var error = await Assert.ThrowsAsync<ReplicationException>(() => KafkaClient.ConnectAsync(new()
        {
            BootstrapServers = broker.Address,
            ConnectTimeoutMs = 3_000,
            SocketConnectionSetupTimeoutMs = nonsense == "nothing" ? 500 : 2_500,
        }));

        silent.SetResult();
        Assert.Contains(broker.Address, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flood_of_answers_that_nobody_asked_for_is_not_read()
    {
        await using var broker = new FakeBroker();
        await using var client = await ConnectAsync(broker);
        var flood = 0;
        broker.Answer = header =>
        {
            if (header.ApiKey != ApiKey.InitProducerId || Interlocked.Exchange(ref flood, 1) != 0)
                return null;
            var answer = FakeBroker.Frame(header, new InitProducerIdResponse { ProducerId = 7 });
            var more = new byte[50_000_000];
            for (var at = answer.Length; at + 1_000_000 < more.Length; at += 1_000_000)
                BinaryPrimitives.WriteInt32BigEndian(more.AsSpan(at), 1_000_000 - 4);
            answer.CopyTo(more, 0);
            return new(more);
        };
        await using var producer = client.CreateProducer<string, string>();

        await producer.ProduceAsync("orders", new() { Key = "k", Value = "v" }).WaitAsync(KafkaCluster.Patience);

        Assert.Equal(1, flood);
    }

    [Fact]
    public async Task A_frame_that_is_announced_and_does_not_come_takes_no_memory()
    {
        await using var broker = new FakeBroker();
        await using var client = await ConnectAsync(broker);
        broker.Answer = header => header.ApiKey == ApiKey.Produce ? new([0x05, 0xf5, 0xe1, 0x00, 1, 2, 3]) : null;
        await using var producer = client.CreateProducer<string, string>(o => (o.DeliveryTimeoutMs, o.RequestTimeoutMs) = (1_500, 500));
        var before = GC.GetTotalAllocatedBytes();

        var error = await Assert.ThrowsAsync<ProduceException>(
            () => producer.ProduceAsync("orders", new() { Key = "k", Value = "v" }).WaitAsync(KafkaCluster.Patience));

        Assert.Equal((ErrorCode.RequestTimedOut, PersistenceStatus.PossiblyPersisted), (error.Error, error.DeliveryReport.Status));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 90_000_000);
    }

    [Fact]
    public async Task A_broker_that_is_too_old_for_a_request_is_named_with_what_it_offers()
    {
        await using var broker = new FakeBroker();
        broker.Offered[ApiKey.Produce] = (0, 2);
        await using var client = await ConnectAsync(broker);
        await using var producer = client.CreateProducer<string, string>();

        var error = await Assert.ThrowsAsync<ProduceException>(
            () => producer.ProduceAsync("orders", new() { Key = "k", Value = "v" }).WaitAsync(KafkaCluster.Patience));

        Assert.Equal((ErrorCode.UnsupportedVersion, PersistenceStatus.NotPersisted), (error.Error, error.DeliveryReport.Status));
        Assert.Contains("Produce versions 0 to 2; 3 to 11 is needed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_is_too_old_for_everything_is_not_connected_to()
    {
        await using var broker = new FakeBroker();
        broker.Offered[ApiKey.Metadata] = (0, 1);

        var error = await Assert.ThrowsAsync<ReplicationException>(() => ConnectAsync(broker));

        Assert.Contains("Metadata versions 0 to 1; 4 to 12 is needed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_knows_only_the_first_version_of_the_question_is_asked_in_that()
    {
        await using var broker = new FakeBroker();
        broker.Offered[ApiKey.Produce] = (0, 7);
        broker.Answer = header => header is { ApiKey: ApiKey.ApiVersions, ApiVersion: > 0 }
            ? new(FakeBroker.Frame(header, new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion }, version: 0))
            : null;
        await using var client = await ConnectAsync(broker);
        await using var producer = client.CreateProducer<string, string>();

        await producer.ProduceAsync("orders", new() { Key = "k", Value = "v" }).WaitAsync(KafkaCluster.Patience);

        // The highest that both sides know.
        Assert.All(broker.Asked.Where(h => h.ApiKey == ApiKey.Produce), header => Assert.Equal(7, header.ApiVersion));
        Assert.Contains(broker.Asked, h => h is { ApiKey: ApiKey.Metadata, ApiVersion: 12 });
    }

    [Fact]
    public async Task Requests_without_answers_are_held_up_by_a_connection_that_takes_no_more()
    {
        await using var broker = new FakeBroker();
        await using var client = await ConnectAsync(broker);
        using var stalled = new ManualResetEventSlim();
        broker.Answer = header =>
        {
            if (header.ApiKey == ApiKey.Produce)
                stalled.Wait();
            return null;
        };
        await using var producer = client.CreateProducer<Null, byte[]>(
            o => (o.Acks, o.BufferMemory, o.MaxBlockMs) = (Acks.None, 4_000_000, 30_000));
        var record = new Message<Null, byte[]> { Value = new byte[100_000] };

        // What the sockets do not take waits in buffer.memory, and when that is full the producer does.
        var refused = Assert.Throws<ProduceException>(() =>
        {
            for (var i = 0; i < 10_000; i++)
                producer.Produce("orders", record);
        });

        Assert.Contains("buffer.memory", refused.Message, StringComparison.Ordinal);
        stalled.Set();
        await producer.FlushAsync(RemoteCluster.Soon());
    }

    private static Task<KafkaClient> ConnectAsync(FakeBroker broker) =>
        KafkaClient.ConnectAsync(new() { BootstrapServers = broker.Address, ConnectTimeoutMs = 10_000 });

    private static FakeBroker.Reply Nonsense(FakeBroker broker, RequestHeader header, string nonsense) => nonsense switch
    {
        "garbage" => new(FakeBroker.Frame(
            header, [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
        "closed" => CloseIt,
        "cut" => new(FakeBroker.Frame(header, new byte[100])[..50], ThenClose: true),
        "2 GiB" => new([0x7f, 0xff, 0xff, 0xff, 1, 2, 3]),
        "negative" => new([0xff, 0xff, 0xff, 0xfe]),
        "another number" => new(broker.Metadata(header with { CorrelationId = header.CorrelationId + 1 })),
        "twice" => new([.. broker.Metadata(header), .. broker.Metadata(header)]),
        _ => throw new ArgumentOutOfRangeException(nameof(nonsense), nonsense, "unknown"),
    };

    private static Task EventuallyAsync(Func<bool> probe) =>
        KafkaCluster.EventuallyAsync(() => Task.FromResult(probe() ? true : (bool?)null));
}
