using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests.Logs;

public sealed class RecoveryTests
{
    private const string First = "00000000000000000000.log";
    private readonly StorageFixture _fixture = new();

    private PartitionLog Log => _fixture.Log;

    private SimulatedFileSystem Files => _fixture.Files;

    [Fact]
    public async Task Every_length_of_a_torn_tail_is_cut_to_the_last_whole_batch_and_the_life_is_intact()
    {
        byte[][] batches = [StorageFixture.Stamped(0, 1, "a"), StorageFixture.Stamped(1, 1, "b", "c"), StorageFixture.Stamped(3, 2, "d")];
        var all = batches.SelectMany(batch => batch).ToArray();
        long[] endOffsets = [0, 1, 3, 4];
        int[] ends = [0, batches[0].Length, batches[0].Length + batches[1].Length, all.Length];
        await KilledWith(all);

        for (var length = 0; length <= all.Length; length++)
        {
            Files.WriteFile(_fixture.PathOf(First), all.AsSpan(0, length));
            _fixture.Start();
            var whole = ends.Count(end => end <= length) - 1;
            Assert.Equal(endOffsets[whole], Log.LogEndOffset);
            Assert.Equal(PreviousLife.Intact, _fixture.Session.PreviousLife);
            Assert.Equal(ends[whole], Files.ReadFile(_fixture.PathOf(First)).Length);
            Assert.Equal(whole == 3 ? "1@0, 2@3" : whole == 0 ? "" : "1@0", Log.Epochs.ToString());
            await _fixture.Session.KillAsync();
            Files.WriteFile(_fixture.PathOf("leader-epoch-checkpoint"), "0\n0\n"u8);
        }
    }

    [Fact]
    public async Task Zeros_at_the_end_are_cut_and_the_life_is_lossy()
    {
        await KilledWith([.. StorageFixture.Stamped(0, 1, "a"), .. new byte[200]]);
        _fixture.Start();
        Assert.Equal(1, Log.LogEndOffset);
        Assert.Equal(PreviousLife.Lossy, _fixture.Session.PreviousLife);
        Assert.Empty(_fixture.Session.Problems);
    }

    [Fact]
    public async Task Wrong_checksum_at_the_end_is_cut_and_the_life_is_lossy()
    {
        var bad = StorageFixture.Stamped(1, 1, "b");
        bad[^1] ^= 1;
        await KilledWith([.. StorageFixture.Stamped(0, 1, "a"), .. bad]);
        _fixture.Start();
        Assert.Equal(1, Log.LogEndOffset);
        Assert.Equal(PreviousLife.Lossy, _fixture.Session.PreviousLife);
    }

    [Fact]
    public async Task Every_damaged_byte_with_a_valid_batch_behind_it_takes_the_log_offline_and_is_left_alone()
    {
        var middle = StorageFixture.Stamped(1, 1, "b", "b");
        byte[] before = StorageFixture.Stamped(0, 1, "a"), after = StorageFixture.Stamped(3, 1, "c");
        await KilledWith([]);
        for (var at = 0; at < middle.Length; at++)
        {
            var damaged = middle.ToArray();
            damaged[at] ^= 0x41;
            byte[] all = [.. before, .. damaged, .. after];
            Files.WriteFile(_fixture.PathOf(First), all);
            var session = StorageSession.Open(_fixture.Options);

            // A batch that claims a greater offset or epoch than it had is itself a valid batch, with an invalid one behind.
            var problem = Assert.Single(session.Problems);
            Assert.Equal(StorageFixture.Partition, problem.Id);
            Assert.Equal(PreviousLife.Lossy, session.PreviousLife);
            Assert.Throws<StorageException>(() => session.GetOrCreateLog(StorageFixture.Partition, "topic", LogSettings.Default));
            Assert.Equal(all, Files.ReadFile(_fixture.PathOf(First)));
            await session.KillAsync();
        }
    }

