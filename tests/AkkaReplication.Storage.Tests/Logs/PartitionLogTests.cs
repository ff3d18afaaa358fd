using System.Runtime.InteropServices;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Storage.Tests.Logs;

public sealed class PartitionLogTests
{
    private readonly StorageFixture _fixture = new();

    private PartitionLog Log => _fixture.Log;

    [Fact]
    public void Leader_stamps_offset_and_epoch_and_leaves_the_rest_alone()
    {
        _fixture.Start();
        var first = StorageFixture.Batch("a", "b");
        var second = StorageFixture.Batch("c");
        _fixture.Append(first, epoch: 3);
        _fixture.Append(second, epoch: 4);

        Assert.Equal(["0:a", "1:b", "2:c"], _fixture.ReadAll());
        BatchHeader.Stamp(first, 0, new LeaderEpoch(3));
        BatchHeader.Stamp(second, 2, new LeaderEpoch(4));
        Assert.Equal((byte[])[.. first, .. second], _fixture.Files.ReadFile(_fixture.PathOf("00000000000000000000.log")));
        Assert.Equal("3@0, 4@2", Log.Epochs.ToString());
        Assert.Equal((0L, 3L, 0L), (Log.LogStartOffset, Log.LogEndOffset, Log.FlushedEndOffset));
    }

    [Fact]
    public void Append_does_not_touch_the_callers_bytes()
    {
        _fixture.Start();
        var batch = StorageFixture.Batch("a");
        var before = batch.ToArray();
        _fixture.Append(batch, epoch: 1);
        _fixture.Append(batch, epoch: 1, appendTimeMs: 5);
        Assert.Equal(before, batch);
    }

    [Fact]
    public void Append_time_is_stamped_with_a_checksum_that_holds()
    {
        _fixture.Start();
        _fixture.Append(StorageFixture.Batch("a", "b"), epoch: 1, appendTimeMs: 77_000);
        var bytes = Log.View().Read(0, 2, 1000, true);
        Assert.True(RecordBatch.HasValidCrc(bytes.Span));
        var reader = new RecordBatchReader(bytes);
        Assert.True(reader.MoveNext());
        Assert.Equal(77_000, reader.TimestampMs);
        Assert.Equal(new TimestampAndOffset(77_000, 0), Log.View().FindByTime(77_000, 2));
    }

    [Fact]
    public void Follower_appends_what_the_leader_stamped_with_gaps()
    {
        _fixture.Start();
        Log.AppendAsFollower((byte[])
        [
            .. StorageFixture.Stamped(0, 1, "a"),
            .. StorageFixture.Stamped(5, 1, "b", "c"),
            .. StorageFixture.Stamped(10, 3, "d"),
        ]);

        Assert.Equal(["0:a", "5:b", "6:c", "10:d"], _fixture.ReadAll());
        Assert.Equal("1@0, 3@10", Log.Epochs.ToString());
        Assert.Equal(11, Log.LogEndOffset);
    }

    [Fact]
    public void Follower_takes_the_whole_batches_of_a_cut_answer()
    {
        _fixture.Start();
        byte[] first = StorageFixture.Stamped(0, 1, "a"), second = StorageFixture.Stamped(1, 1, "b");
        Log.AppendAsFollower((byte[])[.. first, .. second[..^1]]);
        Assert.Equal(1, Log.LogEndOffset);
        Assert.Throws<CorruptBatchException>(() => Log.AppendAsFollower(second.AsMemory(0, 20)));
    }

    [Fact]
    public void One_bad_batch_among_good_ones_appends_nothing()
    {
        _fixture.Start();
        var bad = StorageFixture.Stamped(1, 1, "b");
        bad[^1] ^= 1;
        Assert.Throws<CorruptBatchException>(
            () => Log.AppendAsFollower((byte[])[.. StorageFixture.Stamped(0, 1, "a"), .. bad]));
        Assert.Equal(0, Log.LogEndOffset);
        Assert.Empty(_fixture.ReadAll());
        Assert.Equal(0, Log.SizeBytes);
    }

    [Fact]
    public void Follower_refuses_offsets_and_epochs_that_go_back()
    {
        _fixture.Start();
        Log.AppendAsFollower(StorageFixture.Stamped(0, 5, "a", "b"));
        Assert.Throws<StorageException>(() => Log.AppendAsFollower(StorageFixture.Stamped(1, 5, "x")));
        Assert.Throws<StorageException>(() => Log.AppendAsFollower(StorageFixture.Stamped(2, 4, "x")));
        Log.AppendAsFollower(StorageFixture.Stamped(2, 5, "c"));
        Assert.Equal(3, Log.LogEndOffset);
    }

