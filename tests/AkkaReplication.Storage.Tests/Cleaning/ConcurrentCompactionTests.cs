using AkkaReplication.Records;

namespace AkkaReplication.Storage.Tests.Cleaning;

/// <summary>Readers on other threads are not disturbed by compaction, however old the view is that they read through.</summary>
public sealed class ConcurrentCompactionTests
{
    private const int Keys = 10;
    private const int Appends = 3000;

    [Fact]
    public async Task Readers_get_to_the_end_of_their_view_while_segments_are_replaced_under_their_hands()
    {
        var log = new CompactedLog { StepBytes = 500 };
        log.Settings = CompactedLog.Eager with { SegmentBytes = 600, IndexIntervalBytes = 100 };
        log.Start();
        using var stop = new CancellationTokenSource();
        var replaced = 0;
        Task[] others =
        [
            .. Enumerable.Range(0, 2).Select(_ => Task.Run(() => ReadAgainAndAgain(log, stop.Token))),
            Task.Run(() =>
            {
                while (!stop.IsCancellationRequested)
                    replaced += log.Step().Cleaned is null ? 0 : 1;
            }),
        ];

        var appended = 0;
        for (; appended < Appends || Volatile.Read(ref replaced) < 20; appended++)
            log.Append($"k{appended % Keys}={appended}");
        await stop.CancelAsync();
        await Task.WhenAll(others);

        // One pass makes segments small, the next one makes few of them. How many passes there were so far is chance.
        await log.Compact();
        for (var last = appended + Keys; appended < last; appended++)
            log.Append($"k{appended % Keys}={appended}");
        await log.Compact();
        Assert.Equal(Keys, log.EntriesOnDisk().Select(entry => entry.Key).Distinct().Count());
        Assert.True(log.Log.SegmentCount < 20, $"{log.Log.SegmentCount} segments");
    }

    private static void ReadAgainAndAgain(CompactedLog log, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var view = log.Log.View();
            var offset = view.LogStartOffset;
            while (offset < view.LogEndOffset)
            {
                var bytes = view.Read(offset, view.LogEndOffset, 300, atLeastOneBatch: true);
                if (bytes.IsEmpty)
                    break;
                var batches = new BatchSequence(bytes);
                while (batches.MoveNext())
                {
                    Assert.True(batches.Header.LastOffset >= offset);
                    offset = batches.Header.NextOffset;
                    foreach (var entry in CompactedLog.EntriesOf(batches.Current.ToArray()))
                        Assert.Equal($"k{entry.Offset % Keys}={entry.Offset}", $"{entry.Key}={entry.Value}");
                }
            }

            // What is left of the view may have been superseded by what was appended since. Else its last record is there.
            var found = view.FindByTime(0, view.LogEndOffset);
            Assert.True(offset == view.LogEndOffset || log.Log.LogEndOffset > view.LogEndOffset, $"nothing at {offset}");
            Assert.True(found is not null || view.LogEndOffset == 0 || log.Log.LogEndOffset > view.LogEndOffset);
        }
    }
}
