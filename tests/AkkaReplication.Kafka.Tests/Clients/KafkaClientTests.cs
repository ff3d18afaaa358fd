using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AkkaReplication.Records;

namespace AkkaReplication.Kafka.Tests.Clients;

/// <summary>Producers, consumers and admin clients over sockets, against brokers of ours.</summary>
public sealed class KafkaClientTests
{
    private static readonly TopicPartition Partition = new("orders", 0);

    [Theory]
    [InlineData(Acks.None, CompressionType.None)]
    [InlineData(Acks.Leader, CompressionType.Gzip)]
    [InlineData(Acks.All, CompressionType.Snappy)]
    public async Task What_is_written_is_read_back(Acks acks, CompressionType compression)
    {
        await using var remote = await RemoteCluster.StartAsync();
        await remote.Cluster.CreateTopicAsync("orders", partitions: 3);
        var values = Enumerable.Range(0, 300).Select(i => $"{i} {new string('v', 10 * i)}").ToArray();
        await using (var producer = remote.Client.CreateProducer<string, string>(o =>
        {
            (o.Acks, o.CompressionType, o.LingerMs) = (acks, compression, 10);
        }))
        {
            for (var i = 0; i < values.Length; i++)
                producer.Produce(new TopicPartition("orders", i % 3), new() { Key = $"{i}", Value = values[i] });
            await producer.FlushAsync(RemoteCluster.Soon());
        }

        await using var consumer = remote.Client.CreateConsumer<string, string>();
        consumer.Assign(Enumerable.Range(0, 3).Select(p => new TopicPartitionOffset("orders", p, Offset.Beginning)));
        var read = await RemoteCluster.ReadAsync(consumer, values.Length);
        Assert.Equal(values.Order(), read.Order());
        remote.Cluster.History.ShouldBeClean();
    }

    [Fact]
    public async Task A_consumer_is_told_of_what_is_written_while_it_waits_and_of_its_lag()
    {
        await using var remote = await RemoteCluster.StartAsync();
        await remote.Cluster.CreateTopicAsync("orders");
        await using var producer = remote.Client.CreateProducer<string, string>();
        await using var consumer = remote.Client.CreateConsumer<string, string>(o => o.FetchMaxWaitMs = 60_000);
        consumer.Assign([new(Partition, Offset.End)]);
        var waiting = consumer.ConsumeAsync(RemoteCluster.Soon()).AsTask();

        // A long fetch stands in the way of nothing else.
        var end = Assert.Single(await consumer.EndOffsetsAsync([Partition], RemoteCluster.Soon()));
        Assert.Equal(0, end.Offset.Value);
        await producer.ProduceAsync("orders", new() { Key = "k", Value = "a" });

        Assert.Equal("a", (await waiting).Message.Value);
        Assert.Equal(0, consumer.Lag(Partition));
    }

    [Fact]
    public async Task A_group_is_refused_in_words()
    {
        await using var remote = await RemoteCluster.StartAsync(brokers: 1);

        var refusal = Assert.Throws<NotSupportedException>(
            () => remote.Client.CreateConsumer<string, string>(o => o.GroupId = "group"));

        Assert.Contains("group.id", refusal.Message);
    }

    [Fact]
    public async Task A_consumer_goes_where_it_is_sent()
    {
        await using var remote = await RemoteCluster.StartAsync(brokers: 1);
        await remote.Cluster.CreateTopicAsync("orders");
        await using var producer = remote.Client.CreateProducer<string, string>();
        var began = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);
        for (var i = 0; i < 10; i++)
        {
            await producer.ProduceAsync(
                "orders", new() { Key = "k", Value = $"{i}", Timestamp = new Timestamp(began.AddSeconds(i)) });
        }