    [Fact]
    public void Empty_log_restarts_where_the_first_batch_reaches_below_its_start()
    {
        _fixture.Start();
        Log.TruncateFullyAndStartAt(7, new ProducerStates());
        Log.AppendAsFollower(StorageFixture.Stamped(5, 2, "a", "b", "c", "d"));
        Assert.Equal((5L, 9L), (Log.LogStartOffset, Log.LogEndOffset));
    }

    [Fact]
    public void Read_returns_whole_batches_within_all_its_bounds()
    {
        _fixture.Start();
        for (var i = 0; i < 10; i++)
            _fixture.Append(1, $"a{i}", $"b{i}");
        var size = StorageFixture.Batch("a0", "b0").Length;
        var view = Log.View();

        Assert.Equal(20 / 2 * size, view.Read(0, 20, int.MaxValue, false).Length);
        Assert.Equal(3 * size, view.Read(4, 20, (3 * size) + 1, false).Length);
        Assert.Equal(2 * size, view.Read(5, 8, int.MaxValue, false).Length);
        Assert.Equal(1 * size, view.Read(5, 7, int.MaxValue, false).Length);
        Assert.Equal(size, view.Read(5, 20, 1, true).Length);
        Assert.True(view.Read(5, 20, size - 1, false).IsEmpty);
        Assert.True(view.Read(5, 5, int.MaxValue, true).IsEmpty);
        Assert.True(view.Read(20, 30, int.MaxValue, true).IsEmpty);
        Assert.True(view.Read(0, 1, int.MaxValue, true).IsEmpty);
    }

