using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace AkkaReplication.Testing;

/// <summary>What the cluster is like, and waiting for it.</summary>
public sealed partial class TestCluster
{
    // A condition may look at more than the cluster, of which nobody tells.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    /// <summary>The cluster as it is at this moment.</summary>
    public ClusterSnapshot Now => new(_cluster.Describe(), _cluster.BrokerIds);

    /// <summary>Partitions of which a replica is not in sync, or its broker is dead.</summary>
    public int UnderReplicatedPartitions => Now.UnderReplicatedPartitions;

    /// <summary>Partitions with fewer replicas in sync than min.insync.replicas.</summary>
    public int UnderMinIsrPartitions => Now.UnderMinIsrPartitions;

    /// <summary>Partitions that no living broker leads.</summary>
    public int OfflinePartitions => Now.OfflinePartitions;

    /// <summary>The leader of a partition as it is now, to be killed or asked to step down.</summary>
    /// <exception cref="InvalidOperationException">Nobody leads it at this moment.</exception>
    /// <exception cref="KeyNotFoundException">There is no such partition.</exception>
    public TestLeader LeaderOf(string topic, int partition = 0)
    {
        var now = Now.Partition(topic, partition);
        return now.Leader is { } leader
            ? new TestLeader(this, new TopicPartition(topic, partition), Broker(leader), now.LeaderEpoch)
            : throw new InvalidOperationException($"Nobody leads {topic}-{partition} at this moment: {now}");
    }

    /// <summary>The brokers whose replicas of a partition are in sync.</summary>
    /// <exception cref="KeyNotFoundException">There is no such partition.</exception>
    public ImmutableArray<int> IsrOf(string topic, int partition = 0) => Now.IsrOf(topic, partition);

    /// <summary>Counts the leaderships of a partition.</summary>
    /// <exception cref="KeyNotFoundException">There is no such partition.</exception>
    public int LeaderEpochOf(string topic, int partition = 0) => Now.LeaderEpochOf(topic, partition);

    /// <summary>The offset below which records are committed; -1 while nobody leads.</summary>
    /// <exception cref="KeyNotFoundException">There is no such partition.</exception>
    public long HighWatermarkOf(string topic, int partition = 0) => Now.HighWatermarkOf(topic, partition);

    /// <summary>
    /// Waits until the cluster is as the condition says, and returns it as it was then. The condition is looked at after
    /// every change in the cluster; one that throws, because a topic is not there yet for instance, is not fulfilled.
    /// </summary>
    /// <param name="condition">Must return at once.</param>
    /// <param name="timeout">By the clock on the wall; <see cref="TestClusterOptions.Patience"/> where it is left out.</param>
    /// <param name="what">The condition in words.</param>
    /// <exception cref="TimeoutException">It did not come true in time; the message shows the cluster, its faults and what
    /// happened last.</exception>
    public async Task<ClusterSnapshot> EventuallyAsync(
        Func<ClusterSnapshot, bool> condition,
        TimeSpan? timeout = null,
        [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        ArgumentNullException.ThrowIfNull(condition);
        var patience = timeout ?? _options.Patience;
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var listening = _cluster.State.Watchers.Listen(() => changes.Writer.TryWrite(true));
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var now = Now;
            Exception? thrown = null;
            try
            {
                if (condition(now))
                    return now;
            }
            catch (Exception e)
            {
                thrown = e;
            }

            var left = patience - TimeProvider.System.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
                throw new TimeoutException(Explain(what, patience, now, thrown), thrown);
            await WaitForChangeAsync(changes.Reader, left < LookAgain ? left : LookAgain).ConfigureAwait(false);
        }
    }

    /// <summary>What is wrong with the cluster because the test says so; empty when nothing is.</summary>
    internal string DescribeFaults() => string.Join(
        Environment.NewLine,
        _brokers.Select(broker => broker.DescribeFaults()).Append(Network.DescribeFaults()).Where(fault => fault.Length > 0));

    private static async Task WaitForChangeAsync(ChannelReader<bool> changes, TimeSpan longest)
    {
        using var patience = new CancellationTokenSource(longest);
        try
        {
            await changes.ReadAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Time to look again.
        }
    }

    private string Explain(string what, TimeSpan patience, ClusterSnapshot now, Exception? thrown)
    {
        var faults = DescribeFaults();
        return string.Join(
            Environment.NewLine,
            [
                $"Not within {patience.TotalSeconds:0.###} s: {what}",
                .. thrown is null ? Array.Empty<string>() : [$"It threw {thrown.GetType().Name}: {thrown.Message}"],
                "The cluster:",
                now.ToString(),
                $"Its faults (seed {Seed}):",
                faults.Length == 0 ? "  none" : faults,
                "What happened last:",
                _recent.ToString(),
            ]);
    }
}
