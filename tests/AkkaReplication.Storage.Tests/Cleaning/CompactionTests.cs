using System.Globalization;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Checkpoints;
using AkkaReplication.Storage.Cleaning;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Tests.Cleaning;

/// <summary>What compaction keeps, what it takes away, and what never changes.</summary>
public sealed class CompactionTests
{
    private readonly CompactedLog _log = new();

    [Fact]
    public async Task Newest_record_of_each_key_stays_at_its_offset()
    {
        _log.Start().Append("a=1", "b=1").Append("a=2", "c=1").Append("b=2").Append("d=1");

        var steps = await _log.Compact();

        Assert.Equal(["2:a=2", "3:c=1", "4:b=2", "5:d=1"], _log.Read());
        Assert.Equal((0, 6), (_log.Log.LogStartOffset, _log.Log.LogEndOffset));
        var cleaned = Assert.Single(steps, step => step.Cleaned is not null).Cleaned!;
        Assert.Equal((0, 5), (cleaned.FromOffset, cleaned.ToOffset));
        Assert.True(cleaned.BytesAfter < cleaned.BytesBefore);
        Assert.DoesNotContain(steps, step => step.Problem is not null);
    }

    [Fact]
    public async Task Active_segment_is_left_alone()
    {
        _log.Settings = CompactedLog.Eager with { SegmentBytes = 1 << 20 };
        _log.Start().Append("a=1").Append("a=2");

        await _log.Compact();

        Assert.Equal(["0:a=1", "1:a=2"], _log.Read());
    }

    [Theory]
    [InlineData(2, new[] { "0:a=1", "1:b=1", "2:a=2", "3:x=1" })]
    [InlineData(3, new[] { "1:b=1", "2:a=2", "3:x=1" })]
    public async Task What_is_not_committed_is_neither_compacted_nor_makes_anything_superfluous(long stableEnd, string[] expected)
    {
        _log.Start().Append("a=1").Append("b=1").Append("a=2").Append("x=1");

        await _log.Compact(stableEnd);

        Assert.Equal(expected, _log.Read());
    }

    [Fact]
    public void What_is_not_flushed_is_left_alone()
    {
        var log = new CompactedLog(new HeldScheduler()).Start().Append("a=1").Append("a=2").Append("x=1");

        log.Run();

        Assert.Equal(["0:a=1", "1:a=2", "2:x=1"], log.Read());
    }

    [Fact]
    public async Task Log_is_compacted_once_enough_of_it_is_dirty()
    {
        _log.Settings = CompactedLog.Eager with { MinCleanableDirtyRatio = 0.5 };
        _log.Start().Append("a=1").Append("b=1").Append("c=1").Append("x=1");
        await _log.Compact();
        Assert.Equal(3, _log.Log.CleanedEndOffset);

        // Two dirty segments of five, then three of six, then four of seven.
        _log.Append("a=2").Append("x=2");
        await _log.Compact();
        Assert.Equal(3, _log.Log.CleanedEndOffset);
        _log.Append("x=3");
        await _log.Compact();
        Assert.Equal(3, _log.Log.CleanedEndOffset);
        _log.Append("x=4");
        await _log.Compact();
        Assert.Equal(7, _log.Log.CleanedEndOffset);
        Assert.Equal(["1:b=1", "2:c=1", "4:a=2", "6:x=3", "7:x=4"], _log.Read());
    }

    [Fact]
    public async Task A_record_younger_than_the_least_lag_is_left_alone()
    {
        _log.Settings = CompactedLog.Eager with { MinCompactionLagMs = 100 };
        _log.Start().Append("a=1").Append("a=2").Append("x=1");
        _log.Fixture.Time.NowMs += 99;
        await _log.Compact();
        Assert.Equal(["0:a=1", "1:a=2", "2:x=1"], _log.Read());

        _log.Fixture.Time.NowMs++;
        await _log.Compact();
        Assert.Equal(["1:a=2", "2:x=1"], _log.Read());
    }

