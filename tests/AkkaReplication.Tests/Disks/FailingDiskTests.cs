using AkkaReplication.Tests.Hosting;

namespace AkkaReplication.Tests.Disks;

/// <summary>One of a broker's disks fails: every call is an I/O error.</summary>
public sealed class FailingDiskTests
{
    private const int Partitions = 6;
    private static readonly BrokerId One = new(1);

    [Fact]
    public async Task A_disk_that_fails_takes_only_its_replicas_offline()
    {
        var files = new FaultyFileSystem();
        await using var cluster = await TestCluster.StartAsync(o =>
        {
            o.LogDirsPerBroker = 2;
            o.Files = files;
        });
        await cluster.CreateTopicAsync("orders", Partitions);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 10);
        var epoch = cluster.Cluster.Describe().Brokers.Single(b => b.Id == One).Epoch;
        var failing = cluster.Cluster.LogDirs(One)[0];
        var lost = Enumerable.Range(0, Partitions).Where(p => Directory.Exists(Path.Combine(failing, $"orders-{p}"))).ToArray();
        var kept = Enumerable.Range(0, Partitions).Except(lost).ToArray();
        var leadersOfKept = kept.Select(p => cluster.Partition("orders", p).Leader).ToArray();

        files.Fail(failing);
        await ProduceAsync(producer, 10);

        await cluster.EventuallyAsync(
            "the broker's replicas on that disk are in sync nowhere",
            c => lost.All(p => c.Partitions[p].Leader != One && !c.Partitions[p].Isr.Contains(One)));
        Assert.All(kept, p => Assert.Equal(3, cluster.Partition("orders", p).Isr.Length));
        Assert.Equal(leadersOfKept, kept.Select(p => cluster.Partition("orders", p).Leader));
        Assert.Equal(epoch, cluster.Cluster.Describe().Brokers.Single(b => b.Id == One).Epoch);
        Assert.Equal(20 * Partitions, (await cluster.ReadAllAsync("orders")).Count);

        // What is new goes to the disk that works.
        await cluster.CreateTopicAsync("more", partitions: 2);
        Assert.Equal(2, Directory.GetDirectories(cluster.Cluster.LogDirs(One)[1], "more-*").Length);
    }

    private static Task ProduceAsync(IProducer<string, string> producer, int count) =>
        Task.WhenAll(Enumerable.Range(0, Partitions).SelectMany(p => Enumerable.Range(0, count).Select(
            i => producer.ProduceAsync(new TopicPartition("orders", p), new() { Value = $"v{i}" }))));
}
