using System.Globalization;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Storage.Tests.Logs;

/// <summary>The record with the greatest timestamp (KIP-734), against a search through all records.</summary>
public sealed class LatestRecordTests
{
    [Fact]
    public void The_greatest_timestamp_is_looked_for_below_the_limit_and_from_the_start_on()
    {
        var fixture = new StorageFixture().Start();
        Append(fixture, 5_000);
        Append(fixture, 1_000, 4_000, 4_000);
        Append(fixture, 3_000);

        var view = fixture.Log.View();
        Assert.Equal(new TimestampAndOffset(5_000, 0), view.FindLatest(5));
        Assert.Equal(new TimestampAndOffset(5_000, 0), view.FindLatest(long.MaxValue));
        Assert.Null(view.FindLatest(0));

        fixture.Log.AdvanceLogStart(1);
        view = fixture.Log.View();
        Assert.Equal(new TimestampAndOffset(4_000, 2), view.FindLatest(5));
        Assert.Null(view.FindLatest(1));

        fixture.Log.AdvanceLogStart(3);
        Assert.Equal(new TimestampAndOffset(4_000, 3), fixture.Log.View().FindLatest(5));
        fixture.Log.AdvanceLogStart(4);
        Assert.Equal(new TimestampAndOffset(3_000, 4), fixture.Log.View().FindLatest(5));
    }

    [Fact]
    public void A_record_without_a_timestamp_is_not_the_latest()
    {
        var fixture = new StorageFixture().Start();
        Append(fixture, -1);

        Assert.Null(fixture.Log.View().FindLatest(1));
    }

    [Fact]
    public void A_search_agrees_with_a_look_at_every_record()
    {
        var only = Environment.GetEnvironmentVariable("AKKAREPL_STORAGE_SEED");
        int[] seeds = only is null ? [.. Enumerable.Range(1, 30)] : [int.Parse(only, CultureInfo.InvariantCulture)];
        foreach (var seed in seeds)
            Compare(seed);
    }

    private static void Compare(int seed)
    {
        var random = new Random(seed);
        var fixture = new StorageFixture
        {
            Settings = LogSettings.Default with { SegmentBytes = 600, IndexIntervalBytes = random.Next(1, 300) },
        }.Start();
        var timestamps = new List<long>();
        for (var step = 0; step < 60; step++)
        {
            long[] batch =
            [
                .. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (step * 10L) + random.Next(random.Next(2) == 0 ? 5 : 200)),
            ];
            Append(fixture, batch);
            timestamps.AddRange(batch);
            if (random.Next(10) == 0)
                fixture.Log.AdvanceLogStart(random.NextInt64(fixture.Log.LogStartOffset, fixture.Log.LogEndOffset));

            var start = fixture.Log.LogStartOffset;
            var limit = random.NextInt64(start, fixture.Log.LogEndOffset + 1);

            // A consumer's bound is that of a batch.
            limit = BatchEnd(fixture.Log, limit);
            TimestampAndOffset? latest = null;
            for (var offset = start; offset < limit; offset++)
            {
                if (timestamps[(int)offset] > (latest?.TimestampMs ?? -1))
                    latest = new TimestampAndOffset(timestamps[(int)offset], offset);
            }

            Assert.True(
                latest == fixture.Log.View().FindLatest(limit),
                $"AKKAREPL_STORAGE_SEED={seed}, step {step}: {fixture.Log.View().FindLatest(limit)} is not {latest}");
        }
    }

    private static long BatchEnd(PartitionLog log, long offset)
    {
        var bytes = log.View().Read(offset, log.LogEndOffset, 1, atLeastOneBatch: true);
        return BatchHeader.TryRead(bytes.Span, out var header) ? header.NextOffset : offset;
    }

    private static void Append(StorageFixture fixture, params long[] timestampsMs)
    {
        var builder = new RecordBatchBuilder();
        foreach (var timestampMs in timestampsMs)
            Assert.True(builder.TryAppend(timestampMs, default, true, "v"u8, false, null, int.MaxValue));
        fixture.Append(builder.Build(), 1);
    }
}