    [Fact]
    public async Task A_record_that_has_waited_for_the_greatest_lag_is_compacted_whatever_the_ratio()
    {
        _log.Settings = CompactedLog.Eager with { MinCleanableDirtyRatio = 1, MaxCompactionLagMs = 100 };
        _log.Start().Append("a=1").Append("a=2").Append("x=1");
        _log.Fixture.Time.NowMs += 100;
        await _log.Compact();
        Assert.Equal(["0:a=1", "1:a=2", "2:x=1"], _log.Read());

        _log.Fixture.Time.NowMs++;
        await _log.Compact();
        Assert.Equal(["1:a=2", "2:x=1"], _log.Read());
    }

    [Fact]
    public async Task A_tombstone_takes_older_values_away_at_once_and_goes_when_its_time_is_over()
    {
        _log.Start().Append("a=1").Append("a", "b=1").Append("x=1");
        await _log.Compact();
        Assert.Equal(["1:a=(gone)", "2:b=1", "3:x=1"], _log.Read());
        var header = CompactedLog.HeaderOf(_log.Batches()[0]);
        Assert.True(header.HasDeleteHorizon);
        Assert.Equal(_log.Fixture.Time.NowMs + 1000, header.BaseTimestampMs);
        Assert.Equal(_log.Fixture.Time.NowMs, header.MaxTimestampMs);
        Assert.All(_log.Entries(), entry => Assert.Equal(_log.Fixture.Time.NowMs, entry.TimestampMs));

        _log.Fixture.Time.NowMs += 999;
        _log.Append("x=2");
        await _log.Compact();
        Assert.Equal(["1:a=(gone)", "2:b=1", "3:x=1", "4:x=2"], _log.Read());

        _log.Fixture.Time.NowMs++;
        _log.Append("x=3");
        await _log.Compact();
        Assert.Equal(["2:b=1", "4:x=2", "5:x=3"], _log.Read());
    }

