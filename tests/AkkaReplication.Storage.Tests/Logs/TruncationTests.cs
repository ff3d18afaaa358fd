using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests.Logs;

public sealed class TruncationTests
{
    private readonly StorageFixture _fixture = new();

    private PartitionLog Log => _fixture.Log;

    [Fact]
    public async Task Truncation_at_a_batch_boundary_cuts_records_epochs_and_files()
    {
        _fixture.Start();
        _fixture.Append(1, "a", "b");
        _fixture.Append(2, "c");
        _fixture.Append(3, "d");
        Log.TruncateTo(3);

        Assert.Equal(["0:a", "1:b", "2:c"], _fixture.ReadAll());
        Assert.Equal((3L, "1@0, 2@2"), (Log.LogEndOffset, Log.Epochs.ToString()));

        await _fixture.KillAndRestart();
        Assert.Equal(["0:a", "1:b", "2:c"], _fixture.ReadAll());
        Assert.Equal((3L, "1@0, 2@2"), (Log.LogEndOffset, Log.Epochs.ToString()));
    }

    [Fact]
    public void Batch_across_the_target_goes_whole()
    {
        _fixture.Start();
        _fixture.Append(1, "a", "b", "c");
        _fixture.Append(1, "d", "e", "f");
        Log.TruncateTo(4);
        Assert.Equal(3, Log.LogEndOffset);
        Assert.Equal(["0:a", "1:b", "2:c"], _fixture.ReadAll());

        Log.AppendAsFollower(StorageFixture.Stamped(3, 1, "x"));
        Assert.Equal(["0:a", "1:b", "2:c", "3:x"], _fixture.ReadAll());
    }

