using System.Globalization;
using AkkaReplication.Logs;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests.Logs;

/// <summary>Which segments retention takes, and what becomes of their files.</summary>
public sealed class RetentionTests
{
    private static readonly int Size = StorageFixture.Stamped(0, 1, "0").Length;

    private readonly StorageFixture _fixture = new() { FlushScheduler = new HeldScheduler() };

    private PartitionLog Log => _fixture.Log;

    private string[] LogFiles =>
        [.. _fixture.Files.ListFiles(StorageFixture.LogDirectory).Where(name => name.Contains(".log", StringComparison.Ordinal))];

    [Fact]
    public void Segments_go_by_the_age_of_their_youngest_record()
    {
        Start(retentionMs: 1000);
        Append(6);

        Assert.False(Log.ApplyRetention(highWatermark: 6, nowMs: 1000));
        Assert.True(Log.ApplyRetention(highWatermark: 6, nowMs: 3001));
        Assert.Equal(["3:3", "4:4", "5:5"], _fixture.ReadAll());
        Assert.Equal((3L, 3), (Log.LogStartOffset, Log.SegmentCount));
        Assert.False(Log.ApplyRetention(highWatermark: 6, nowMs: 4000));
    }

    [Fact]
    public void Segments_go_by_size_as_long_as_the_rest_is_not_less_than_the_limit()
    {
        Start(retentionBytes: 2 * Size);
        Append(5);
        Assert.True(Log.ApplyRetention(highWatermark: 5, nowMs: 0));
        Assert.Equal((3L, 2L * Size), (Log.LogStartOffset, Log.SizeBytes));
        Assert.False(Log.ApplyRetention(highWatermark: 5, nowMs: 0));

        Log.Settings = Log.Settings with { RetentionBytes = (2 * Size) - 1 };
        Assert.False(Log.ApplyRetention(highWatermark: 5, nowMs: 0));
    }

    [Fact]
    public void Either_limit_is_enough()
    {
        Start(retentionMs: 1000, retentionBytes: 4 * Size);
        Append(6);
        Assert.True(Log.ApplyRetention(highWatermark: 6, nowMs: 0));
        Assert.Equal(2, Log.LogStartOffset);
        Assert.True(Log.ApplyRetention(highWatermark: 6, nowMs: 4001));
        Assert.Equal(4, Log.LogStartOffset);
    }

    [Fact]
    public void Without_limits_and_without_the_delete_policy_nothing_goes()
    {
        Start();
        Append(5);
        Assert.False(Log.ApplyRetention(highWatermark: 5, nowMs: long.MaxValue / 2));

        Log.Settings = Log.Settings with { RetentionMs = 0, RetentionBytes = 0, IsDeletedByRetention = false };
        Assert.False(Log.ApplyRetention(highWatermark: 5, nowMs: long.MaxValue / 2));
        Assert.Equal(5, _fixture.ReadAll().Length);
    }

    [Fact]
    public void Nothing_at_or_above_the_high_watermark_goes()
    {
        Start(retentionMs: 0);
        Append(6, valuesPerBatch: 2);
        for (var highWatermark = 0L; highWatermark <= 11; highWatermark++)
        {
            Log.ApplyRetention(highWatermark, nowMs: long.MaxValue / 2);
            Assert.Equal(highWatermark / 2 * 2, Log.LogStartOffset);
        }
    }

    [Fact]
    public async Task An_active_segment_that_has_aged_is_followed_by_an_empty_one_and_goes()
    {
        Start(retentionMs: 1000);
        Append(3);
        Assert.True(Log.ApplyRetention(highWatermark: 3, nowMs: 1_000_000));
        Assert.Equal((3L, 3L, 1, 0L), (Log.LogStartOffset, Log.LogEndOffset, Log.SegmentCount, Log.SizeBytes));
        Assert.False(Log.ApplyRetention(highWatermark: 3, nowMs: 2_000_000));

        _fixture.Session.DeleteExpiredSegments(0);
        Assert.Equal(["00000000000000000003.log"], LogFiles);
        await _fixture.KillAndRestart();
        Assert.Equal((3L, 3L), (Log.LogStartOffset, Log.LogEndOffset));
        _fixture.Append(1, "next");
        Assert.Equal(["3:next"], _fixture.ReadAll());
    }

