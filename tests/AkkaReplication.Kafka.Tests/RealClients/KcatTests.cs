using System.Globalization;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>kcat, that is librdkafka as it is, against three brokers.</summary>
public sealed class KcatTests : IAsyncLifetime
{
    private KafkaCluster _cluster = null!;

    private string Servers => _cluster.Cluster.BootstrapServers();

    public async Task InitializeAsync() => _cluster = await KafkaCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [KcatFact(Feature.Describe)]
    public async Task It_lists_brokers_and_topics()
    {
        await _cluster.CreateTopicAsync("orders");

        var listed = await Kcat.RunAsync(Servers, null, "-L");

        Assert.Contains("3 brokers:", listed, StringComparison.Ordinal);
        Assert.Contains($"broker 3 at localhost:{_cluster.PortOf(3)}", listed, StringComparison.Ordinal);
        Assert.Contains("topic \"orders\" with 1 partitions:", listed, StringComparison.Ordinal);
    }

    [KcatFact(Feature.Produce)]
    public Task It_reads_what_it_wrote() => WriteAndReadAsync();

    [KcatFact(Feature.ProduceUnacknowledged)]
    public Task It_reads_what_it_wrote_without_acknowledgements() => WriteAndReadAsync("-X", "acks=0");

    [KcatFact(Feature.Gzip)]
    public Task It_reads_what_it_wrote_in_gzip() => WriteAndReadAsync("-z", "gzip");

    [KcatFact(Feature.Snappy)]
    public Task It_reads_what_it_wrote_in_snappy() => WriteAndReadAsync("-z", "snappy");

    [KcatFact(Feature.Idempotent)]
    public Task It_reads_what_it_wrote_as_an_idempotent_producer() => WriteAndReadAsync("-X", "enable.idempotence=true");

    [KcatFact(Feature.OffsetsByTime)]
    public async Task It_finds_offsets_by_time()
    {
        await _cluster.CreateTopicAsync("orders");
        await Kcat.RunAsync(Servers, "a\nb\n", "-t", "orders", "-P", "-X", "acks=all");

        Assert.Equal("orders [0] offset 2", (await Kcat.RunAsync(Servers, null, "-Q", "-t", "orders:0:-1")).Trim());
        Assert.Equal("orders [0] offset 0", (await Kcat.RunAsync(Servers, null, "-Q", "-t", "orders:0:1")).Trim());
    }

    [KcatFact(Feature.LeaderDies)]
    public async Task Nothing_acknowledged_is_lost_and_nothing_comes_twice_when_the_leader_dies_in_the_middle()
    {
        const int Lines = 20_000;
        var leader = await _cluster.CreateTopicAsync("orders");
        using var producer = Kcat.Start(
            Servers, "-t", "orders", "-P", "-X", "acks=all", "-X", "enable.idempotence=true", "-X", "linger.ms=5");
        for (var line = 0; line < Lines; line++)
        {
            if (line == Lines / 2)
            {
                await producer.StandardInput.FlushAsync();
                await KafkaCluster.EventuallyAsync(() => Task.FromResult(HasRecords() ? true : (bool?)null));
                await _cluster.Cluster.KillBrokerAsync(new BrokerId(leader));
            }

            await producer.StandardInput.WriteLineAsync(line.ToString(CultureInfo.InvariantCulture));
        }

        producer.StandardInput.Close();
        await ClientProcess.EndAsync(producer);
        var read = await ReadAsync();

        Assert.Equal(Enumerable.Range(0, Lines), read.Select(line => int.Parse(line, CultureInfo.InvariantCulture)));
    }

    [KcatFact(Feature.Group, Feature.CoordinatorDies)]
    public async Task Two_members_of_a_group_read_everything_though_their_coordinator_dies()
    {
        const int Lines = 2_000;
        await _cluster.CreateTopicAsync("orders", partitions: 4);
        using var group = new KcatGroup(Servers, "readers", "orders", members: 2);
        await group.EachHasPartitionsAsync();
        await WriteAsync(0, Lines / 2);
        await group.HasReadAsync(Lines / 2);

        using (var member = new GroupTestMember(_cluster, "readers"))
        {
            await member.ConnectAsync();
            await _cluster.Cluster.KillBrokerAsync(new BrokerId(member.Coordinator));
        }

        await WriteAsync(Lines / 2, Lines);
        await group.HasReadAsync(Lines);

        Task WriteAsync(int from, int to) => Kcat.RunAsync(
            Servers, string.Join('\n', Enumerable.Range(from, to - from)), "-t", "orders", "-P", "-X", "acks=all");
    }

    private bool HasRecords() => _cluster.Cluster.Describe().Partitions.Single().HighWatermark > 0;

    private async Task WriteAndReadAsync(params string[] settings)
    {
        await _cluster.CreateTopicAsync("orders");
        var lines = Enumerable.Range(0, 5_000).Select(line => $"line {line}").ToArray();

        await Kcat.RunAsync(
            Servers, string.Join('\n', lines), ["-t", "orders", "-P", "-X", "acks=all", .. settings]);
        await KafkaCluster.EventuallyAsync(() => Task.FromResult(
            _cluster.Cluster.Describe().Partitions.Single().HighWatermark == lines.Length ? true : (bool?)null));

        Assert.Equal(lines, await ReadAsync());
    }

    private async Task<string[]> ReadAsync()
    {
        var read = await Kcat.RunAsync(Servers, null, "-t", "orders", "-C", "-e", "-q", "-o", "beginning");
        return read.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