    [Fact]
    public void View_does_not_see_what_was_appended_after_it()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        var view = Log.View();
        _fixture.Append(1, "b");
        Assert.Equal(StorageFixture.Batch("a").Length, view.Read(0, long.MaxValue, int.MaxValue, false).Length);
        Assert.True(view.IsCurrent);
    }

    [Fact]
    public void Read_takes_nothing_from_the_disk_that_its_view_does_not_have()
    {
        _fixture.Start();
        _fixture.Append(0, "one");
        var view = Log.View();
        _fixture.Append(0, "two");

        var read = view.Read(0, view.LogEndOffset, int.MaxValue, atLeastOneBatch: true);

        Assert.True(MemoryMarshal.TryGetArray(read, out var buffer));
        Assert.Equal(StorageFixture.Batch("one").Length, buffer.Array!.Length);
    }

    [Fact]
    public void Readers_of_the_same_records_share_one_read()
    {
        _fixture.Start();
        _fixture.Append(1, "a", "b");
        _fixture.Append(1, "c");

        var first = Log.View().Read(0, 3, int.MaxValue, true);
        var second = Log.View().Read(0, 3, first.Length, true);
        var smaller = Log.View().Read(0, 3, first.Length - 1, true);
        var shorter = Log.View().Read(0, 2, int.MaxValue, true);

        Assert.True(MemoryMarshal.TryGetArray(first, out var firstBytes));
        Assert.True(MemoryMarshal.TryGetArray(second, out var secondBytes));
        Assert.Same(firstBytes.Array, secondBytes.Array);
        Assert.Equal(first.Length, second.Length);
        Assert.Equal(StorageFixture.Batch("a", "b").Length, smaller.Length);
        Assert.Equal(smaller.ToArray(), shorter.ToArray());
    }

    [Fact]
    public void Records_read_before_a_truncation_are_not_those_after_it()
    {
        _fixture.Start();
        _fixture.Append(1, "old");
        var before = Log.View();
        var old = before.Read(0, 1, int.MaxValue, true);

        Log.TruncateTo(0);
        _fixture.Append(2, "new");

        Assert.True(before.Read(0, 1, int.MaxValue, true).IsEmpty);
        Assert.NotEqual(old.ToArray(), Log.View().Read(0, 1, int.MaxValue, true).ToArray());
        Assert.Equal(["0:new"], _fixture.ReadAll());
    }

    [Fact]
    public void Segments_roll_by_size_and_reads_cross_them()
    {
        var size = StorageFixture.Batch("0000").Length;
        _fixture.Settings = LogSettings.Default with { SegmentBytes = 3 * size };
        _fixture.Start();
        for (var i = 0; i < 10; i++)
            _fixture.Append(1, $"{i:D4}");

        Assert.Equal(4, Log.SegmentCount);
        Assert.Equal([.. Enumerable.Range(0, 10).Select(i => $"{i}:{i:D4}")], _fixture.ReadAll());
        Assert.Equal(
            [0, 3, 6, 9],
            _fixture.Files.ListFiles(StorageFixture.LogDirectory)
                .Where(name => name.EndsWith(".log", StringComparison.Ordinal)).Select(name => int.Parse(name[..20])));
    }

    [Fact]
    public void Follower_rolls_within_one_append()
    {
        var size = StorageFixture.Stamped(0, 1, "0").Length;
        _fixture.Settings = LogSettings.Default with { SegmentBytes = 2 * size };
        _fixture.Start();
        Log.AppendAsFollower((byte[])[.. Enumerable.Range(0, 5).SelectMany(i => StorageFixture.Stamped(i, 1, $"{i}"))]);
        Assert.Equal(3, Log.SegmentCount);
        Assert.Equal(["0:0", "1:1", "2:2", "3:3", "4:4"], _fixture.ReadAll());
    }

    [Fact]
    public void Segments_roll_by_the_records_time_and_by_the_clock_where_they_have_none()
    {
        _fixture.Settings = LogSettings.Default with { SegmentMs = 100 };
        _fixture.Start();
        _fixture.Append(StorageFixture.Builder(1000, "a").Build(), 1);
        _fixture.Append(StorageFixture.Builder(1100, "b").Build(), 1);
        Assert.Equal(1, Log.SegmentCount);
        _fixture.Append(StorageFixture.Builder(1101, "c").Build(), 1);
        Assert.Equal(2, Log.SegmentCount);

        _fixture.Time.NowMs += 101;
        _fixture.Append(StorageFixture.Builder(-1, "d").Build(), 1);
        Assert.Equal(3, Log.SegmentCount);
    }

    [Fact]
    public void Segments_roll_where_an_offset_does_not_fit_the_index_or_the_index_is_full()
    {
        _fixture.Settings = LogSettings.Default with { IndexIntervalBytes = 0, SegmentIndexBytes = 4 * 12 };
        _fixture.Start();
        Log.AppendAsFollower(StorageFixture.Stamped(0, 1, "a"));
        Log.AppendAsFollower(StorageFixture.Stamped(int.MaxValue, 1, "b"));
        Assert.Equal(1, Log.SegmentCount);
        Log.AppendAsFollower(StorageFixture.Stamped(int.MaxValue + 1L, 1, "c"));
        Assert.Equal(2, Log.SegmentCount);

        for (var i = 2; i < 20; i++)
            Log.AppendAsFollower(StorageFixture.Stamped(int.MaxValue + (long)i, 1, "d"));
        Assert.True(Log.SegmentCount > 3);
    }

    [Fact]
    public void Duplicates_are_known_from_the_log()
    {
        _fixture.Start();
        var batch = StorageFixture.Builder(1000, "a", "b").Build(producerId: 9, producerEpoch: 0, baseSequence: 0);
        _fixture.Append(1, "x");
        _fixture.Append(batch, 1);
        BatchHeader.TryRead(batch, out var header);
        var check = Log.Producers.Check(header);
        Assert.Equal((ProducerVerdict.Duplicate, 1L, 2L), (check.Verdict, check.Original.BaseOffset, check.Original.LastOffset));
    }

    [Fact]
    public async Task Appending_costs_no_allocation_per_record_and_little_per_batch()
    {
        _fixture.Start();
        var values = Enumerable.Range(0, 1000).Select(i => $"value-{i}").ToArray();
        var large = StorageFixture.Builder(1000, values).Build();
        var small = StorageFixture.Builder(1000, "value").Build();
        BatchHeader.TryRead(large, out var largeHeader);
        BatchHeader.TryRead(small, out var smallHeader);
        var directory = Path.Combine(Path.GetTempPath(), $"akkarepl-{Guid.NewGuid():n}");
        try
        {
            var session = StorageSession.Open(_fixture.Options with
            {
                Directories = [directory],
                Files = AkkaReplication.Storage.Files.PhysicalFileSystem.Instance,
            });
            var log = session.GetOrCreateLog(StorageFixture.Partition, "topic", LogSettings.Default);
            AllocatedBy(log, small, smallHeader, 50);
            var perSmall = AllocatedBy(log, small, smallHeader, 200);
            var perLarge = AllocatedBy(log, large, largeHeader, 200);
            Assert.InRange(perSmall, 0, 400);
            Assert.InRange(perLarge, 0, perSmall + 100);
            await session.KillAsync();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Reads_open_no_file()
    {
        _fixture.Start();
        for (var i = 0; i < 50; i++)
            _fixture.Append(1, new string('x', 500));
        _fixture.ReadAll();
        var before = _fixture.Files.OpenCount;
        _fixture.ReadAll();
        Assert.Equal(before, _fixture.Files.OpenCount);
    }

    private static long AllocatedBy(PartitionLog log, byte[] batch, in BatchHeader header, int times)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < times; i++)
            log.AppendAsLeader(batch, header, new LeaderEpoch(1), null);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / times;
    }
}