    [Fact]
    public void Records_without_timestamps_are_as_old_as_their_file()
    {
        Start(retentionMs: 1000);
        _fixture.Append(StorageFixture.Builder(-1, "a").Build(), 1);
        _fixture.Time.NowMs += 500;
        _fixture.Append(StorageFixture.Builder(-1, "b").Build(), 1);

        Assert.False(Log.ApplyRetention(highWatermark: 2, _fixture.Time.NowMs + 500));
        Assert.True(Log.ApplyRetention(highWatermark: 2, _fixture.Time.NowMs + 501));
        Assert.Equal(["1:b"], _fixture.ReadAll());
    }

    [Fact]
    public async Task Segments_that_lie_below_the_log_start_after_a_restart_go_without_moving_it()
    {
        Start();
        Append(3);
        Log.Settings = Log.Settings with { SegmentBytes = 100 * Size };
        Log.AdvanceLogStart(2);
        _fixture.Session.DeleteExpiredSegments(0);
        Assert.False(Log.ApplyRetention(3, 0));
        await _fixture.CloseAndRestart();
        Assert.Equal((2L, 1), (Log.LogStartOffset, Log.SegmentCount));
    }

    [Fact]
    public void Files_go_later_and_a_view_from_before_then_reads_nothing()
    {
        Start(retentionBytes: Size);
        Append(3);
        var view = Log.View();
        var other = StorageFixture.Stamped(0, 1, "0");
        Assert.True(Log.ApplyRetention(highWatermark: 3, nowMs: 0));
        Assert.Equal(3, LogFiles.Length);
        Assert.Equal(other.Length, view.Read(0, 1, int.MaxValue, true).Length);

        _fixture.Session.DeleteExpiredSegments(0);
        Assert.Equal(["00000000000000000002.log"], LogFiles);
        Assert.True(view.Read(1, 3, int.MaxValue, true).IsEmpty);
        Assert.False(Log.View().Read(2, 3, int.MaxValue, true).IsEmpty);
        var opened = _fixture.Files.OpenCount;
        _fixture.Session.DeleteExpiredSegments(0);
        Assert.Equal(opened, _fixture.Files.OpenCount);
    }

    [Fact]
    public void A_reader_in_the_middle_of_a_segment_reads_on_and_the_file_goes_after_it()
    {
        Start(retentionBytes: Size);
        Append(3);
        var view = Log.View();
        string[]? during = null;
        _fixture.Files.Fault = (operation, path) =>
        {
            if (operation != FileOperation.Read || during is not null || !path.EndsWith("0.log", StringComparison.Ordinal))
                return;
            during = [];
            Log.ApplyRetention(highWatermark: 3, nowMs: 0);
            _fixture.Session.DeleteExpiredSegments(0);
            during = LogFiles;
        };

        var read = view.Read(0, 1, int.MaxValue, atLeastOneBatch: true);

        Assert.Equal(["00000000000000000000.log.deleted", "00000000000000000002.log"], during!);
        var records = new List<string>();
        StorageFixture.AddRecords(records, read, 0);
        Assert.Equal(["0:0"], records);
        Assert.Equal(["00000000000000000002.log"], LogFiles);
    }

    [Fact]
    public void The_log_start_is_durable_before_the_first_file_goes()
    {
        Start(retentionBytes: Size);
        Append(3);
        Log.ApplyRetention(highWatermark: 3, nowMs: 0);
        var checkpoint = $"{StorageFixture.Root}/log-start-offset-checkpoint";
        string? atFirstRename = null;
        _fixture.Files.Fault = (operation, path) =>
        {
            if (operation == FileOperation.Rename && path.EndsWith(".log", StringComparison.Ordinal))
                atFirstRename ??= System.Text.Encoding.UTF8.GetString(_fixture.Files.ReadFile(checkpoint));
        };

        _fixture.Session.DeleteExpiredSegments(0);

        Assert.Equal("0\n1\ntopic 0 2\n", atFirstRename);
    }

