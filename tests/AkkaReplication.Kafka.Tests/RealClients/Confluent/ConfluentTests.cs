using System.Globalization;
using AkkaReplication.Kafka.Tests;
using AkkaReplication.Kafka.Tests.RealClients;
using AkkaReplication.Testing;
using Confluent.Kafka;

// Not among AkkaReplication's own, which have names in common with this client's.
namespace ConfluentClients;

/// <summary>Confluent.Kafka as it is, against three brokers.</summary>
public sealed class ConfluentTests : IAsyncLifetime
{
    private const int Records = 1_000;

    private TestCluster _cluster = null!;

    private string Servers => _cluster.BootstrapServers();

    public async Task InitializeAsync()
    {
        _cluster = await ClientCluster.StartAsync();
        await _cluster.CreateTopicAsync("orders");
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [ConfluentFact(Feature.Produce)]
    public Task It_reads_what_it_wrote() => WriteAndReadAsync(_ => { });

    [ConfluentFact(Feature.ProduceUnacknowledged)]
    public async Task It_reads_what_it_wrote_without_acknowledgements()
    {
        using (var producer = ProducerOf(config => config.Acks = Acks.None))
        {
            for (var n = 0; n < Records; n++)
                producer.Produce("orders", new Message<Null, string> { Value = ValueOf(n) });
            producer.Flush(KafkaCluster.Patience);
            Assert.Equal(Expected(Records), Read(Records));
        }
    }

    [ConfluentFact(Feature.Idempotent)]
    public Task It_reads_what_it_wrote_as_an_idempotent_producer() => WriteAndReadAsync(config => config.EnableIdempotence = true);

    [ConfluentFact(Feature.Gzip)]
    public Task It_reads_what_it_wrote_in_gzip() => WriteAndReadAsync(config => config.CompressionType = CompressionType.Gzip);

    [ConfluentFact(Feature.Snappy)]
    public Task It_reads_what_it_wrote_in_snappy() => WriteAndReadAsync(config => config.CompressionType = CompressionType.Snappy);

    [ConfluentFact(Feature.Lz4)]
    public Task It_reads_what_it_wrote_in_lz4() => WriteAndReadAsync(config => config.CompressionType = CompressionType.Lz4);

    [ConfluentFact(Feature.Zstd)]
    public Task It_reads_what_it_wrote_in_zstd() => WriteAndReadAsync(config => config.CompressionType = CompressionType.Zstd);

    [ConfluentFact(Feature.OffsetsByTime)]
    public async Task It_finds_offsets_by_time_and_the_ends_of_a_log()
    {
        var partition = new TopicPartition("orders", 0);
        using var producer = ProducerOf(_ => { });
        var times = new DateTime[3];
        for (var n = 0; n < times.Length; n++)
        {
            times[n] = DateTime.UnixEpoch.AddDays(20_000).AddSeconds(n);
            await producer.ProduceAsync(
                partition, new Message<Null, string> { Value = ValueOf(n), Timestamp = new Timestamp(times[n]) });
        }

        using var consumer = ConsumerOf();
        var ends = consumer.QueryWatermarkOffsets(partition, KafkaCluster.Patience);
        var found = consumer.OffsetsForTimes(
            [
                new(partition, new Timestamp(times[1])),
            ],
            KafkaCluster.Patience);

        Assert.Equal((0, 3), (ends.Low.Value, ends.High.Value));
        Assert.Equal(1, Assert.Single(found).Offset.Value);
    }

    [ConfluentFact(Feature.LeaderDies)]
    public async Task Every_record_stands_once_and_in_order_when_the_leader_dies_in_the_middle()
    {
        using var producer = ProducerOf(config => config.EnableIdempotence = true);
        var reports = new List<Task<DeliveryResult<Null, string>>>();
        for (var n = 0; n < Records; n++)
        {
            if (n == Records / 2)
            {
                await _cluster.EventuallyAsync(c => c.HighWatermarkOf("orders") > 0);
                await _cluster.LeaderOf("orders").KillAsync();
            }

            reports.Add(producer.ProduceAsync("orders", new Message<Null, string> { Value = ValueOf(n) }));
        }

        var delivered = await Task.WhenAll(reports);

        Assert.Equal(Enumerable.Range(0, Records), delivered.Select(report => (int)report.Offset.Value));
        Assert.Equal(Expected(Records), Read(Records));
    }

    private static string ValueOf(int n) => n.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> Expected(int count) => Enumerable.Range(0, count).Select(ValueOf);

    private async Task WriteAndReadAsync(Action<ProducerConfig> configure)
    {
        using var producer = ProducerOf(configure);
        var delivered = await Task.WhenAll(Enumerable.Range(0, Records).Select(n =>
            producer.ProduceAsync("orders", new Message<Null, string> { Value = ValueOf(n) })));

        Assert.Equal(Enumerable.Range(0, Records), delivered.Select(report => (int)report.Offset.Value));
        Assert.Equal(Expected(Records), Read(Records));
    }

    private IProducer<Null, string> ProducerOf(Action<ProducerConfig> configure)
    {
        var config = new ProducerConfig { BootstrapServers = Servers, Acks = Acks.All, LingerMs = 5 };
        configure(config);
        return new ProducerBuilder<Null, string>(config).Build();
    }

    private IConsumer<Ignore, string> ConsumerOf() => new ConsumerBuilder<Ignore, string>(
        new ConsumerConfig { BootstrapServers = Servers, GroupId = "unused", EnableAutoCommit = false }).Build();

    private List<string> Read(int count)
    {
        using var consumer = ConsumerOf();
        using var patience = new CancellationTokenSource(KafkaCluster.Patience);
        consumer.Assign(new TopicPartitionOffset("orders", 0, Offset.Beginning));
        var read = new List<string>();
        while (read.Count < count)
            read.Add(consumer.Consume(patience.Token).Message.Value);
        return read;
    }
}