    [Fact]
    public async Task A_tombstone_behind_what_cannot_be_looked_into_stays()
    {
        _log.Start();
        var unreadable = CompactedLog.Batch(1000, "a=1").Build();
        unreadable[22] = (byte)CompressionType.Zstd;
        RecordBatch.SetProducer(unreadable, -1, -1, -1);
        _log.Fixture.Append(unreadable, 1);
        _log.Append("a").Append("x=1");
        await _log.Compact();
        _log.Fixture.Time.NowMs += 5000;
        _log.Append("x=2");
        await _log.Compact();

        Assert.Equal([0, 1, 3], _log.Batches().Select(batch => CompactedLog.HeaderOf(batch).BaseOffset).Where(offset => offset != 2));
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    public async Task A_batch_that_loses_records_keeps_its_codec_and_one_that_does_not_its_bytes(CompressionType compression)
    {
        _log.Start().Append(compression, "a=1", "b=1", "c=1").Append(compression, "b=2", "d=1").Append("x=1");
        var before = _log.Batches();

        await _log.Compact();

        Assert.Equal(["0:a=1", "2:c=1", "3:b=2", "4:d=1", "5:x=1"], _log.Read());
        var after = _log.Batches();
        var header = CompactedLog.HeaderOf(after[0]);
        Assert.Equal((compression, 2, 2, 0L), (header.CompressionType, header.RecordCount, header.LastOffsetDelta, header.BaseOffset));
        Assert.Equal(before[1..], after[1..]);
    }

    [Fact]
    public async Task The_last_batch_of_a_producer_stays_without_its_records_until_the_producer_goes_on()
    {
        _log.Start().AppendAs(7, 0, "a=1").AppendAs(7, 1, "b=1", "a=2").AppendAs(8, 0, "b=2").Append("a=3", "b=3").Append("x=1");
        await _log.Compact();

        var headers = _log.Batches().Select(CompactedLog.HeaderOf).ToList();
        Assert.Equal([1, 3, 4, 6], headers.Select(header => header.BaseOffset));
        Assert.Equal([0, 0, 2, 1], headers.Select(header => header.RecordCount));
        Assert.Equal((7, (short)0, 1, 2), (headers[0].ProducerId, headers[0].ProducerEpoch, headers[0].BaseSequence, headers[0].LastSequence));

        // What was there before the snapshots is known from the log itself.
        await _log.Fixture.Session.KillAsync();
        foreach (var snapshot in _log.FileNames().Where(name => name.EndsWith(".snapshot", StringComparison.Ordinal)).ToList())
            _log.Fixture.Files.DeleteFile(_log.Fixture.PathOf(snapshot));
        _log.Fixture.Files.Kill();
        _log.Start();
        Assert.Equal((2, 0), (_log.Log.Producers.Find(7)!.LastSequence, _log.Log.Producers.Find(8)!.LastSequence));

        _log.AppendAs(7, 3, "c=1").AppendAs(7, 4, "y=1").Append("z=1");
        await _log.Compact();
        headers = [.. _log.Batches().Select(CompactedLog.HeaderOf)];
        Assert.Equal([3, 4, 6, 7, 8, 9], headers.Select(header => header.BaseOffset));
    }

    [Fact]
    public async Task A_log_does_not_end_with_a_gap()
    {
        _log.Start().Append("a=1").Append("a").Append("x=1");
        _log.Fixture.Settings = _log.Settings with { DeleteRetentionMs = 0 };
        _log.Log.Settings = _log.Fixture.Settings;
        _log.Log.TruncateTo(2);
        Assert.Equal(2, _log.Log.LogEndOffset);
        await _log.Compact();
        _log.Log.TruncateTo(2);
        // Compacted once more, now that the tombstone may go.
        _log.Log.NoteCleaned(0, _log.Log.TruncationGeneration);
        await _log.Compact();

        var last = CompactedLog.HeaderOf(_log.Batches()[^1]);
        Assert.Equal((2, 0), (last.NextOffset, last.RecordCount));
        Assert.Equal(2, _log.Log.LogEndOffset);
    }

    [Fact]
    public async Task Small_segments_become_one_up_to_the_size_of_a_segment()
    {
        _log.Start();
        for (var i = 0; i < 20; i++)
            _log.Append($"k{i % 10}={i}");
        Assert.Equal(20, _log.Log.SegmentCount);
        var size = _log.Batches()[0].Length;
        _log.Settings = _log.Settings with { SegmentBytes = 10 * size };

        await _log.Compact();

        Assert.Equal(Enumerable.Range(9, 11).Select(i => $"{i}:k{i % 10}={i}"), _log.Read());
        Assert.True(_log.Log.SegmentCount <= 4, $"{_log.Log.SegmentCount} segments");
        Assert.DoesNotContain(_log.FileNames(), name => name.EndsWith(".cleaned", StringComparison.Ordinal)
            || name.EndsWith(".swap", StringComparison.Ordinal) || name.EndsWith(".deleted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_the_keys_do_not_fit_the_memory_several_passes_do_the_same()
    {
        _log.DedupeBufferBytes = 16 * 24;
        _log.Start();
        for (var i = 0; i < 200; i++)
            _log.Append($"k{i % 50}={i}");
        var steps = await _log.Compact();

        Assert.True(steps.Count(step => step.Cleaned is not null) > 5);
        Assert.Equal(199, _log.Log.CleanedEndOffset);
        Assert.Equal(Enumerable.Range(149, 51).Select(i => $"{i}:k{i % 50}={i}"), _log.Read());
    }

    [Fact]
    public async Task A_batch_with_more_keys_than_fit_stops_compaction_of_its_log_with_a_sentence()
    {
        _log.DedupeBufferBytes = 16 * 24;
        _log.Start().Append([.. Enumerable.Range(0, 20).Select(i => $"k{i}=1")]).Append("k1=2").Append("x=1");

        var steps = await _log.Compact();

        var problem = Assert.Single(steps, step => step.Problem is not null).Problem!;
        Assert.Contains("topic-0", problem, StringComparison.Ordinal);
        Assert.Contains("log.cleaner.dedupe.buffer.size", problem, StringComparison.Ordinal);
        Assert.Equal(22, _log.Read().Length);
        Assert.Null(_log.Log.Failure);
    }

    [Fact]
    public async Task How_far_a_log_was_compacted_is_known_to_the_next_life()
    {
        _log.Start().Append("a=1").Append("a=2").Append("x=1");
        await _log.Compact();
        var file = $"{StorageFixture.Root}/{OffsetCheckpoint.CleanedEndName}";
        Assert.Equal("0\n1\ntopic 0 2\n", System.Text.Encoding.UTF8.GetString(_log.Fixture.Files.ReadFile(file)));

        await _log.Fixture.KillAndRestart();
        Assert.Equal(2, _log.Log.CleanedEndOffset);

        // Whoever spoils it: everything counts as dirty, and nothing changes.
        await _log.Fixture.Session.KillAsync();
        using (var spoiled = _log.Fixture.Files.Open(file, FileOpenMode.ReadWrite))
            spoiled.SetLength(3);
        _log.Fixture.Files.Kill();
        _log.Start();
        Assert.Equal(0, _log.Log.CleanedEndOffset);
        await _log.Compact();
        Assert.Equal(["1:a=2", "2:x=1"], _log.Read());
    }

    [Fact]
    public async Task A_truncation_stops_the_pass_that_is_under_way_and_the_next_one_does_it_again()
    {
        _log.StepBytes = 1;
        _log.Start().Append("a=1").Append("a=2").Append("a=3").Append("x=1").Append("x=2");
        await _log.Log.FlushAsync();
        _log.Step();
        _log.Step();
        _log.Log.TruncateTo(4);

        var aborted = _log.Step();
        Assert.Equal((true, null), (aborted.HasMore, aborted.Problem));
        Assert.DoesNotContain(_log.FileNames(), name => name.EndsWith(".cleaned", StringComparison.Ordinal));
        _log.Run();
        await _log.Compact();
        Assert.Equal(["2:a=3", "3:x=1"], _log.Read());
    }

    [Fact]
    public async Task What_was_committed_before_a_truncation_says_nothing_of_what_came_after()
    {
        _log.Start().Append("a=1").Append("b=1").Append("c=1");
        var outdated = new StableEnd(_log.Log.View(), 3);
        _log.Log.TruncateTo(1);
        _log.Append("a=2").Append("x=1").Append("y=1");
        await _log.Log.FlushAsync();

        while (_log.Fixture.Session.CompactLogs(0, _ => outdated, 1000).HasMore)
        {
        }

        Assert.Equal(["0:a=1", "1:a=2", "2:x=1", "3:y=1"], _log.Read());
    }

    [Fact]
    public async Task Retention_and_deleted_records_meet_compaction()
    {
        _log.StepBytes = 1;
        _log.Start().Append("a=1").Append("b=1").Append("a=2").Append("c=1").Append("x=1");
        await _log.Log.FlushAsync();
        for (var i = 0; i < 6; i++)
            _log.Step();
        _log.Log.AdvanceLogStart(2);
        _log.Run();
        await _log.Compact();

        Assert.Equal(2, _log.Log.LogStartOffset);
        Assert.Equal(["2:a=2", "3:c=1", "4:x=1"], _log.Read());
        _log.Fixture.Session.DeleteExpiredSegments(0);
        await _log.Fixture.KillAndRestart();
        Assert.Equal(["2:a=2", "3:c=1", "4:x=1"], _log.Read());
    }

    [Fact]
    public async Task With_both_policies_old_segments_go_and_the_others_are_compacted()
    {
        _log.Settings = CompactedLog.Eager with { IsDeletedByRetention = true, RetentionMs = 100 };
        _log.Start().Append("a=1").Append("b=1");
        _log.Fixture.Time.NowMs += 101;
        _log.Append("c=1").Append("c=2").Append("x=1");
        await _log.Compact();
        Assert.Equal(["0:a=1", "1:b=1", "3:c=2", "4:x=1"], _log.Read());

        Assert.True(_log.Log.ApplyRetention(5, _log.Fixture.Time.NowMs));
        Assert.Equal(["3:c=2", "4:x=1"], _log.Read());
    }

    [Fact]
    public async Task Readers_of_an_older_view_find_what_is_left()
    {
        _log.Start().Append("a=1").Append("b=1").Append("a=2").Append("x=1");
        var view = _log.Log.View();
        await _log.Compact();

        Assert.True(view.IsCurrent);
        var bytes = view.Read(0, 4, 1, atLeastOneBatch: true);
        Assert.Equal(["1:b=1"], CompactedLog.EntriesOf(bytes.ToArray()).Select(entry => entry.ToString()));
        Assert.Equal(new TimestampAndOffset(_log.Fixture.Time.NowMs, 1), view.FindByTime(0, 4));

        // But nobody is led past what was deleted.
        _log.Log.AdvanceLogStart(2);
        Assert.True(view.Read(0, 4, 1, atLeastOneBatch: true).IsEmpty);
    }

    [Fact]
    public async Task Timestamps_are_found_after_compaction_and_in_the_next_life()
    {
        _log.Settings = CompactedLog.Eager with { IndexIntervalBytes = 0 };
        _log.Start();
        for (var i = 0; i < 12; i++)
        {
            _log.Fixture.Time.NowMs = 2000 + 10 * i;
            _log.Append($"k{i % 5}={i}");
        }

        _log.Settings = _log.Settings with { SegmentBytes = 1 << 20 };
        await _log.Compact();
        Check();
        await _log.Fixture.KillAndRestart();
        Check();
        await _log.Fixture.CloseAndRestart();
        Check();

        void Check()
        {
            var entries = _log.Entries();
            Assert.Equal(6, entries.Count);
            for (var timestamp = 1990; timestamp < 2130; timestamp += 5)
            {
                var expected = entries.Where(entry => entry.TimestampMs >= timestamp).Select(entry => (long?)entry.Offset).FirstOrDefault();
                Assert.Equal(expected, _log.Log.View().FindByTime(timestamp, 12)?.Offset);
            }
        }
    }

    [Fact]
    public async Task A_damaged_batch_is_not_given_a_new_checksum()
    {
        _log.Start().Append("a=1", "b=1").Append("a=2").Append("x=1");
        await _log.Log.FlushAsync();
        using (var file = _log.Fixture.Files.Open(_log.Fixture.PathOf($"{0.ToString("D20", CultureInfo.InvariantCulture)}.log"), FileOpenMode.ReadWrite))
            file.Write([0xff], file.Length - 2);

        var steps = _log.Run();

        Assert.Contains("checksum", Assert.Single(steps, step => step.Problem is not null).Problem, StringComparison.Ordinal);
        Assert.NotNull(_log.Log.Failure);
        Assert.Throws<StorageException>(() => _log.Append("c=1"));
    }

    [Fact]
    public async Task A_full_disk_stops_compaction_and_not_the_log()
    {
        _log.Start().Append("a=1", "b=1").Append("a=2").Append("x=1");
        await _log.Log.FlushAsync();
        _log.Fixture.Files.CapacityBytes = _log.Fixture.Files.UsedBytes + 10;
        var steps = _log.Run();
        Assert.Contains("no space", Assert.Single(steps, step => step.Problem is not null).Problem, StringComparison.Ordinal);
        Assert.Null(_log.Log.Failure);
        Assert.DoesNotContain(_log.FileNames(), name => name.EndsWith(".cleaned", StringComparison.Ordinal));

        _log.Fixture.Files.CapacityBytes = null;
        await _log.Compact();
        Assert.Equal(["1:b=1", "2:a=2", "3:x=1"], _log.Read());
    }

    [Fact]
    public async Task A_log_that_is_not_to_be_compacted_is_left_alone()
    {
        _log.Settings = CompactedLog.Eager with { IsCompacted = false, IsDeletedByRetention = true };
        _log.Start().Append("a=1").Append("a=2").Append("x=1");
        await _log.Log.FlushAsync();

        Assert.False(_log.Step().HasMore);
        _log.Settings = CompactedLog.Eager;
        Assert.False(_log.Fixture.Session.CompactLogs(0, _ => null, 100).HasMore);
        Assert.Equal(3, _log.Read().Length);
    }
}
