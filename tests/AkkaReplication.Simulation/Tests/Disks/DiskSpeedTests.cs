using System.Diagnostics;
using AkkaReplication.Records;
using Xunit;
using Xunit.Abstractions;

namespace AkkaReplication.Simulation.Tests.Disks;

/// <summary>How long the simulator spends on disks, printed; AKKAREPL_DISK_ROUNDS says how often, for figures worth a look.</summary>
public sealed class DiskSpeedTests(ITestOutputHelper output)
{
    private const int Partitions = 6;
    private const int RestartedBatches = 100;

    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("AKKAREPL_DISK_ROUNDS") ?? "300");
    private static readonly IReadOnlyList<TopicIdPartition> Used =
        [.. Enumerable.Range(0, Partitions).Select(number => DiskPartitions.First with { Partition = number })];

    [Theory]
    [InlineData("memory")]
    [InlineData("storage")]
    public void Time_of_appends_reads_flushes_and_restarts(string kind)
    {
        var batch = DiskPartitions.Batch("some value, of a usual length in simulations", "and another one like it");
        BatchHeader.TryRead(batch, out var header);
        for (var repeat = 0; repeat < 3; repeat++)
        {
            var disk = DiskUnderTest.Of(kind, 1).Start();
            var logs = Used.Select(partition => disk.Log(partition)).ToList();
            var append = Measure(() =>
            {
                foreach (var log in logs)
                    log.AppendAsLeader(batch, header, new LeaderEpoch(1), null);
            });
            var appendAndRead = Measure(() =>
            {
                foreach (var log in logs)
                {
                    var from = log.LogEndOffset;
                    log.AppendAsLeader(batch, header, new LeaderEpoch(1), null);
                    if (log.View().Read(from, log.LogEndOffset, 1 << 20, atLeastOneBatch: true).Length != batch.Length)
                        throw new InvalidOperationException("The batch is not there.");
                }
            });
            var flushes = 0;
            var all = Measure(() =>
            {
                foreach (var partition in Used)
                {
                    var log = disk.Log(partition);
                    var from = log.LogEndOffset;
                    log.AppendAsLeader(batch, header, new LeaderEpoch(1), null);
                    log.View().Read(from, log.LogEndOffset, 1 << 20, atLeastOneBatch: true);
                    disk.Session.Flush(partition, (_, _) => flushes++);
                    disk.Pass(4_000);
                }
            });
            Assert.Equal(Rounds * Partitions, flushes);
            var checkpoint = Measure(() =>
            {
                foreach (var partition in Used)
                    disk.Log(partition).CheckpointHighWatermark(flushes++);
                disk.Session.Checkpoint();
            });
            disk = DiskUnderTest.Of(kind, 2).Start();
            for (var i = 0; i < RestartedBatches; i++)
            {
                foreach (var partition in Used)
                    disk.Append(partition, batch, 1);
            }

            var restart = Measure(() => Restart(disk, powerLoss: false), RestartedBatches);
            var loss = Measure(() => Restart(disk, powerLoss: true), RestartedBatches);
            var epoch = 10;
            var truncate = Measure(() =>
            {
                epoch++;
                foreach (var partition in Used)
                {
                    disk.Append(partition, batch, epoch);
                    disk.Log(partition).TruncateTo(disk.Log(partition).LogEndOffset - 2);
                }
            });
            output.WriteLine(
                $"{kind}: append {append / Partitions:F2} us, with a read {appendAndRead / Partitions:F2} us, with a flush, too,"
                + $" {all / Partitions:F2} us; checkpoint {checkpoint:F0} us; restart of {Partitions} logs of"
                + $" {RestartedBatches} to {3 * RestartedBatches} batches {restart:F0} us, after a power loss {loss:F0} us; append in a new epoch and truncation"
                + $" {truncate / Partitions:F1} us");
        }
    }

    private static void Restart(DiskUnderTest disk, bool powerLoss)
    {
        disk.Restart(powerLoss);
        foreach (var partition in Used)
        {
            disk.Append(partition, DiskPartitions.Batch("a"), 1);
            disk.Session.Flush(partition, (_, _) => { });
        }

        disk.Pass(10_000);
        disk.Session.Checkpoint();
    }

    private static double Measure(Action round) => Measure(round, Rounds);

    private static double Measure(Action round, int rounds)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < rounds; i++)
            round();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / rounds;
    }
}
