using AkkaReplication.Protocol;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Tests;

/// <summary>Fetch sessions (KIP-227) as a client sees them.</summary>
public sealed class FetchSessionTests : IAsyncLifetime
{
    private KafkaCluster _cluster = null!;
    private KafkaTestClient _client = null!;

    public async Task InitializeAsync()
    {
        _cluster = await KafkaCluster.StartAsync(brokers: 1);
        _client = await _cluster.ConnectAsync(1);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task A_session_brings_what_is_new_and_nothing_else()
    {
        await _cluster.CreateTopicAsync("t", 3);
        await ProduceAsync("t", 1, "a");

        var first = await _client.AskAsync(Full("t", 3), 12);
        Assert.Equal((ErrorCode.None, 3), (first.ErrorCode, first.Topics[0].Partitions.Length));
        Assert.NotEqual(0, first.SessionId);

        var moved = Next(first.SessionId, 1);
        moved.Topics = [new() { Topic = "t", Partitions = [new() { Partition = 1, FetchOffset = 1, PartitionMaxBytes = 1 << 20 }] }];
        Assert.Empty((await _client.AskAsync(moved, 12)).Topics);
        await ProduceAsync("t", 2, "b");
        var news = await _client.AskAsync(Next(first.SessionId, 2, maxWaitMs: 60_000), 12);

        Assert.Equal(first.SessionId, news.SessionId);
        var told = Assert.Single(Assert.Single(news.Topics).Partitions);
        Assert.Equal((2, 1L, false), (told.PartitionIndex, told.HighWatermark, told.Records!.Value.IsEmpty));
    }

    [Fact]
    public async Task A_parked_fetch_of_a_session_wakes_for_records()
    {
        await _cluster.CreateTopicAsync("t", 2);
        var first = await _client.AskAsync(Full("t", 2), 12);
        using var producer = await _cluster.ConnectAsync(1);

        var asked = await _client.SendAsync(Next(first.SessionId, 1, maxWaitMs: 60_000), 12);
        await producer.AskAsync(Requests.Produce("t", Batches.Of("a"), partition: 1), 9);
        var news = (FetchResponse)await _client.ReceiveAsync(ApiKey.Fetch, 12, asked);

        Assert.Equal(1, Assert.Single(Assert.Single(news.Topics).Partitions).PartitionIndex);
    }

    [Fact]
    public async Task A_small_max_bytes_starves_no_partition()
    {
        await _cluster.CreateTopicAsync("t", 3);
        for (var partition = 0; partition < 3; partition++)
        {
            for (var i = 0; i < 3; i++)
                await ProduceAsync("t", partition, $"{partition} {i}");
        }

        var offsets = new long[3];
        var full = Full("t", 3);
        full.MaxBytes = 1;
        full.MaxWaitMs = 60_000;
        var answer = await _client.AskAsync(full, 12);
        var id = answer.SessionId;
        for (var epoch = 1; ; epoch++)
        {
            var got = Assert.Single(
                answer.Topics.SelectMany(t => t.Partitions), p => p.Records is { IsEmpty: false });
            offsets[got.PartitionIndex]++;
            Assert.True(offsets.Max() - offsets.Min() <= 1, string.Join(' ', offsets));
            if (epoch == 9)
                break;
            var next = Next(id, epoch, maxWaitMs: 60_000);
            next.MaxBytes = 1;
            next.Topics =
            [
                new()
                {
                    Topic = "t",
                    Partitions =
                    [
                        new()
                        {
                            Partition = got.PartitionIndex,
                            FetchOffset = offsets[got.PartitionIndex],
                            PartitionMaxBytes = 1 << 20,
                        },
                    ],
                },
            ];
            answer = await _client.AskAsync(next, 12);
        }

        Assert.Equal([3, 3, 3], offsets);
    }

    [Fact]
    public async Task A_session_by_ids_tells_when_its_topic_has_gone()
    {
        await _cluster.CreateTopicAsync("t");
        var topic = _cluster.Cluster.Describe().Partitions.Single().TopicId.Value;
        var full = Full("t", 1);
        full.Topics[0].TopicId = topic;
        var id = (await _client.AskAsync(full, 16)).SessionId;

        Assert.Equal(ErrorCode.FetchSessionTopicIdError, (await _client.AskAsync(Next(id, 1), 12)).ErrorCode);
        Assert.Empty((await _client.AskAsync(Next(id, 1), 16)).Topics);
        var delete = new DeleteTopicsRequest { TimeoutMs = 60_000, Topics = [new() { Name = "t" }] };
        Assert.Equal(ErrorCode.None, (await _client.AskAsync(delete, 6)).Responses[0].ErrorCode);
        var epoch = 2;
        var gone = await KafkaCluster.EventuallyAsync(async () =>
        {
            var answer = await _client.AskAsync(Next(id, epoch++), 16);
            return answer.Topics.Length == 0 ? null : (FetchResponse.FetchTopic?)answer.Topics.Single();
        });

        Assert.Equal(topic, gone.TopicId);
        Assert.Equal(ErrorCode.UnknownTopicId, gone.Partitions.Single().ErrorCode);
    }

    [Fact]
    public async Task A_session_outlives_its_connection_and_is_closed_by_its_client()
    {
        await _cluster.CreateTopicAsync("t");
        var id = (await _client.AskAsync(Full("t", 1), 12)).SessionId;
        using var other = await _cluster.ConnectAsync(1);

        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, (await other.AskAsync(Next(id, 2), 12)).ErrorCode);
        Assert.Equal((ErrorCode.None, id), Outcome(await other.AskAsync(Next(id, 1), 12)));
        var closing = Next(id, -1);
        Assert.Equal((ErrorCode.None, 0), Outcome(await other.AskAsync(closing, 12)));
        Assert.Equal((ErrorCode.FetchSessionIdNotFound, 0), Outcome(await _client.AskAsync(Next(id, 2), 12)));

        static (ErrorCode, int) Outcome(FetchResponse response) => (response.ErrorCode, response.SessionId);
    }