    [Fact]
    public void Truncation_beyond_the_end_cleans_only_epochs_that_begin_there()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        Log.AssignEpoch(new LeaderEpoch(5), 1);
        var generation = Log.TruncationGeneration;
        Log.TruncateTo(10);
        Assert.Equal("1@0", Log.Epochs.ToString());
        Assert.Equal((1L, generation), (Log.LogEndOffset, Log.TruncationGeneration));
    }

    [Fact]
    public async Task End_in_a_gap_is_kept_over_a_restart()
    {
        _fixture.Start();
        Log.AppendAsFollower((byte[])[.. StorageFixture.Stamped(0, 1, "a"), .. StorageFixture.Stamped(10, 1, "b")]);
        Log.TruncateTo(7);
        Assert.Equal(7, Log.LogEndOffset);
        await _fixture.KillAndRestart();
        Assert.Equal(7, Log.LogEndOffset);
        Log.AppendAsFollower(StorageFixture.Stamped(10, 1, "c"));
        Assert.Equal(["0:a", "10:c"], _fixture.ReadAll());
    }

    [Fact]
    public async Task Truncation_into_a_gap_that_is_cut_short_leaves_the_gap_vouched_for()
    {
        _fixture.Start();
        Log.AppendAsFollower((byte[])[.. StorageFixture.Stamped(0, 1, "a"), .. StorageFixture.Stamped(20, 1, "b")]);
        Log.TruncateTo(10);
        _fixture.Files.Fault = (operation, path) =>
        {
            if (operation == FileOperation.Rename && path.EndsWith("10.log", StringComparison.Ordinal))
                throw new IOException("The process is dead.");
        };
        Assert.Throws<StorageException>(() => Log.TruncateTo(5));
        _fixture.Files.Fault = null;

        await _fixture.KillAndRestart();
        Assert.Equal((PreviousLife.Intact, 0), (_fixture.Session.PreviousLife, _fixture.Session.Problems.Count));
        Assert.Equal(["0:a"], _fixture.ReadAll());
    }

    [Fact]
    public async Task Truncation_drops_later_segments_and_goes_on_in_the_one_that_is_cut()
    {
        var size = StorageFixture.Stamped(0, 1, "0").Length;
        _fixture.Settings = LogSettings.Default with { SegmentBytes = 2 * size };
        _fixture.Start();
        for (var i = 0; i < 9; i++)
            _fixture.Append(1, $"{i}");
        Log.TruncateTo(3);
        Assert.Equal(2, Log.SegmentCount);
        Assert.Equal(["0:0", "1:1", "2:2"], _fixture.ReadAll());
        Assert.DoesNotContain(_fixture.Files.ListFiles(StorageFixture.LogDirectory), name => name.Contains("deleted"));

        _fixture.Append(2, "n");
        await _fixture.KillAndRestart();
        Assert.Equal(["0:0", "1:1", "2:2", "3:n"], _fixture.ReadAll());
    }

    /// <summary>A snapshot of producers is as of an offset, which a truncation gives to other records.</summary>
    [Fact]
    public async Task Producers_of_what_was_cut_do_not_come_back_with_a_crash()
    {
        var readable = 0;
        for (var seed = 0; seed < 100; seed++)
        {
            var fixture = await Produced(flushed: 3, unflushed: 0);
            fixture.Log.TruncateTo(1);
            AppendOthers(fixture);

            if (!await IsReadableAfterCrash(fixture, new Random(seed)))
                continue;
            Assert.Equal(0, fixture.Log.Producers.Find(7)?.LastSequence);
            readable++;
        }

        Assert.True(readable > 30, $"only {readable} logs could be read");
    }

    [Fact]
    public async Task Producers_of_what_one_crash_has_cut_do_not_come_back_with_the_next()
    {
        var cut = 0;
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var fixture = await Produced(flushed: 1, unflushed: 2);
            if (!await IsReadableAfterCrash(fixture, random))
                continue;
            var left = (int)fixture.Log.LogEndOffset;
            AppendOthers(fixture);

            if (!await IsReadableAfterCrash(fixture, random))
                continue;
            Assert.Equal(left - 1, fixture.Log.Producers.Find(7)?.LastSequence);
            cut += left < 3 ? 1 : 0;
        }

        Assert.True(cut > 30, $"only {cut} logs were cut and could be read");
    }

    [Fact]
    public void Truncation_below_the_first_segment_starts_there()
    {
        _fixture.Start();
        Log.TruncateFullyAndStartAt(100, new ProducerStates());
        _fixture.Append(1, "a");
        Log.TruncateTo(50);
        Assert.Equal((50L, 50L, ""), (Log.LogStartOffset, Log.LogEndOffset, Log.Epochs.ToString()));
    }

    [Fact]
    public async Task A_log_that_begins_anew_keeps_the_producers_it_is_given_over_a_crash()
    {
        _fixture.Start();
        _fixture.Append(StorageFixture.Builder(1, "a").Build(producerId: 1, producerEpoch: 0, baseSequence: 0), 1);
        var given = new ProducerStates();
        given.Apply(new BatchHeader { ProducerId = 2, BaseSequence = 7, RecordCount = 1 }, lastOffset: 30);
        Log.TruncateFullyAndStartAt(40, given);

        await _fixture.CrashAndRestart(new Random(1));

        Assert.Equal(7, Log.Producers.Find(2)?.LastSequence);
        Assert.Null(Log.Producers.Find(1));
    }

    [Fact]
    public async Task A_log_that_is_cut_to_its_start_keeps_the_producers_of_what_lay_before()
    {
        _fixture.Start();
        _fixture.Append(StorageFixture.Builder(1, "a").Build(producerId: 1, producerEpoch: 0, baseSequence: 0), 1);
        _fixture.Append(StorageFixture.Builder(1, "b").Build(producerId: 2, producerEpoch: 0, baseSequence: 0), 1);
        Log.AdvanceLogStart(1);
        Log.TruncateTo(1);
        Assert.Equal(0, Log.Producers.Find(1)?.LastSequence);
        Assert.Null(Log.Producers.Find(2));

        await _fixture.CrashAndRestart(new Random(1));
        Assert.Equal(0, Log.Producers.Find(1)?.LastSequence);
        Assert.Null(Log.Producers.Find(2));
    }

    [Fact]
    public async Task Full_truncation_forgets_everything_and_is_kept_over_a_crash()
    {
        _fixture.Start();
        _fixture.Append(StorageFixture.Builder(1, "a").Build(producerId: 1, producerEpoch: 0, baseSequence: 0), 1);
        Log.CheckpointHighWatermark(1);
        await Log.FlushAsync();
        _fixture.Session.CheckpointOffsets();
        Log.TruncateFullyAndStartAt(40, new ProducerStates());

        Assert.Equal((40L, 40L, 40L, 0), (Log.LogStartOffset, Log.LogEndOffset, Log.FlushedEndOffset, Log.Producers.Count));
        Assert.Equal("", Log.Epochs.ToString());
        await _fixture.CrashAndRestart(new Random(1));
        Assert.Equal((40L, 40L, 40L), (Log.LogStartOffset, Log.LogEndOffset, Log.InitialHighWatermark));
        _fixture.Append(2, "b");
        Assert.Equal(["40:b"], _fixture.ReadAll());
    }

    [Fact]
    public void Producers_are_as_of_the_new_end()
    {
        _fixture.Start();
        for (var i = 0; i < 4; i++)
            _fixture.Append(StorageFixture.Builder(1, "x").Build(producerId: 1, producerEpoch: 0, baseSequence: i), 1);
        Log.TruncateTo(2);
        Assert.Equal(1, Log.Producers.Find(1)!.LastSequence);
        Assert.Equal(2, Log.Producers.Find(1)!.BatchCount);
    }

    [Fact]
    public async Task Recovery_point_on_disk_is_lowered_before_bytes_go()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "b");
        await Log.FlushAsync();
        _fixture.Session.CheckpointOffsets();
        Log.TruncateTo(1);
        Assert.Equal(1, Log.FlushedEndOffset);
        Assert.Equal(
            "0\n1\ntopic 0 1\n",
            System.Text.Encoding.UTF8.GetString(_fixture.Files.ReadFile("/data/recovery-point-offset-checkpoint")));
    }

    [Fact]
    public void High_watermark_for_the_checkpoint_follows_the_end()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "b");
        Log.CheckpointHighWatermark(2);
        Log.TruncateTo(1);
        _fixture.Append(2, "c");
        _fixture.Session.CheckpointHighWatermarks();
        Assert.Equal(
            "0\n1\ntopic 0 1\n",
            System.Text.Encoding.UTF8.GetString(_fixture.Files.ReadFile("/data/replication-offset-checkpoint")));
    }

    [Fact]
    public void Reader_of_an_older_view_gets_nothing_once_its_bytes_were_cut()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "b");
        var view = Log.View();
        Log.TruncateTo(1);
        _fixture.Append(2, "other");
        Assert.False(view.IsCurrent);
        Assert.True(view.Read(1, 2, 1000, true).IsEmpty);
        Assert.Null(view.FindByTime(0, 2));
    }

    [Fact]
    public void Log_start_moves_forward_only_and_takes_whole_segments_with_it()
    {
        var size = StorageFixture.Stamped(0, 1, "0").Length;
        _fixture.Settings = LogSettings.Default with { SegmentBytes = 2 * size };
        _fixture.Start();
        for (var i = 0; i < 6; i++)
            _fixture.Append(i, $"{i}");
        var view = Log.View();
        Log.AdvanceLogStart(3);
        _fixture.Session.DeleteExpiredSegments(0);

        Assert.Equal((3L, 2), (Log.LogStartOffset, Log.SegmentCount));
        Assert.Equal("3@3, 4@4, 5@5", Log.Epochs.ToString());
        Assert.Equal(["3:3", "4:4", "5:5"], _fixture.ReadAll());
        Assert.True(view.Read(0, 6, 1000, true).IsEmpty);
        Assert.Equal(size, view.Read(2, 6, 1, true).Length);

        Log.AdvanceLogStart(1);
        Assert.Equal(3, Log.LogStartOffset);
        Assert.Throws<ArgumentOutOfRangeException>(() => Log.AdvanceLogStart(7));
        Log.AdvanceLogStart(6);
        Assert.Empty(_fixture.ReadAll());
        Assert.Equal(6, Log.LogEndOffset);
    }

    [Fact]
    public async Task Log_start_inside_a_segment_survives_a_clean_restart()
    {
        _fixture.Start();
        for (var i = 0; i < 4; i++)
            _fixture.Append(1, $"{i}");
        Log.AdvanceLogStart(2);
        await _fixture.CloseAndRestart();
        Assert.Equal(2, Log.LogStartOffset);
        Assert.Equal(["2:2", "3:3"], _fixture.ReadAll());
        Assert.Equal("1@2", Log.Epochs.ToString());
    }

    [Fact]
    public async Task Nothing_unreadable_stays_before_records_of_a_lower_epoch()
    {
        _fixture.Start();
        _fixture.Append(7, "a", "b");
        Log.AdvanceLogStart(1);
        Log.TruncateTo(1);
        Assert.Equal((1L, 1L, 0L), (Log.LogStartOffset, Log.LogEndOffset, Log.SizeBytes));

        _fixture.Append(7, "a");
        Log.AdvanceLogStart(2);
        await _fixture.CloseAndRestart();
        Assert.Equal((2L, 2L, 0L), (Log.LogStartOffset, Log.LogEndOffset, Log.SizeBytes));
        Log.AppendAsFollower(StorageFixture.Stamped(2, 3, "c"));
        await _fixture.KillAndRestart();
        Assert.Equal(["2:c"], _fixture.ReadAll());
    }

    [Fact]
    public void Time_lookup_finds_the_very_record()
    {
        var size = StorageFixture.Stamped(0, 1, "0", "0", "0").Length;
        _fixture.Settings = LogSettings.Default with { SegmentBytes = 5 * size, IndexIntervalBytes = 0 };
        _fixture.Start();
        var times = new List<long>();
        var random = new Random(3);
        for (var i = 0; i < 40; i++)
        {
            var start = random.Next(10_000);
            _fixture.Append(StorageFixture.Builder(start, "a", "b", "c").Build(compression: (CompressionType)(i % 2)), 1);
            times.AddRange([start, start + 1, start + 2]);
        }

        Log.AdvanceLogStart(20);
        var view = Log.View();
        for (var asked = -1; asked < 10_010; asked += 7)
        {
            var expected = Enumerable.Range(20, 100).Where(i => times[i] >= asked).Select(i => (long?)i).FirstOrDefault();
            var found = view.FindByTime(asked, 120);
            Assert.Equal((asked, expected), (asked, found?.Offset));
            if (found is { } record)
                Assert.Equal(times[(int)record.Offset], record.TimestampMs);
        }

        Assert.Null(view.FindByTime(0, 20));
    }

    /// <summary>A log of one batch each segment, all of one producer. No flush comes by itself.</summary>
    private static async Task<StorageFixture> Produced(int flushed, int unflushed)
    {
        var flushes = new HeldScheduler();
        var fixture = new StorageFixture
        {
            Settings = LogSettings.Default with { SegmentBytes = 1 },
            FlushScheduler = flushes,
        };
        fixture.Start();
        for (var i = 0; i < flushed + unflushed; i++)
        {
            fixture.Append(StorageFixture.Builder(1, "x").Build(producerId: 7, producerEpoch: 0, baseSequence: i), 1);
            if (i != flushed - 1)
                continue;
            var flush = fixture.Log.FlushAsync();
            flushes.Run();
            await flush;
        }

        return fixture;
    }

    private static void AppendOthers(StorageFixture fixture)
    {
        fixture.Append(2, "other");
        fixture.Append(2, "other");
    }

    /// <summary>A crash may leave a hole in what was not flushed, and the log is refused: not what these tests are about.</summary>
    private static async Task<bool> IsReadableAfterCrash(StorageFixture fixture, Random random)
    {
        try
        {
            await fixture.CrashAndRestart(random);
            return true;
        }
        catch (StorageException)
        {
            return false;
        }
    }
}
