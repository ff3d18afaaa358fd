namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>kafkajs as it is, against three brokers.</summary>
public sealed class KafkaJsTests : IAsyncLifetime
{
    private KafkaCluster _cluster = null!;

    private string Servers => _cluster.Cluster.BootstrapServers();

    public async Task InitializeAsync() => _cluster = await KafkaCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [KafkaJsFact(Feature.Produce)]
    public Task What_it_wrote_is_there() => WriteAsync("idempotent: false", "compression: lib.CompressionTypes.None");

    [KafkaJsFact(Feature.Gzip)]
    public Task What_it_wrote_in_gzip_is_there() => WriteAsync("idempotent: false", "compression: lib.CompressionTypes.GZIP");

    [KafkaJsFact(Feature.Idempotent)]
    public Task What_it_wrote_as_an_idempotent_producer_is_there() =>
        WriteAsync("idempotent: true, maxInFlightRequests: 1", "acks: -1");

    [KafkaJsFact(Feature.Describe, Feature.Topics, Feature.Configs, Feature.DeleteRecords)]
    public async Task It_administers_topics_settings_and_records()
    {
        var printed = await KafkaJs.RunAsync(
            Servers,
            """
            const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
            const eventually = async condition => {
              for (let tries = 0; !await condition(); tries++) {
                if (tries === 500) throw new Error('it never came: ' + condition)
                await sleep(50)
              }
            }
            const setting = async name => {
              const resources = [{ type: lib.ConfigResourceTypes.TOPIC, name: 'orders' }]
              const described = await admin.describeConfigs({ resources, includeSynonyms: true })
              return described.resources[0].configEntries.find(entry => entry.configName === name).configValue
            }
            const admin = kafka.admin()
            await admin.connect()
            const made = await admin.createTopics({
              waitForLeaders: true,
              topics: [{
                topic: 'orders', numPartitions: 2, replicationFactor: 3,
                configEntries: [{ name: 'retention.ms', value: '60000' }],
              }],
            })
            console.log(made)
            await eventually(async () => await setting('retention.ms') === '60000')
            await admin.alterConfigs({
              resources: [{
                type: lib.ConfigResourceTypes.TOPIC, name: 'orders', configEntries: [{ name: 'segment.ms', value: '1000' }],
              }],
            })
            await eventually(async () => await setting('segment.ms') === '1000')
            console.log(await setting('retention.ms'))
            await admin.createPartitions({ topicPartitions: [{ topic: 'orders', count: 5 }] })
            const metadata = () => admin.fetchTopicMetadata({ topics: ['orders'] })
            await eventually(async () => (await metadata()).topics[0].partitions.length === 5)
            console.log((await admin.describeCluster()).brokers.length)

            const producer = kafka.producer()
            await producer.connect()
            await producer.send({ topic: 'orders', messages: [1, 2, 3].map(n => ({ value: `${n}`, partition: 1 })) })
            await producer.disconnect()
            await admin.deleteTopicRecords({ topic: 'orders', partitions: [{ partition: 1, offset: '2' }] })
            const offsets = (await admin.fetchTopicOffsets('orders')).find(offset => offset.partition === 1)
            console.log(offsets.low, offsets.high)

            await admin.deleteTopics({ topics: ['orders'] })
            await eventually(async () => !(await admin.listTopics()).includes('orders'))
            await admin.disconnect()
            console.log('done')
            """);

        Assert.Equal(["true", "604800000", "3", "2 3", "done"], printed.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private async Task WriteAsync(string producer, string settings)
    {
        await _cluster.CreateTopicAsync("orders");
        await KafkaJs.RunAsync(
            Servers,
            $$"""
            const producer = kafka.producer({ {{producer}} })
            await producer.connect()
            for (let n = 0; n < 30; n++) {
              const messages = Array.from({ length: 100 }, (_, i) => ({ value: `${n * 100 + i}` }))
              const [sent] = await producer.send({ topic: 'orders', messages, {{settings}} })
              if (sent.baseOffset !== `${n * 100}`) throw new Error(JSON.stringify(sent))
            }
            await producer.disconnect()
            """);

        await using var consumer = _cluster.Cluster.CreateClient().CreateConsumer<string, string>();
        consumer.Assign([new TopicPartitionOffset(new TopicPartition("orders", 0), Offset.Beginning)]);
        using var patience = new CancellationTokenSource(KafkaCluster.Patience);
        var read = new List<string>();
        await foreach (var record in consumer.ReadAsync(patience.Token))
        {
            read.Add(record.Message.Value);
            if (read.Count == 3_000)
                break;
        }

        Assert.Equal(Enumerable.Range(0, 3_000).Select(n => $"{n}"), read);
    }
}