    [Fact]
    public async Task Torn_tail_below_the_recovery_point_is_corruption_also_at_the_next_start()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "b");
        await Log.FlushAsync();
        _fixture.Session.CheckpointOffsets();
        await _fixture.Session.KillAsync();
        var all = Files.ReadFile(_fixture.PathOf(First));
        Files.WriteFile(_fixture.PathOf(First), all.AsSpan(0, all.Length - 1));

        for (var start = 0; start < 3; start++)
        {
            var session = StorageSession.Open(_fixture.Options);
            Assert.Contains("recovery point 2", Assert.Single(session.Problems).Reason);
            session.CheckpointOffsets();
            session.CheckpointHighWatermarks();
            session.RegistrationAccepted();
            await session.KillAsync();
        }

        Assert.Equal(all.Length - 1, Files.ReadFile(_fixture.PathOf(First)).Length);
    }

    [Fact]
    public async Task Damage_that_was_registered_is_no_news_at_the_next_start_and_mending_it_is()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "b");
        await Log.FlushAsync();
        _fixture.Session.CheckpointOffsets();
        await _fixture.Session.KillAsync();
        var all = Files.ReadFile(_fixture.PathOf(First));
        Files.WriteFile(_fixture.PathOf(First), all.AsSpan(0, all.Length - 1));

        // Until a registration has said so, every start says it again.
        foreach (var expected in (PreviousLife[])[PreviousLife.Lossy, PreviousLife.Lossy])
        {
            var session = StorageSession.Open(_fixture.Options);
            Assert.Equal(expected, session.PreviousLife);
            await session.KillAsync();
        }

        var registered = StorageSession.Open(_fixture.Options);
        Assert.Equal(PreviousLife.Lossy, registered.PreviousLife);
        registered.RegistrationAccepted();
        await registered.CloseCleanlyAsync(new BrokerEpoch(3));

        var known = StorageSession.Open(_fixture.Options);
        Assert.Equal((PreviousLife.Intact, 1), (known.PreviousLife, known.Problems.Count));
        known.RegistrationAccepted();
        await known.KillAsync();

        Files.WriteFile(_fixture.PathOf(First), all);
        var mended = StorageSession.Open(_fixture.Options);
        Assert.Equal((PreviousLife.Lossy, 0), (mended.PreviousLife, mended.Problems.Count));
        mended.RegistrationAccepted();
        await mended.KillAsync();

        var after = StorageSession.Open(_fixture.Options);
        Assert.Equal((PreviousLife.Intact, 0), (after.PreviousLife, after.Problems.Count));
        await after.KillAsync();
    }

    [Fact]
    public async Task Damage_in_an_older_segment_is_corruption_where_it_is_scanned()
    {
        var size = StorageFixture.Stamped(0, 1, "0").Length;
        _fixture.Settings = LogSettings.Default with { SegmentBytes = size };
        _fixture.Start();
        for (var i = 0; i < 3; i++)
            _fixture.Append(1, $"{i}");
        await _fixture.Session.KillAsync();
        var path = _fixture.PathOf("00000000000000000001.log");
        Files.WriteFile(path, Files.ReadFile(path).AsSpan(0, size - 1));
        var session = StorageSession.Open(_fixture.Options);
        Assert.Contains("valid batches follow", Assert.Single(session.Problems).Reason);
    }

    [Fact]
    public async Task Torn_tail_before_an_empty_new_segment_is_cut_and_the_new_one_goes()
    {
        await KilledWith(StorageFixture.Stamped(0, 1, "a"));
        Files.WriteFile(_fixture.PathOf(First), [.. StorageFixture.Stamped(0, 1, "a"), 1, 2, 3]);
        Files.WriteFile(_fixture.PathOf("00000000000000000002.log"), []);
        _fixture.Start();
        Assert.Equal((1L, 1), (Log.LogEndOffset, Log.SegmentCount));
        Assert.Equal(PreviousLife.Intact, _fixture.Session.PreviousLife);
    }

    [Fact]
    public async Task Epoch_that_a_crash_took_from_its_file_and_records_tell_of_is_there_for_good()
    {
        _fixture.Settings = LogSettings.Default with { SegmentBytes = 100 };
        _fixture.Start();
        _fixture.Append(1, "a");
        var former = Files.ReadFile(_fixture.PathOf("leader-epoch-checkpoint"));
        _fixture.Append(2, "b");
        await _fixture.Session.KillAsync();
        Files.WriteFile(_fixture.PathOf("leader-epoch-checkpoint"), former);
        _fixture.BootId = "boot-2";
        _fixture.Start();
        Assert.Equal("1@0, 2@1", Log.Epochs.ToString());

        // The next start does not read what is below the recovery point.
        _fixture.Append(2, "c");
        _fixture.Append(2, "d");
        await Log.FlushAsync();
        _fixture.Session.CheckpointOffsets();
        await _fixture.KillAndRestart();
        Assert.Equal("1@0, 2@1", Log.Epochs.ToString());
    }

    [Fact]
    public async Task Epochs_that_go_back_are_corruption()
    {
        await KilledWith([.. StorageFixture.Stamped(0, 3, "a"), .. StorageFixture.Stamped(1, 2, "b")]);
        var session = StorageSession.Open(_fixture.Options);
        Assert.Contains("OutOfOrder", Assert.Single(session.Problems).Reason);
    }

    [Fact]
    public async Task Indexes_are_rebuilt_and_reads_are_right_whatever_they_held()
    {
        _fixture.Settings = LogSettings.Default with { IndexIntervalBytes = 0, SegmentBytes = 700 };
        _fixture.Start();
        for (var i = 0; i < 30; i++)
            _fixture.Append(1, $"{i}");
        var expected = _fixture.ReadAll();
        await _fixture.Session.CloseCleanlyAsync(new BrokerEpoch(1));
        foreach (var damage in (byte[][])
            [[], [1, 2, 3], [.. Enumerable.Repeat((byte)0x7f, 24)], [0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 77, 0, 0, 0, 3, 0, 0, 0, 80]])
        {
            foreach (var name in Files.ListFiles(StorageFixture.LogDirectory).Where(name => name.EndsWith("index", StringComparison.Ordinal)))
                Files.WriteFile(_fixture.PathOf(name), damage);
            _fixture.Start();
            Assert.Equal(expected, _fixture.ReadAll());
            for (var offset = 0; offset < 30; offset++)
                Assert.Equal(offset, FirstOffset(Log.View().Read(offset, 30, 1, true)));
            await _fixture.Session.CloseCleanlyAsync(new BrokerEpoch(1));
        }
    }

    [Fact]
    public async Task Producers_survive_kill_and_clean_stop()
    {
        _fixture.Settings = LogSettings.Default with { SegmentBytes = 300 };
        _fixture.Start();
        for (var i = 0; i < 7; i++)
            _fixture.Append(StorageFixture.Builder(1, "x").Build(producerId: 1, producerEpoch: 0, baseSequence: i), 1);
        await _fixture.KillAndRestart();
        Assert.Equal((6, 5), (Log.Producers.Find(1)!.LastSequence, Log.Producers.Find(1)!.BatchCount));
        await _fixture.CloseAndRestart();
        Assert.Equal((6, 5), (Log.Producers.Find(1)!.LastSequence, Log.Producers.Find(1)!.BatchCount));
    }

    [Fact]
    public async Task Damaged_producer_snapshot_is_replaced_by_replaying()
    {
        _fixture.Start();
        _fixture.Append(StorageFixture.Builder(1, "x").Build(producerId: 1, producerEpoch: 0, baseSequence: 0), 1);
        await _fixture.Session.CloseCleanlyAsync(new BrokerEpoch(1));
        Files.WriteFile(_fixture.PathOf("00000000000000000001.snapshot"), [0, 1, 2]);
        _fixture.Start();
        Assert.Equal(0, Log.Producers.Find(1)!.LastSequence);
    }

    [Fact]
    public async Task Log_whose_data_ends_below_its_start_begins_anew_there_and_the_life_is_lossy()
    {
        _fixture.Start();
        for (var i = 0; i < 4; i++)
            _fixture.Append(1, $"{i}");
        Log.AdvanceLogStart(3);
        _fixture.Session.CheckpointOffsets();
        await _fixture.Session.KillAsync();
        Files.WriteFile(_fixture.PathOf(First), StorageFixture.Stamped(0, 1, "0"));
        _fixture.Start();
        Assert.Equal((3L, 3L), (Log.LogStartOffset, Log.LogEndOffset));
        Assert.Equal(PreviousLife.Lossy, _fixture.Session.PreviousLife);
    }

    [Fact]
    public async Task Segments_that_are_gone_though_they_had_been_flushed_make_the_life_lossy()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        await Log.FlushAsync();
        _fixture.Session.CheckpointOffsets();
        await _fixture.Session.KillAsync();
        Files.DeleteFile(_fixture.PathOf(First));
        _fixture.Start();
        Assert.Equal(PreviousLife.Lossy, _fixture.Session.PreviousLife);
    }

    [Fact]
    public async Task Malformed_epoch_checkpoint_takes_the_log_offline()
    {
        await KilledWith(StorageFixture.Stamped(0, 1, "a"));
        Files.WriteFile(_fixture.PathOf("leader-epoch-checkpoint"), "0\n2\n1 0\n"u8);
        var session = StorageSession.Open(_fixture.Options);
        Assert.Contains("malformed", Assert.Single(session.Problems).Reason);
    }

    [Fact]
    public async Task High_watermark_is_read_back_within_the_log()
    {
        _fixture.Start();
        for (var i = 0; i < 4; i++)
            _fixture.Append(1, $"{i}");
        Log.CheckpointHighWatermark(3);
        _fixture.Session.CheckpointHighWatermarks();
        await _fixture.KillAndRestart();
        Assert.Equal(3, Log.InitialHighWatermark);

        await _fixture.Session.KillAsync();
        Files.WriteFile(_fixture.PathOf(First), StorageFixture.Stamped(0, 1, "0"));
        _fixture.Start();
        Assert.Equal(1, Log.InitialHighWatermark);
    }

    /// <summary>A life that was killed with these bytes in its segment, nothing of which is known to be flushed.</summary>
    private async Task KilledWith(byte[] segment)
    {
        _fixture.Start();
        await _fixture.Session.KillAsync();
        Files.WriteFile(_fixture.PathOf(First), segment);
    }

    private static long FirstOffset(ReadOnlyMemory<byte> bytes)
    {
        Assert.True(BatchHeader.TryRead(bytes.Span, out var header));
        return header.BaseOffset;
    }
}
