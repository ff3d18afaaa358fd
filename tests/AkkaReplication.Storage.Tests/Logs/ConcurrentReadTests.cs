using System.Text;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Tests.Logs;

/// <summary>Readers on other threads while the log is appended to, truncated, rolled and cut at its start; on real files.</summary>
public sealed class ConcurrentReadTests : IDisposable
{
    private readonly string _root = Path.Combine(Path.GetTempPath(), $"akkarepl-{Guid.NewGuid():n}");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Every_record_read_under_a_current_view_is_the_one_that_was_written()
    {
        var session = StorageSession.Open(new StorageSessionOptions
        {
            Directories = [_root],
            ClusterId = "c",
            NodeId = new BrokerId(1),
            Files = PhysicalFileSystem.Instance,
        });
        var log = session.GetOrCreateLog(
            StorageFixture.Partition,
            "topic",
            LogSettings.Default with
            {
                SegmentBytes = 4000,
                IndexIntervalBytes = 200,
                RetentionMs = -1,
                RetentionBytes = 6000,
            });
        // What a reader takes: published by the writer after each step, as a replica publishes its view.
        var published = log.View();
        using var done = new CancellationTokenSource();
        var counts = new int[2];
        var readers = Enumerable.Range(0, counts.Length)
            .Select(i => Task.Factory.StartNew(
                () => ReadUntil(i, done.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))
            .ToArray();

        var random = new Random(11);
        for (var step = 0; step < 800 || !EveryReaderHasReadEnough(); step++)
        {
            switch (random.Next(20))
            {
                case 0:
                    log.TruncateTo(Math.Max(log.LogStartOffset, log.LogEndOffset - random.Next(40)));
                    break;
                case 1:
                    log.AdvanceLogStart(random.NextInt64(log.LogStartOffset, log.LogEndOffset + 1));
                    break;
                case 2:
                    log.ApplyRetention(log.LogEndOffset, 0);
                    break;
                case 3:
                    await Task.Run(() => session.DeleteExpiredSegments(0));
                    break;
                case 4 when step % 10 == 0:
                    log.TruncateFullyAndStartAt(log.LogEndOffset + random.Next(10), new ProducerStates());
                    break;
                default:
                    Append(log, random.Next(1, 4));
                    break;
            }

            Volatile.Write(ref published, log.View());
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
        await session.KillAsync();

        bool EveryReaderHasReadEnough() =>
            Enumerable.Range(0, counts.Length).All(i => readers[i].IsCompleted || Volatile.Read(ref counts[i]) > 500);

        void ReadUntil(int reader, CancellationToken stop)
        {
            var random = new Random(reader);
            while (!stop.IsCancellationRequested)
            {
                var view = Volatile.Read(ref published);
                if (view.LogStartOffset == view.LogEndOffset)
                    continue;

                var offset = random.NextInt64(view.LogStartOffset, view.LogEndOffset);
                var bytes = view.Read(offset, view.LogEndOffset, random.Next(1, 3000), atLeastOneBatch: true);
                view.FindByTime(random.Next(2000), view.LogEndOffset);
                if (view.IsCurrent)
                    Interlocked.Add(ref counts[reader], Check(bytes, view.LogEndOffset));
            }
        }
    }

    /// <summary>A record says in its value at which offset it was written.</summary>
    private static void Append(PartitionLog log, int count)
    {
        var values = Enumerable.Range(0, count).Select(i => $"{log.LogEndOffset + i} {new string('x', 50)}").ToArray();
        var batch = StorageFixture.Builder(1000, values).Build();
        BatchHeader.TryRead(batch, out var header);
        log.AppendAsLeader(batch, header, new LeaderEpoch((int)log.TruncationGeneration), null);
    }

    private static int Check(ReadOnlyMemory<byte> bytes, long end)
    {
        var count = 0;
        var batches = new BatchSequence(bytes);
        while (batches.MoveNext())
        {
            Assert.True(RecordBatch.HasValidCrc(batches.Current.Span));
            Assert.True(batches.Header.NextOffset <= end);
            var records = new RecordBatchReader(batches.Current);
            while (records.MoveNext())
            {
                Assert.StartsWith($"{records.Offset} ", Encoding.UTF8.GetString(records.Value.Span), StringComparison.Ordinal);
                count++;
            }
        }

        Assert.Equal(0, batches.BytesLeft);
        return count;
    }
}