    [Fact]
    public void What_could_not_be_deleted_is_tried_again()
    {
        Start(retentionBytes: Size);
        Append(4);
        Log.ApplyRetention(highWatermark: 4, nowMs: 0);
        var failures = 0;
        _fixture.Files.Fault = (operation, path) =>
        {
            if (operation == FileOperation.Rename && path.Contains("/topic-0/", StringComparison.Ordinal) && failures++ < 2)
                throw new IOException("not now");
        };

        Assert.Throws<StorageException>(() => _fixture.Session.DeleteExpiredSegments(0));
        Assert.Throws<StorageException>(() => _fixture.Session.DeleteExpiredSegments(0));
        _fixture.Session.DeleteExpiredSegments(0);
        Assert.Equal(["00000000000000000003.log"], LogFiles);
        _fixture.Append(1, "next");
        Assert.Equal(["3:3", "4:next"], _fixture.ReadAll());
    }

    [Fact]
    public void A_log_that_is_begun_anew_below_takes_what_waits_for_deletion_with_it()
    {
        Start(retentionBytes: Size);
        Append(4);
        Log.ApplyRetention(highWatermark: 4, nowMs: 0);
        Log.TruncateFullyAndStartAt(1, new ProducerStates());
        Assert.Equal(["00000000000000000001.log"], LogFiles);
        _fixture.Append(2, "x");
        _fixture.Session.DeleteExpiredSegments(0);
        Assert.Equal(["1:x"], _fixture.ReadAll());
    }

    [Fact]
    public async Task Deleted_records_do_not_come_back_after_a_clean_stop_or_a_kill()
    {
        Start(retentionBytes: Size);
        Append(5);
        Log.ApplyRetention(highWatermark: 5, nowMs: 0);
        await _fixture.CloseAndRestart();
        Assert.Equal(["4:4"], _fixture.ReadAll());
        Assert.Equal(["00000000000000000004.log"], LogFiles);

        Append(3, from: 5);
        Log.ApplyRetention(highWatermark: 8, nowMs: 0);
        _fixture.Session.CheckpointOffsets();
        await _fixture.KillAndRestart();
        Assert.Equal(["7:7"], _fixture.ReadAll());
        Assert.Equal(["00000000000000000007.log"], LogFiles);
    }

