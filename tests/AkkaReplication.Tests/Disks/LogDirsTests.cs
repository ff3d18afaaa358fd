using AkkaReplication.Tests.Hosting;

namespace AkkaReplication.Tests.Disks;

/// <summary>Several log directories per broker, and what may become of them between two starts.</summary>
public sealed class LogDirsTests : IDisposable
{
    private static readonly BrokerId One = new(1);
    private readonly string _directory = Directory.CreateTempSubdirectory("akkarepl-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Partitions_are_spread_over_the_directories_and_found_again_after_a_restart()
    {
        await using (var cluster = await StartAsync(o => o.LogDirsPerBroker = 2))
        {
            await cluster.CreateTopicAsync("orders", partitions: 4);
            await ProduceAsync(cluster, 40);
            foreach (var broker in cluster.Cluster.BrokerIds)
            {
                var dirs = cluster.Cluster.LogDirs(broker);
                Assert.Equal(2, dirs.Count);
                foreach (var dir in dirs)
                    await HoldsAsync(cluster, dir, "orders", 2);
            }

            await cluster.Cluster.KillBrokerAsync(One);
            await cluster.Cluster.StartBrokerAsync(One);
            await cluster.EventuallyAsync("all are in sync", c => c.Partitions.All(p => p.Isr.Length == 3));
        }

        await using var again = await StartAsync(o => o.LogDirsPerBroker = 2);
        await AllServe(again);
        Assert.Equal(40, (await again.ReadAllAsync("orders")).Count);
        Assert.All(
            again.Cluster.BrokerIds.SelectMany(again.Cluster.LogDirs),
            dir => Assert.Equal(2, Directory.GetDirectories(dir, "orders-*").Length));
    }

    [Fact]
    public async Task A_directory_that_is_added_beside_whole_ones_costs_nothing_and_gets_the_next_partitions()
    {
        await using (var before = await StartAsync())
        {
            await before.CreateTopicAsync("orders", partitions: 2);
            await ProduceAsync(before, 20);
        }

        await using var after = await StartAsync(o => o.LogDirsPerBroker = 2);
        await AllServe(after);
        await after.CreateTopicAsync("more", partitions: 2);

        Assert.Equal(20, (await after.ReadAllAsync("orders")).Count);
        foreach (var broker in after.Cluster.BrokerIds)
            await HoldsAsync(after, after.Cluster.LogDirs(broker)[1], "more", 2);
    }

    [Fact]
    public async Task A_directory_that_is_taken_away_takes_its_replicas_along_and_they_are_copied_anew()
    {
        await using (var before = await StartAsync(o => o.LogDirsPerBroker = 2))
        {
            await before.CreateTopicAsync("orders", partitions: 2);
            await ProduceAsync(before, 20);
        }

        var kept = Path.Combine(_directory, "broker-1-dir-2");
        var elsewhere = Path.Combine(_directory, "broker-1");
        await using var after = await StartAsync(o =>
        {
            o.LogDirsPerBroker = 2;
            o.LogDirs = new Dictionary<BrokerId, IReadOnlyList<string>> { [One] = [kept] };
        });
        await after.EventuallyAsync("all are in sync", c => c.Partitions.Length == 2 && c.Partitions.All(p => p.Isr.Length == 3));

        Assert.Equal(20, (await after.ReadAllAsync("orders")).Count);
        await HoldsAsync(after, kept, "orders", 2);
        Assert.Single(Directory.GetDirectories(elsewhere, "orders-*"));
    }

    [Fact]
    public async Task The_order_of_the_directories_does_not_matter()
    {
        string[] dirs = [Path.Combine(_directory, "a"), Path.Combine(_directory, "b")];
        await using (var before = await StartAsync(o => o.LogDirs = new Dictionary<BrokerId, IReadOnlyList<string>> { [One] = dirs }))
        {
            await before.CreateTopicAsync("orders", partitions: 2);
            await ProduceAsync(before, 20);
        }

        await using var after = await StartAsync(
            o => o.LogDirs = new Dictionary<BrokerId, IReadOnlyList<string>> { [One] = [dirs[1], dirs[0]] });
        await AllServe(after);
        Assert.Equal(20, (await after.ReadAllAsync("orders")).Count);
    }

    [Fact]
    public async Task A_directory_of_another_broker_is_refused_and_nothing_is_changed()
    {
        await using (var before = await StartAsync())
        {
            await before.CreateTopicAsync("orders", partitions: 1);
            await ProduceAsync(before, 10);
        }

        var two = Path.Combine(_directory, "broker-2");
        var files = Snapshot(two);
        var refused = await Assert.ThrowsAsync<ReplicationException>(() => StartAsync(o =>
        {
            o.LogDirs = new Dictionary<BrokerId, IReadOnlyList<string>>
            {
                [One] = [Path.Combine(_directory, "broker-1"), two],
                [new BrokerId(2)] = [Path.Combine(_directory, "elsewhere")],
            };
        }));

        Assert.Equal(ErrorCode.KafkaStorageError, refused.Error);
        Assert.Contains(two, refused.Message, StringComparison.Ordinal);
        Assert.Equal(files, Snapshot(two));
        await using var after = await StartAsync();
        await AllServe(after);
        Assert.Equal(10, (await after.ReadAllAsync("orders")).Count);
    }

    [Theory]
    [InlineData("twice", "data", "data")]
    [InlineData("nested", "data", "data/more")]
    [InlineData("around", "data/more", "data")]
    [InlineData("another way to write it", "data", "./data/../data/")]
    [InlineData("another broker's", "data", "broker-2")]
    [InlineData("within the controller's", "data", "controller/logs")]
    [InlineData("around everything", "data", ".")]
    public async Task Directories_that_are_not_apart_are_refused(string what, string first, string second)
    {
        Assert.NotEmpty(what);
        var refused = await Assert.ThrowsAsync<ReplicationException>(() => StartAsync(o =>
            o.LogDirs = new Dictionary<BrokerId, IReadOnlyList<string>>
            {
                [One] = [Path.Combine(_directory, first), Path.Combine(_directory, second)],
            }));

        Assert.Equal(ErrorCode.InvalidConfig, refused.Error);
        Assert.Contains("LogDirs", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public async Task Options_without_sense_are_refused_by_name()
    {
        Action<EmbeddedClusterOptions>[] wrong =
        [
            o => o.LogDirsPerBroker = 0,
            o => o.LogDirsPerBroker = 101,
            o => o.LogDirs = new Dictionary<BrokerId, IReadOnlyList<string>> { [new BrokerId(4)] = ["x"] },
            o => o.LogDirs = new Dictionary<BrokerId, IReadOnlyList<string>> { [One] = [] },
            o => o.LogDirs = new Dictionary<BrokerId, IReadOnlyList<string>> { [One] = [" "] },
        ];
        foreach (var configure in wrong)
        {
            var refused = await Assert.ThrowsAsync<ReplicationException>(() => StartAsync(configure));
            Assert.Equal(ErrorCode.InvalidConfig, refused.Error);
            Assert.Contains("LogDirs", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Names_that_only_begin_alike_are_apart()
    {
        await using var cluster = await StartAsync(o => o.LogDirs = new Dictionary<BrokerId, IReadOnlyList<string>>
        {
            [One] = [Path.Combine(_directory, "data"), Path.Combine(_directory, "data-2")],
        });
        Assert.Equal(2, cluster.Cluster.LogDirs(One).Count);
    }

    private static Task AllServe(TestCluster cluster) => cluster.EventuallyAsync(
        "every partition is led", c => !c.Partitions.IsEmpty && c.Partitions.All(p => p.HighWatermark >= 0 && p.Isr.Length == 3));

    /// <summary>A topic is there when its leaders serve: a follower may open its log only then.</summary>
    private static Task HoldsAsync(TestCluster cluster, string dir, string topic, int logs) => cluster.EventuallyAsync(
        $"{dir} holds {logs} logs of {topic}", _ => Directory.GetDirectories(dir, $"{topic}-*").Length == logs);

    private static async Task ProduceAsync(TestCluster cluster, int count)
    {
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await Task.WhenAll(Enumerable.Range(0, count).Select(
            i => producer.ProduceAsync("orders", new() { Key = $"k{i}", Value = $"v{i}" })));
    }

    private static string[] Snapshot(string directory) =>
        [.. Directory.GetFiles(directory, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != ".lock")
            .Order(StringComparer.Ordinal)
            .Select(file => $"{file} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}")];

    private Task<TestCluster> StartAsync(Action<EmbeddedClusterOptions>? configure = null) =>
        TestCluster.StartInAsync(_directory, configure: configure);
}
