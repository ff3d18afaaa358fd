using System.Buffers.Binary;
using Akka.Actor;
using Akka.Event;
using AkkaReplication.Kafka.Apis;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Tests;

/// <summary>What a client may send, in which pieces, and what becomes of it when it is nonsense.</summary>
public sealed class ConnectionTests : IAsyncLifetime
{
    private KafkaCluster _cluster = null!;

    public async Task InitializeAsync() =>
        _cluster = await KafkaCluster.StartAsync(kafka => kafka.SocketRequestMaxBytes = 1 << 20, brokers: 1);

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public void What_is_offered_can_be_read_and_written()
    {
        foreach (var api in ApiTable.All)
        {
            Assert.True(KafkaApis.IsSupported(api.Key, api.Offered.Lowest), $"{api.Key} {api.Offered.Lowest}");
            Assert.True(KafkaApis.IsSupported(api.Key, api.Offered.Highest), $"{api.Key} {api.Offered.Highest}");
        }

        Assert.Equal(ApiTable.All.Select(api => api.Key).Order(), ApiTable.All.Select(api => api.Key));
    }

    [Fact]
    public async Task A_version_of_ApiVersions_that_is_not_known_is_answered_in_version_0_with_those_that_are()
    {
        using var client = await _cluster.ConnectAsync(1);
        await client.SendAsync(Raw(ApiKey.ApiVersions, 9, 77));

        var response = (ApiVersionsResponse)await client.ReceiveAsync(ApiKey.ApiVersions, 0, 77);

        Assert.Equal(ErrorCode.UnsupportedVersion, response.ErrorCode);
        var only = Assert.Single(response.ApiKeys);
        Assert.Equal(((short)ApiKey.ApiVersions, (short)0, (short)4), (only.ApiKey, only.MinVersion, only.MaxVersion));
        Assert.Equal(ErrorCode.None, (await client.AskAsync(new ApiVersionsRequest(), 2)).ErrorCode);
    }

    [Fact]
    public async Task A_client_whose_name_is_no_name_is_told_so()
    {
        using var client = await _cluster.ConnectAsync(1);

        var response = await client.AskAsync(
            new ApiVersionsRequest { ClientSoftwareName = "-x", ClientSoftwareVersion = "1" }, 3);

        Assert.Equal(ErrorCode.InvalidRequest, response.ErrorCode);
    }

