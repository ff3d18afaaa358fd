namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>kafka-python as it is, against three brokers.</summary>
public sealed class KafkaPythonTests : IAsyncLifetime
{
    private KafkaCluster _cluster = null!;

    private string Servers => _cluster.Cluster.BootstrapServers();

    public async Task InitializeAsync() => _cluster = await KafkaCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [KafkaPythonFact(Feature.Produce)]
    public Task It_reads_what_it_wrote() => WriteAndReadAsync("None");

    [KafkaPythonFact(Feature.Gzip)]
    public Task It_reads_what_it_wrote_in_gzip() => WriteAndReadAsync("'gzip'");

    [KafkaPythonFact(Feature.LeaderDies)]
    public async Task It_goes_on_when_the_leader_dies()
    {
        var leader = await _cluster.CreateTopicAsync("orders");
        using var script = ClientProcess.Start(KafkaPython.Interpreter!, ["-u", "-c",
            $"""
            from kafka import KafkaProducer
            producer = KafkaProducer(
                bootstrap_servers='{Servers}'.split(','), acks='all', retries=1000, max_in_flight_requests_per_connection=1)
            producer.send('orders', b'0').get(60)
            print('begun')
            input()
            for n in range(1, 1000):
                producer.send('orders', b'%d' % n)
            producer.flush(60)
            """]);
        Assert.Equal("begun", await script.StandardOutput.ReadLineAsync().WaitAsync(KafkaCluster.Patience));

        await _cluster.Cluster.KillBrokerAsync(new BrokerId(leader));
        await script.StandardInput.WriteLineAsync();
        await ClientProcess.EndAsync(script);

        Assert.Equal(
            Enumerable.Range(0, 1_000).Select(n => $"{n}"), (await ReadAsync(until: 999)).Distinct());
    }

    [KafkaPythonFact(Feature.Group)]
    public async Task Its_group_goes_on_where_it_has_committed()
    {
        await _cluster.CreateTopicAsync("orders");

        var printed = await KafkaPython.RunAsync(
            Servers,
            """
            from kafka import KafkaConsumer, KafkaProducer

            def write(first, end):
                for n in range(first, end):
                    producer.send('orders', b'%d' % n)
                producer.flush(60)

            def read(last):
                consumer = KafkaConsumer(
                    'orders', bootstrap_servers=servers, group_id='readers', auto_offset_reset='earliest',
                    enable_auto_commit=False)
                count = 0
                for record in consumer:
                    count += 1
                    if record.value == b'%d' % last:
                        break
                consumer.commit()
                consumer.close()
                print(count)

            producer = KafkaProducer(bootstrap_servers=servers, acks='all')
            write(0, 300)
            read(299)
            write(300, 400)
            read(399)
            """);

        Assert.Equal(["300", "100"], printed.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [KafkaPythonFact(Feature.Describe, Feature.Topics, Feature.Configs)]
    public async Task It_administers_topics_and_settings()
    {
        var printed = await KafkaPython.RunAsync(
            Servers,
            """
            import time
            from kafka.admin import KafkaAdminClient, NewTopic, NewPartitions, ConfigResource, ConfigResourceType

            def settings(name):
                answer = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
                answer = answer if isinstance(answer, list) else [answer]
                return {c[0]: c[1] for a in answer for c in a.resources[0][4]}

            def eventually(condition):
                end = time.monotonic() + 50
                while not condition():
                    assert time.monotonic() < end, 'it never came'
                    time.sleep(0.05)

            admin = KafkaAdminClient(bootstrap_servers=servers)
            admin.create_topics([NewTopic('orders', 2, 3, topic_configs={'retention.ms': '60000'})])
            eventually(lambda: 'orders' in admin.list_topics())
            eventually(lambda: settings('orders')['retention.ms'] == '60000')
            admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, 'orders', {'segment.ms': '1000'})])
            eventually(lambda: settings('orders')['segment.ms'] == '1000')
            print(settings('orders')['retention.ms'])
            admin.create_partitions({'orders': NewPartitions(5)})
            eventually(lambda: len(admin.describe_topics(['orders'])[0]['partitions']) == 5)
            print(len(admin.describe_cluster()['brokers']))
            admin.delete_topics(['orders'])
            eventually(lambda: 'orders' not in admin.list_topics())
            print('done')
            """);

        Assert.Equal(["604800000", "3", "done"], printed.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private async Task WriteAndReadAsync(string compression)
    {
        await _cluster.CreateTopicAsync("orders");

        await KafkaPython.RunAsync(
            Servers,
            $"""
            from kafka import KafkaProducer
            producer = KafkaProducer(
                bootstrap_servers=servers, acks='all', compression_type={compression}, linger_ms=5)
            sent = [producer.send('orders', b'%d' % n) for n in range(3000)]
            assert [s.get(60).offset for s in sent] == list(range(3000))
            """);

        Assert.Equal(Enumerable.Range(0, 3_000).Select(n => $"{n}"), await ReadAsync(until: 2_999));
    }

    private async Task<string[]> ReadAsync(int until)
    {
        var printed = await KafkaPython.RunAsync(
            Servers,
            $"""
            from kafka import KafkaConsumer, TopicPartition
            consumer = KafkaConsumer(bootstrap_servers=servers, group_id=None, auto_offset_reset='earliest')
            consumer.assign([TopicPartition('orders', 0)])
            consumer.seek_to_beginning()
            for record in consumer:
                print(record.value.decode())
                if record.value == b'{until}':
                    break
            """);
        return printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