    [Fact]
    public async Task A_topic_that_is_not_there_is_told_with_every_fetch_until_it_is()
    {
        var first = await _client.AskAsync(Full("t", 1), 12);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, first.Topics[0].Partitions[0].ErrorCode);
        var again = await _client.AskAsync(Next(first.SessionId, 1, maxWaitMs: 60_000), 12);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, again.Topics[0].Partitions[0].ErrorCode);

        await _cluster.CreateTopicAsync("t");
        var served = await _client.AskAsync(Next(first.SessionId, 2), 12);

        Assert.Equal((ErrorCode.None, 0L), (served.Topics[0].Partitions[0].ErrorCode, served.Topics[0].Partitions[0].HighWatermark));
        Assert.Empty((await _client.AskAsync(Next(first.SessionId, 3), 12)).Topics);
    }

    private static FetchRequest Full(string topic, int partitions) => new()
    {
        MinBytes = 1,
        MaxBytes = 1 << 26,
        SessionEpoch = 0,
        Topics =
        [
            new()
            {
                Topic = topic,
                Partitions =
                [
                    .. Enumerable.Range(0, partitions).Select(
                        p => new FetchRequest.FetchPartition { Partition = p, PartitionMaxBytes = 1 << 20 }),
                ],
            },
        ],
    };

    private static FetchRequest Next(int session, int epoch, int maxWaitMs = 0) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = 1,
        MaxBytes = 1 << 26,
        SessionId = session,
        SessionEpoch = epoch,
    };

    private async Task ProduceAsync(string topic, int partition, string value)
    {
        // Of now: retention deletes what is of 1970 as soon as it looks.
        var batch = Batches.At((DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), value));
        var produced = await _client.AskAsync(Requests.Produce(topic, batch, partition: partition), 9);
        Assert.Equal(ErrorCode.None, produced.Topics[0].Partitions[0].ErrorCode);
    }
}
