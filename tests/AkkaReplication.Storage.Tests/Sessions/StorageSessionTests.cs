using System.Text;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests.Sessions;

public sealed class StorageSessionTests
{
    private const string Marker = "/data/.kafka_cleanshutdown";
    private readonly StorageFixture _fixture = new();

    [Fact]
    public async Task Clean_stop_leaves_a_marker_and_the_next_life_takes_it_away_at_once()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        await _fixture.Session.CloseCleanlyAsync(new BrokerEpoch(42));
        Assert.Equal("""{"version":0,"brokerEpoch":42}""", Encoding.UTF8.GetString(_fixture.Files.ReadFile(Marker)));

        _fixture.Start();
        Assert.Equal((PreviousLife.Clean, new BrokerEpoch(42)), (_fixture.Session.PreviousLife, _fixture.Session.PreviousBrokerEpoch));
        Assert.False(_fixture.Files.FileExists(Marker));
        Assert.Equal((1L, 1L), (_fixture.Log.LogEndOffset, _fixture.Log.FlushedEndOffset));
        Assert.Equal(["0:a"], _fixture.ReadAll());
    }

    [Fact]
    public async Task A_life_that_was_never_told_its_epoch_leaves_no_marker_and_is_intact()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        await _fixture.Session.CloseCleanlyAsync(new BrokerEpoch(42));

        // The controller may have accepted its registration all the same.
        var stopped = StorageSession.Open(_fixture.Options);
        await stopped.CloseCleanlyAsync(BrokerEpoch.Unknown);
        Assert.False(_fixture.Files.FileExists(Marker));

        _fixture.Start();
        Assert.Equal((PreviousLife.Intact, BrokerEpoch.Unknown), (_fixture.Session.PreviousLife, _fixture.Session.PreviousBrokerEpoch));
        Assert.Equal(["0:a"], _fixture.ReadAll());
    }

    [Fact]
    public async Task Epochs_of_a_log_that_was_opened_again_fit_the_log_start_that_a_kill_leaves()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "b");
        _fixture.Log.AdvanceLogStart(1);
        _fixture.Session.ReleaseLog(StorageFixture.Partition);
        _fixture.Session.GetOrCreateLog(StorageFixture.Partition, "topic", LogSettings.Default);

        await _fixture.KillAndRestart();
        Assert.Equal(1, _fixture.Log.LogStartOffset);
        Assert.Equal("1@1", _fixture.Log.Epochs.ToString());
    }

    [Fact]
    public async Task Records_below_the_log_start_do_not_come_back_without_epoch_where_a_restart_of_the_log_was_cut_short()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "b");
        _fixture.Append(1, "c");
        _fixture.Log.AdvanceLogStart(2);
        _fixture.Log.AssignEpoch(new LeaderEpoch(2), 3);
        _fixture.Files.Fault = (operation, path) =>
        {
            if (operation == FileOperation.Rename && path.EndsWith(".log", StringComparison.Ordinal))
                throw new IOException("The process is dead.");
        };
        Assert.Throws<StorageException>(() => _fixture.Log.TruncateFullyAndStartAt(1, new ProducerStates()));
        _fixture.Files.Fault = null;

        await _fixture.KillAndRestart();
        Assert.Equal("1@2", _fixture.Log.Epochs.ToString());
        Assert.Equal(["2:c"], _fixture.ReadAll());
    }

    [Fact]
    public async Task Recovery_point_of_a_log_that_was_to_begin_anew_does_not_vouch_for_what_comes_later()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "b");
        _fixture.Append(1, "c");
        await _fixture.Log.FlushAsync();
        _fixture.Session.CheckpointOffsets();
        _fixture.Files.Fault = (operation, path) =>
        {
            if (operation == FileOperation.Delete && path.EndsWith("10.index", StringComparison.Ordinal))
                throw new IOException("The process is dead.");
        };
        Assert.Throws<StorageException>(() => _fixture.Log.TruncateFullyAndStartAt(10, new ProducerStates()));
        _fixture.Files.Fault = null;

        await _fixture.KillAndRestart();
        Assert.Equal(0, _fixture.Log.LogEndOffset);
        _fixture.Append(1, "d");
        await _fixture.KillAndRestart();
        Assert.Equal((1, 0), (_fixture.Log.LogEndOffset, _fixture.Log.FlushedEndOffset));
    }

    [Fact]
    public async Task What_a_clean_stop_does_to_all_logs_it_does_in_the_order_of_their_names()
    {
        _fixture.Start();
        for (var i = 40; i > 0; i--)
        {
            var log = _fixture.Session.GetOrCreateLog(new(new TopicId(new Guid(i, 0, 0, new byte[8])), 0), $"t{i:D2}", LogSettings.Default);
            Assert.True(BatchHeader.TryRead(StorageFixture.Batch("a"), out var header));
            log.AppendAsLeader(StorageFixture.Batch("a"), header, new LeaderEpoch(1), null);
        }

        var flushed = new List<string>();
        _fixture.Files.Fault = (operation, path) =>
        {
            if (operation == FileOperation.Flush && path.EndsWith("0.log", StringComparison.Ordinal))
                flushed.Add(path);
        };
        await _fixture.Session.CloseCleanlyAsync(new BrokerEpoch(1));
        Assert.Equal(40, flushed.Count);
        Assert.Equal(flushed.Order(StringComparer.Ordinal), flushed);
    }

    [Fact]
    public async Task Killed_process_leaves_an_intact_life_on_the_same_boot_only()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        await _fixture.KillAndRestart();
        Assert.Equal((PreviousLife.Intact, BrokerEpoch.Unknown), (_fixture.Session.PreviousLife, _fixture.Session.PreviousBrokerEpoch));
        Assert.Equal(["0:a"], _fixture.ReadAll());

        _fixture.BootId = "boot-2";
        await _fixture.KillAndRestart();
        Assert.Equal(PreviousLife.Lossy, _fixture.Session.PreviousLife);
        Assert.Contains(_fixture.Session.PreviousLifeReasons, reason => reason.Contains("restarted"));
    }

    [Fact]
    public async Task Log_start_that_moved_is_remembered_with_the_next_high_watermark_checkpoint()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "b");
        _fixture.Log.AdvanceLogStart(1);
        _fixture.Session.CheckpointHighWatermarks();

        await _fixture.KillAndRestart();

        Assert.Equal(["1:b"], _fixture.ReadAll());
    }

    [Fact]
    public async Task Life_that_flushed_before_acknowledging_is_intact_over_a_reboot()
    {
        _fixture.Start(_fixture.Options with { FlushBeforeAcknowledging = true });
        _fixture.Append(1, "a");
        await _fixture.Log.FlushAsync();
        await _fixture.Session.KillAsync();
        _fixture.Files.Crash(new Random(5));
        _fixture.BootId = "boot-2";
        _fixture.Start();
        Assert.Equal(PreviousLife.Intact, _fixture.Session.PreviousLife);
        Assert.Equal(["0:a"], _fixture.ReadAll());
    }

    [Fact]
    public async Task Verdict_that_was_not_registered_is_carried_to_the_next_start()
    {
        _fixture.Start();
        await _fixture.Session.KillAsync();
        _fixture.BootId = "boot-2";
        var unregistered = StorageSession.Open(_fixture.Options);
        Assert.Equal(PreviousLife.Lossy, unregistered.PreviousLife);
        await unregistered.KillAsync();

        var second = StorageSession.Open(_fixture.Options);
        Assert.Equal(PreviousLife.Lossy, second.PreviousLife);
        await second.CloseCleanlyAsync(BrokerEpoch.Unknown);

        var third = StorageSession.Open(_fixture.Options);
        Assert.Equal(PreviousLife.Lossy, third.PreviousLife);
        third.RegistrationAccepted();
        await third.KillAsync();
        _fixture.Start();
        Assert.Equal(PreviousLife.Intact, _fixture.Session.PreviousLife);
    }

    [Fact]
    public async Task New_directories_alone_are_lossy_and_beside_all_old_ones_they_are_not()
    {
        var one = StorageSession.Open(_fixture.Options);
        Assert.Equal(PreviousLife.Lossy, one.PreviousLife);
        one.RegistrationAccepted();
        await one.CloseCleanlyAsync(new BrokerEpoch(1));

        var two = StorageSession.Open(_fixture.Options with { Directories = ["/data", "/more"] });
        Assert.Equal(PreviousLife.Clean, two.PreviousLife);
        Assert.Equal(2, two.DirectoryIds.Distinct().Count());
        Assert.Equal(one.DirectoryIds[0], two.DirectoryIds[0]);
        two.RegistrationAccepted();
        await two.CloseCleanlyAsync(new BrokerEpoch(2));

        var missing = StorageSession.Open(_fixture.Options);
        Assert.Equal(PreviousLife.Lossy, missing.PreviousLife);
    }

    [Fact]
    public async Task Markers_of_different_lives_are_no_clean_shutdown()
    {
        var options = _fixture.Options with { Directories = ["/data", "/more"] };
        var session = StorageSession.Open(options);
        session.RegistrationAccepted();
        await session.CloseCleanlyAsync(new BrokerEpoch(3));
        _fixture.Files.WriteFile("/more/.kafka_cleanshutdown", """{"version":0,"brokerEpoch":2}"""u8);
        session = StorageSession.Open(options);
        Assert.Equal((PreviousLife.Intact, BrokerEpoch.Unknown), (session.PreviousLife, session.PreviousBrokerEpoch));
    }

    [Fact]
    public async Task Directory_in_use_is_refused_with_the_holders_name()
    {
        _fixture.Start();
        var e = Assert.Throws<StorageException>(() => StorageSession.Open(_fixture.Options with { NodeId = new BrokerId(2) }));
        Assert.Contains("held by broker 1 of cluster 'cluster'", e.Message);
        await _fixture.KillAndRestart();
    }

    [Fact]
    public async Task Directory_of_another_cluster_or_broker_is_refused_and_left_alone()
    {
        _fixture.Start();
        await _fixture.Session.KillAsync();
        var before = _fixture.Files.ReadFile("/data/meta.properties");
        Assert.Contains("INCONSISTENT_CLUSTER_ID", Assert.Throws<ReplicationException>(
            () => StorageSession.Open(_fixture.Options with { ClusterId = "other" })).Message);
        Assert.Contains("belongs to broker 1", Assert.Throws<StorageException>(
            () => StorageSession.Open(_fixture.Options with { NodeId = new BrokerId(2) })).Message);
        Assert.Equal(before, _fixture.Files.ReadFile("/data/meta.properties"));
        _fixture.Start();
        Assert.Equal(PreviousLife.Intact, _fixture.Session.PreviousLife);
    }

    [Fact]
    public void Directory_that_is_neither_ours_nor_empty_is_refused()
    {
        _fixture.Files.CreateDirectory("/data/photos");
        Assert.Contains("not empty (photos)", Assert.Throws<StorageException>(() => StorageSession.Open(_fixture.Options)).Message);
    }

    [Fact]
    public async Task Log_is_found_again_under_its_identity_and_a_namesake_of_another_topic_is_put_aside()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        Assert.Same(_fixture.Log, _fixture.Session.GetOrCreateLog(StorageFixture.Partition, "topic", LogSettings.Default));
        Assert.Same(_fixture.Log, _fixture.Session.FindLog(StorageFixture.Partition));
        Assert.Equal([StorageFixture.Partition], _fixture.Session.LogsOf(StorageFixture.Partition.TopicId));

        var reborn = new TopicIdPartition(new TopicId(new Guid(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9)), 0);
        var log = _fixture.Session.GetOrCreateLog(reborn, "topic", LogSettings.Default);
        Assert.Equal(0, log.LogEndOffset);
        var stray = Assert.Single(_fixture.Files.ListDirectories("/data"), name => name.EndsWith("-stray", StringComparison.Ordinal));
        Assert.Contains("00000000000000000000.log", _fixture.Files.ListFiles($"/data/{stray}"));
        Assert.Throws<StorageException>(() => _fixture.Append(1, "b"));

        await _fixture.Session.KillAsync();
        var next = StorageSession.Open(_fixture.Options);
        Assert.Equal([reborn], next.Logs.Select(found => found.Id));
    }

    [Fact]
    public async Task Deleted_log_is_gone_and_a_deletion_that_was_interrupted_goes_on()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Session.DeleteLog(StorageFixture.Partition);
        _fixture.Session.DeleteLog(StorageFixture.Partition);
        Assert.Empty(_fixture.Files.ListDirectories("/data"));
        Assert.Null(_fixture.Session.FindLog(StorageFixture.Partition));

        _fixture.Session.GetOrCreateLog(StorageFixture.Partition, "topic", LogSettings.Default);
        _fixture.Files.Rename("/data/topic-0", "/data/topic-0.abc-delete");
        await _fixture.Session.KillAsync();
        StorageSession.Open(_fixture.Options);
        Assert.Empty(_fixture.Files.ListDirectories("/data"));
    }

    [Fact]
    public async Task Stray_log_is_kept_and_no_longer_a_log()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Session.MarkStray(StorageFixture.Partition);
        Assert.Empty(_fixture.Session.Logs);
        await _fixture.Session.KillAsync();
        var next = StorageSession.Open(_fixture.Options);
        Assert.Empty(next.Logs);
        Assert.Single(_fixture.Files.ListDirectories("/data"), name => name.EndsWith("-stray", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Killed_session_refuses_everything_and_awaits_what_is_under_way()
    {
        var fixture = new StorageFixture { FlushScheduler = null }.Start();
        fixture.Append(1, "a");
        using var inFlush = new SemaphoreSlim(0);
        using var goOn = new ManualResetEventSlim();
        fixture.Files.Fault = (operation, path) =>
        {
            if (operation != Simulated.FileOperation.Flush || !path.EndsWith(".log", StringComparison.Ordinal))
                return;
            fixture.Files.Fault = null;
            inFlush.Release();
            Monitor.Exit(fixture.Files.Sync);
            goOn.Wait();
            Monitor.Enter(fixture.Files.Sync);
        };
        var flush = fixture.Log.FlushAsync();
        await inFlush.WaitAsync();
        var kill = fixture.Session.KillAsync();
        Assert.Throws<StorageException>(() => fixture.Append(1, "b"));
        Assert.Throws<StorageException>(() => fixture.Session.GetOrCreateLog(StorageFixture.Partition, "topic", LogSettings.Default));
        Assert.False(kill.IsCompleted);
        Assert.Throws<StorageException>(() => StorageSession.Open(fixture.Options));

        goOn.Set();
        Assert.Equal(1, await flush);
        await kill;
        await Assert.ThrowsAsync<StorageException>(() => fixture.Session.FlushAsync(fixture.Log));
        fixture.Start();
        Assert.Equal(["0:a"], fixture.ReadAll());
    }

    [Fact]
    public async Task Recovery_points_are_checkpointed_once_a_minute()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        await _fixture.Log.FlushAsync();
        _fixture.Session.CheckpointHighWatermarks();
        Assert.False(_fixture.Files.FileExists("/data/recovery-point-offset-checkpoint"));
        _fixture.Time.NowMs += 60_000;
        _fixture.Session.CheckpointHighWatermarks();
        Assert.Equal(
            "0\n1\ntopic 0 1\n",
            Encoding.UTF8.GetString(_fixture.Files.ReadFile("/data/recovery-point-offset-checkpoint")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    public void Name_that_is_no_topics_never_reaches_the_disk(string topic)
    {
        _fixture.Start();
        var e = Assert.Throws<ReplicationException>(
            () => _fixture.Session.GetOrCreateLog(StorageFixture.Partition, topic, LogSettings.Default));
        Assert.Equal(ErrorCode.InvalidTopicException, e.Error);
    }

    [Fact]
    public void Logs_are_spread_over_the_directories()
    {
        var session = StorageSession.Open(_fixture.Options with { Directories = ["/data", "/more"] });
        for (var i = 0; i < 4; i++)
            session.GetOrCreateLog(StorageFixture.Partition with { Partition = i }, "topic", LogSettings.Default);
        Assert.Equal(2, _fixture.Files.ListDirectories("/data").Count);
        Assert.Equal(2, _fixture.Files.ListDirectories("/more").Count);
    }

    [Fact]
    public async Task Creation_that_was_cut_short_is_begun_again()
    {
        _fixture.Start();
        await _fixture.Session.KillAsync();
        _fixture.Files.CreateDirectory("/data/half-3");
        var session = StorageSession.Open(_fixture.Options);
        Assert.Empty(session.Problems);
        var log = session.GetOrCreateLog(StorageFixture.Partition with { Partition = 3 }, "half", LogSettings.Default);
        Assert.Equal("/data/half-3", log.Directory);
    }

    [Fact]
    public async Task Fsync_mode_flushes_at_the_start_what_the_killed_process_had_not()
    {
        _fixture.Start(_fixture.Options with { FlushBeforeAcknowledging = true });
        _fixture.Append(1, "a");
        await _fixture.Session.KillAsync();
        _fixture.Start(_fixture.Options with { FlushBeforeAcknowledging = true });
        Assert.Equal(1, _fixture.Log.FlushedEndOffset);
    }
}