        await using var consumer = remote.Client.CreateConsumer<string, string>();
        consumer.Assign([new(Partition, 7)]);
        Assert.Equal(["7", "8"], await RemoteCluster.ReadAsync(consumer, 2));
        consumer.SeekToBeginning([Partition]);
        Assert.Equal(["0"], await RemoteCluster.ReadAsync(consumer, 1));
        await consumer.SeekToTimeAsync([new(Partition, began.AddSeconds(4))], RemoteCluster.Soon());
        Assert.Equal(["4", "5"], await RemoteCluster.ReadAsync(consumer, 2));
        var moments = await consumer.OffsetsForTimesAsync([new(Partition, began.AddSeconds(3))], RemoteCluster.Soon());
        Assert.Equal(3, Assert.Single(moments).Offset.Value);
        Assert.Equal(0, Assert.Single(await consumer.BeginningOffsetsAsync([Partition], RemoteCluster.Soon())).Offset.Value);
        consumer.Seek(new(Partition, 100));
        consumer.SeekToEnd([Partition]);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(200)));
        Assert.Equal(10, consumer.Position(Partition).Value);
    }

    [Fact]
    public async Task Topics_settings_and_records_are_administered()
    {
        await using var remote = await RemoteCluster.StartAsync();
        await using var admin = remote.Client.CreateAdminClient();
        var created = await admin.CreateTopicsAsync(
        [
            new() { Name = "orders", NumPartitions = 2, Configs = new Dictionary<string, string> { ["retention.ms"] = "60000" } },
            new() { Name = "placed", ReplicasAssignments = [[new(2), new(3)]] },
        ]);
        Assert.All(created, topic => Assert.NotEqual(TopicId.None, topic.TopicId));
        var again = await Assert.ThrowsAsync<TopicsException>(() => admin.CreateTopicsAsync([new() { Name = "orders" }]));
        Assert.Equal(ErrorCode.TopicAlreadyExists, Assert.Single(again.Results).Error);

        await admin.CreatePartitionsAsync([new() { Topic = "orders", IncreaseTo = 3 }]);
        await remote.Cluster.EventuallyAsync(c => c.Partitions.Count(p => p.Topic == "orders" && p.HighWatermark >= 0) == 3);
        var topics = await admin.DescribeTopicsAsync(["placed", "missing"]);
        Assert.Equal([2, 3], Assert.Single(topics[0].Partitions).Replicas.Select(replica => replica.Value));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, topics[1].Error);
        Assert.Equal(["orders", "placed"], (await admin.ListTopicsAsync()).Select(t => t.Name).Order());
        var brokers = (await admin.DescribeClusterAsync()).Brokers;
        Assert.Equal([1, 2, 3], brokers.Select(b => b.Id.Value).Order());

        var topic = ConfigResource.Topic("orders");
        await admin.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>>
        {
            [topic] = [AlterConfigOp.Set("retention.ms", "70000")],
        });
        await EventuallyAsync(async () =>
        {
            var described = await admin.DescribeConfigsAsync([topic, ConfigResource.Broker(new(3))]);
            Assert.All(described, d => Assert.Equal(ErrorCode.None, d.Error));
            var retention = described[0].Entries.Single(e => e.Name == "retention.ms");
            Assert.NotEqual("", retention.Documentation);
            return (retention.Value, retention.Source) == ("70000", ConfigSource.DynamicTopicConfig);
        });

        await using (var producer = remote.Client.CreateProducer<string, string>())
        {
            for (var i = 0; i < 5; i++)
                await producer.ProduceAsync(Partition, new() { Key = "k", Value = $"{i}" });
        }

        var deleted = await admin.DeleteRecordsAsync([new(Partition, 3)]);
        Assert.Equal((3, ErrorCode.None), (Assert.Single(deleted).LowWatermark, deleted[0].Error));
        var offsets = await admin.ListOffsetsAsync([new(Partition, OffsetSpec.Earliest), new(new("orders", 1), OffsetSpec.Latest)]);
        Assert.Equal([3, 0], offsets.Select(o => o.Offset));
        var directories = await admin.DescribeLogDirsAsync(topics: ["orders"]);
        Assert.Equal(9, directories.SelectMany(b => b.Directories).Sum(d => d.Replicas.Length));
        var elected = await admin.ElectLeadersAsync(Controller.ElectionType.Preferred, [Partition]);
        Assert.Contains(Assert.Single(elected).Error, new[] { ErrorCode.None, ErrorCode.ElectionNotNeeded });

        await admin.DeleteTopicsAsync(["orders"]);
        var gone = await Assert.ThrowsAsync<TopicsException>(() => admin.DeleteTopicsAsync(["orders"]));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single(gone.Results).Error);
    }

    [Fact]
    public async Task A_leader_killed_in_mid_produce_loses_and_doubles_nothing()
    {
        await using var remote = await RemoteCluster.StartAsync();
        await remote.Cluster.CreateTopicAsync("orders", partitions: 2);
        await using var consumer = remote.Client.CreateConsumer<string, string>();
        consumer.Assign([new("orders", 0, Offset.Beginning), new("orders", 1, Offset.Beginning)]);
        var producer = remote.Client.CreateProducer<string, string>(o => o.LingerMs = 1);
        using var enough = new CancellationTokenSource();
        var sent = 0;
        var reported = 0;
        var sending = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                producer.Produce(
                    new TopicPartition("orders", sent % 2),
                    new() { Key = "k", Value = $"{sent}" },
                    report =>
                    {
                        Assert.Equal(ErrorCode.None, report.Error);
                        Interlocked.Increment(ref reported);
                    });
                if (++sent % 100 == 0)
                    await Task.Delay(1);
            }
        });

        // Twice the leader goes, and comes back with what it had.
        for (var round = 0; round < 2; round++)
        {
            var leader = remote.Cluster.LeaderOf("orders");
            var before = Volatile.Read(ref reported);
            await EventuallyAsync(() => Task.FromResult(Volatile.Read(ref reported) > before + 500));
            await leader.KillAsync();
            before = Volatile.Read(ref reported);
            await EventuallyAsync(() => Task.FromResult(Volatile.Read(ref reported) > before + 500));
            await remote.Cluster.HealAsync();
        }

        enough.Cancel();
        await sending;
        await producer.DisposeAsync();
        Assert.Equal(sent, reported);
        var read = await RemoteCluster.ReadAsync(consumer, sent);
        Assert.Equal(sent, read.Distinct().Count());
        remote.Cluster.History.ShouldBeClean();
    }

    [Fact]
    public async Task A_cluster_that_was_gone_is_found_again()
    {
        await using var remote = await RemoteCluster.StartAsync(brokers: 1);
        await remote.Cluster.CreateTopicAsync("orders");
        await using var producer = remote.Client.CreateProducer<string, string>();
        await using var consumer = remote.Client.CreateConsumer<string, string>();
        consumer.Assign([new(Partition, Offset.Beginning)]);
        await producer.ProduceAsync("orders", new() { Key = "k", Value = "before" });
        Assert.Equal(["before"], await RemoteCluster.ReadAsync(consumer, 1));

        await remote.Cluster.Broker(1).KillAsync();
        var written = producer.ProduceAsync("orders", new() { Key = "k", Value = "meanwhile" });
        var read = RemoteCluster.ReadAsync(consumer, 1);
        await remote.Cluster.HealAsync();

        await written.WaitAsync(KafkaCluster.Patience);
        Assert.Equal(["meanwhile"], await read);
        remote.Cluster.History.ShouldBeClean();
    }

    [Fact]
    public async Task Clients_speak_tls_and_know_whom_they_trust()
    {
        using var certificate = Certificate("localhost");
        await using var remote = await RemoteCluster.StartAsync(
            brokers: 1,
            kafka => kafka.Certificate = certificate,
            client => Trust(client, certificate));
        await remote.Cluster.CreateTopicAsync("orders");
        await using var producer = remote.Client.CreateProducer<Null, byte[]>();
        await using var consumer = remote.Client.CreateConsumer<Null, byte[]>();
        var value = RandomNumberGenerator.GetBytes(500_000);
        await producer.ProduceAsync("orders", new() { Value = value });
        consumer.Assign([new(Partition, 0)]);
        Assert.Equal(value, (await consumer.ConsumeAsync(RemoteCluster.Soon())).Message.Value);

        // Whom nobody vouches for is not believed; and whoever expects no TLS is told what may be wrong.
        var servers = remote.Cluster.BootstrapServers("SSL");
        var distrust = await Assert.ThrowsAsync<ReplicationException>(() => KafkaClient.ConnectAsync(new()
        {
            BootstrapServers = servers,
            SecurityProtocol = SecurityProtocol.Ssl,
            ConnectTimeoutMs = 3_000,
        }));
        Assert.Contains("TLS handshake", distrust.Message, StringComparison.Ordinal);
        var plain = await Assert.ThrowsAsync<ReplicationException>(() => KafkaClient.ConnectAsync(new()
        {
            BootstrapServers = servers,
            ConnectTimeoutMs = 3_000,
        }));
        Assert.Contains("security.protocol = PLAINTEXT", plain.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_living_broker_of_the_list_is_enough()
    {
        await using var remote = await RemoteCluster.StartAsync(
            client: options => options.BootstrapServers = $"127.0.0.1:{FreePort()},nowhere.invalid:9092,{options.BootstrapServers}");
        await remote.Cluster.CreateTopicAsync("orders");
        await using var producer = remote.Client.CreateProducer<string, string>();

        Assert.Equal(0, (await producer.ProduceAsync("orders", new() { Key = "k", Value = "v" })).Offset.Value);
    }

    [Fact]
    public async Task Where_no_broker_answers_each_is_named_with_its_reason()
    {
        var servers = $"127.0.0.1:{FreePort()},127.0.0.1:{FreePort()}";

        var error = await Assert.ThrowsAsync<ReplicationException>(() => KafkaClient.ConnectAsync(new()
        {
            BootstrapServers = servers,
            ConnectTimeoutMs = 2_000,
        }));

        Assert.Equal(ErrorCode.RequestTimedOut, error.Error);
        Assert.All(servers.Split(','), server => Assert.Contains($"{server}: connecting:", error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "host:port")]
    [InlineData("localhost", "host:port")]
    [InlineData("localhost:0", "1 to 65535")]
    [InlineData("local host:9092", "host:port")]
    [InlineData("[::1:9092", "[address]:port")]
    public async Task Addresses_that_cannot_be_are_refused_with_what_is_accepted(string servers, string accepted)
    {
        var error = await Assert.ThrowsAsync<ReplicationException>(
            () => KafkaClient.ConnectAsync(new() { BootstrapServers = servers }));

        Assert.Equal(ErrorCode.InvalidConfig, error.Error);
        Assert.Contains("bootstrap.servers", error.Message, StringComparison.Ordinal);
        Assert.Contains(accepted, error.Message, StringComparison.Ordinal);
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Trust(KafkaClientOptions client, X509Certificate2 certificate)
    {
        client.SecurityProtocol = SecurityProtocol.Ssl;
        client.SslTrustedCertificates = [X509CertificateLoader.LoadCertificate(certificate.Export(X509ContentType.Cert))];
    }

    private static X509Certificate2 Certificate(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var made = request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    private static Task EventuallyAsync(Func<Task<bool>> probe) =>
        KafkaCluster.EventuallyAsync(async () => await probe() ? true : (bool?)null);
}