    [Fact]
    public async Task Producers_are_known_after_a_crash_though_all_they_wrote_is_deleted()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var fixture = new StorageFixture { Settings = Settings(retentionMs: 1000) };
            fixture.Start();
            fixture.Append(StorageFixture.Builder(1, "x").Build(producerId: 7, producerEpoch: 0, baseSequence: 5), 1);
            await fixture.Log.FlushAsync();
            Assert.True(fixture.Log.ApplyRetention(highWatermark: 1, nowMs: 1_000_000));
            fixture.Session.DeleteExpiredSegments(0);
            await fixture.CrashAndRestart(new Random(seed));
            Assert.Equal((1L, 1L), (fixture.Log.LogStartOffset, fixture.Log.LogEndOffset));
            Assert.Equal(5, fixture.Log.Producers.Find(7)?.LastSequence);
        }
    }

    /// <summary>
    /// The machine or the process dies at every single operation on files that retention takes, in every way that chance
    /// offers, and the flush that a roll asks for comes at once or too late: the log is whole from some start on, nothing above is lost, and no file is left that is none of its.
    /// </summary>
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public async Task Death_at_any_step_leaves_a_whole_log_and_no_orphan(bool rollsActive, bool machine)
    {
        var steps = 0;
        for (var at = 1; ; at++)
        {
            var died = false;
            for (var seed = 0; seed < 8; seed++)
                died |= await DieAt(at, rollsActive, machine, new Random((at * 100) + seed));
            if (!died)
            {
                Assert.InRange(steps, 10, 100);
                return;
            }

            steps++;
        }
    }

    private static async Task<bool> DieAt(int step, bool rollsActive, bool machine, Random random)
    {
        var held = random.Next(2) == 0 ? new HeldScheduler() : null;
        var fixture = new StorageFixture
        {
            Settings = Settings(retentionMs: 1000),
            FlushScheduler = held ?? (TaskScheduler)InlineScheduler.Instance,
        };
        fixture.Start();
        for (var i = 0; i < 6; i++)
            fixture.Append(StorageFixture.Builder(1000 * i, $"{i}").Build(), 1 + (i / 2));
        var flush = fixture.Log.FlushAsync();
        held?.Run();
        await flush;
        if (random.Next(2) == 0)
            fixture.Session.CheckpointOffsets();
        var nowMs = rollsActive ? 1_000_000 : 4500;
        var start = rollsActive ? 6 : 4;

        var operations = 0;
        fixture.Files.Fault = (operation, path) =>
        {
            if (operation is not (FileOperation.Read or FileOperation.List) && Interlocked.Increment(ref operations) >= step)
                throw new IOException("dead");
        };
        try
        {
            fixture.Log.ApplyRetention(highWatermark: 6, nowMs);
            fixture.Session.DeleteExpiredSegments(0);
        }
        catch (StorageException)
        {
        }

        var died = operations >= step;
        fixture.Files.Fault = null;
        await (machine ? fixture.CrashAndRestart(random) : fixture.KillAndRestart());

        var where = $"step {step}, {fixture.Log}, {string.Join(", ", fixture.Session.PreviousLifeReasons)}";
        Assert.Empty(fixture.Session.Problems);
        Assert.True(machine || fixture.Session.PreviousLife == PreviousLife.Intact, where);
        Assert.True(fixture.Log.LogStartOffset <= start && fixture.Log.LogEndOffset == 6, where);
        Assert.Equal(
            [.. Enumerable.Range(0, 6).Where(i => i >= fixture.Log.LogStartOffset).Select(i => $"{i}:{i}")], fixture.ReadAll());

        // An index that a crash had emptied or filled with zeros would make a segment look older than it is.
        for (var i = fixture.Log.LogStartOffset; i < 6; i++)
            Assert.Equal(i, fixture.Log.View().FindByTime(1000 * i, 6)?.Offset);

        fixture.Log.ApplyRetention(highWatermark: 6, nowMs);
        fixture.Session.DeleteExpiredSegments(0);
        Assert.Equal(start, fixture.Log.LogStartOffset);
        foreach (var name in fixture.Files.ListFiles(StorageFixture.LogDirectory))
        {
            var isOfSegment = long.TryParse(name.Split('.')[0], CultureInfo.InvariantCulture, out var offset);
            Assert.True(!isOfSegment || offset >= start, $"{where}: {name} is left");
            Assert.DoesNotContain(".deleted", name, StringComparison.Ordinal);
        }

        return died;
    }

    private static LogSettings Settings(long retentionMs = -1, long retentionBytes = -1) =>
        LogSettings.Default with { SegmentBytes = Size, RetentionMs = retentionMs, RetentionBytes = retentionBytes };

    private void Start(long retentionMs = -1, long retentionBytes = -1)
    {
        _fixture.Settings = Settings(retentionMs, retentionBytes);
        _fixture.Start();
    }

    /// <summary>One batch, and so one segment, a second.</summary>
    private void Append(int count, int valuesPerBatch = 1, int from = 0)
    {
        for (var i = from; i < from + count; i++)
            _fixture.Append(StorageFixture.Builder(1000 * i, [.. Enumerable.Repeat($"{i}", valuesPerBatch)]).Build(), 1);
    }
}