    [Theory]
    [InlineData("garbage", "FFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("a frame of 2 GiB", "7FFFFFFF0012000000000001FFFF")]
    [InlineData("one byte more than is accepted", "00100001")]
    [InlineData("a frame without a header", "0000000200FF")]
    [InlineData("an API that nobody knows", "0000000A7FFF000000000001FFFF")]
    [InlineData("an API between brokers", "0000000A0038000000000001FFFF")]
    [InlineData("a version that is not offered", "0000000A0003006300000001FFFF")]
    [InlineData("a count that lies", "0000000E0003000100000001FFFF7FFFFFFF")]
    public async Task Nonsense_ends_its_connection_and_no_other(string what, string hex)
    {
        using var other = await _cluster.ConnectAsync(1);
        using var client = await _cluster.ConnectAsync(1);

        await client.SendAsync(Convert.FromHexString(hex));
        await client.ExpectClosedAsync();

        Assert.True((await other.AskAsync(new MetadataRequest(), 12)).Brokers.Length == 1, what);
    }

    [Fact]
    public async Task Requests_come_in_any_pieces_and_are_answered_in_their_order()
    {
        using var client = await _cluster.ConnectAsync(1);
        byte[] both =
        [
            .. KafkaTestClient.Frame(new ApiVersionsRequest(), 0, 1), .. KafkaTestClient.Frame(new MetadataRequest { Topics = [] }, 0, 2),
        ];

        await client.SendAsync(both);
        await client.ReceiveAsync(ApiKey.ApiVersions, 0, 1);
        await client.ReceiveAsync(ApiKey.Metadata, 0, 2);
        foreach (var one in both)
            await client.SendAsync([one]);
        await client.ReceiveAsync(ApiKey.ApiVersions, 0, 1);
        await client.ReceiveAsync(ApiKey.Metadata, 0, 2);
    }

    [Fact]
    public async Task A_parked_fetch_holds_back_what_was_asked_after_it()
    {
        await _cluster.CreateTopicAsync("t");
        using var client = await _cluster.ConnectAsync(1);
        using var producer = await _cluster.ConnectAsync(1);
        var fetch = await client.SendAsync(Requests.Fetch("t", 0, maxWaitMs: 60_000), 12);
        var metadata = await client.SendAsync(new MetadataRequest(), 12);

        await producer.AskAsync(Requests.Produce("t", Batches.Of("a")), 9);

        var fetched = (FetchResponse)await client.ReceiveAsync(ApiKey.Fetch, 12, fetch);
        Assert.Equal(1, fetched.Topics[0].Partitions[0].HighWatermark);
        await client.ReceiveAsync(ApiKey.Metadata, 12, metadata);
    }

    [Fact]
    public async Task A_client_that_goes_in_the_middle_of_a_request_leaves_no_memory_behind()
    {
        await _cluster.CreateTopicAsync("t");
        for (var i = 0; i < 50; i++)
        {
            using var client = await _cluster.ConnectAsync(1);
            var frame = KafkaTestClient.Frame(Requests.Produce("t", Batches.Of(new string('x', 10_000))), 9, 1);
            await client.SendAsync(frame[..^(1 + i)]);
        }

        // All of the small requests' memory, several times over: what had not been given back would be missing.
        using var producer = await _cluster.ConnectAsync(1);
        for (var i = 0; i < 50; i++)
        {
            var produced = await producer.AskAsync(Requests.Produce("t", Batches.Of(new string('x', 10_000))), 9);
            Assert.Equal(ErrorCode.None, produced.Topics[0].Partitions[0].ErrorCode);
        }
    }

    [Fact]
    public async Task What_came_after_nonsense_gives_its_memory_back()
    {
        await using var cluster = await KafkaCluster.StartAsync(
            kafka => (kafka.SocketRequestMaxBytes, kafka.QueuedMaxRequestBytes) = (1 << 20, 4 << 20), brokers: 1);
        await cluster.CreateTopicAsync("t");
        var produce = KafkaTestClient.Frame(Requests.Produce("t", Batches.Of(new string('x', 30_000))), 9, 1);
        byte[] nonsenseAndMore =
            [.. Convert.FromHexString("0000000A0003006300000001FFFF"), .. Enumerable.Repeat(produce, 20).SelectMany(bytes => bytes)];

        // Many times the memory of small requests, which is a quarter of what there is.
        for (var i = 0; i < 60; i++)
        {
            using var client = await cluster.ConnectAsync(1);
            try
            {
                await client.SendAsync(nonsenseAndMore);
                await client.ExpectClosedAsync();
            }
            catch (IOException)
            {
                // It was closed while this was still sending.
            }
        }

        using var producer = await cluster.ConnectAsync(1);
        var produced = await producer.AskAsync(Requests.Produce("t", Batches.Of(new string('x', 30_000))), 9);
        Assert.Equal(ErrorCode.None, produced.Topics[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task Produces_that_want_no_answer_leave_nothing_behind()
    {
        await _cluster.CreateTopicAsync("t");
        using var client = await _cluster.ConnectAsync(1);
        for (var i = 0; i < 1_000; i++)
            await client.SendAsync(Requests.Produce("t", Batches.Of($"{i}"), acks: 0), 9);
        var last = await client.AskAsync(Requests.Produce("t", Batches.Of("last")), 9);
        Assert.Equal(1_000, last.Topics[0].Partitions[0].BaseOffset);

        Assert.Equal(0, await CallsOfTheOnlyConnectionAsync());

        // One that wants an answer and has none is counted.
        await client.SendAsync(Requests.Fetch("t", 1_001, maxWaitMs: 60_000), 12);
        await KafkaCluster.EventuallyAsync(
            async () => await CallsOfTheOnlyConnectionAsync() == 1 ? true : (bool?)null);
    }

    [Fact]
    public async Task The_end_of_a_client_that_was_let_go_is_no_dead_letter()
    {
        var system = _cluster.Cluster.System;
        using var letters = Inbox.Create(system);
        system.EventStream.Subscribe(letters.Receiver, typeof(AllDeadLetters));
        try
        {
            using var client = await _cluster.ConnectAsync(1);
            await client.SendAsync(Raw(ApiKey.Metadata, 99, 1));
            await client.ExpectClosedAsync();

            var letter = letters.ReceiveWhere(m => m is AllDeadLetters { Message: InputEnded }, KafkaCluster.Patience);
            Assert.IsType<SuppressedDeadLetter>(letter);
        }
        finally
        {
            system.EventStream.Unsubscribe(letters.Receiver);
        }
    }

    [Fact]
    public async Task A_client_that_never_reads_stands_in_nobodys_way()
    {
        await _cluster.CreateTopicAsync("t");
        using var producer = await _cluster.ConnectAsync(1);
        for (var i = 0; i < 8; i++)
            await producer.AskAsync(Requests.Produce("t", Batches.Of(new string('x', 500_000))), 9);
        using var deaf = await _cluster.ConnectAsync(1);
        for (var i = 0; i < 100; i++)
            await deaf.SendAsync(Requests.Fetch("t", 0), 12);

        var fetched = await producer.AskAsync(Requests.Fetch("t", 7), 12);

        Assert.Equal(8, fetched.Topics[0].Partitions[0].HighWatermark);
    }

    [Fact]
    public async Task Hundreds_of_idle_connections_are_no_burden()
    {
        var idle = new List<KafkaTestClient>();
        try
        {
            for (var i = 0; i < 500; i++)
                idle.Add(await _cluster.ConnectAsync(1));
            Assert.Single((await idle[^1].AskAsync(new MetadataRequest(), 12)).Brokers);
            Assert.Single((await idle[0].AskAsync(new MetadataRequest(), 12)).Brokers);
        }
        finally
        {
            idle.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task Every_version_of_every_api_is_answered()
    {
        using var client = await _cluster.ConnectAsync(1);
        foreach (var api in ApiTable.All)
        {
            for (var version = api.Offered.Lowest; version <= api.Offered.Highest; version++)
            {
                var request = Requests.Empty(api.Key, version);
                var correlation = await client.SendAsync(request, version);
                Assert.Equal(api.Key, (await client.ReceiveAsync(api.Key, version, correlation)).ApiKey);
            }
        }
    }

    /// <summary>How many calls it remembers.</summary>
    private async Task<int> CallsOfTheOnlyConnectionAsync()
    {
        var listener = $"{ReplicationPaths.Broker("kafka", new BrokerId(1))}/{ReplicationPaths.ListenerName}";
        var connection = _cluster.Cluster.System.ActorSelection($"{listener}/*");
        return (await connection.Ask<CallsCounted>(CountCalls.Instance, KafkaCluster.Patience)).Calls;
    }

    /// <summary>A header and nothing else.</summary>
    private static byte[] Raw(ApiKey key, short version, int correlation)
    {
        var frame = new byte[12];
        BinaryPrimitives.WriteInt32BigEndian(frame, 8);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(4), (short)key);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), version);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(8), correlation);
        return frame;
    }
}
