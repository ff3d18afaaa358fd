using AkkaReplication.Logs;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests.Logs;

public sealed class DiskFailureTests
{
    private readonly StorageFixture _fixture = new();

    private PartitionLog Log => _fixture.Log;

    [Fact]
    public async Task Failed_flush_stops_the_log_and_makes_the_next_life_lossy()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        FailOnce(FileOperation.Flush, ".log");
        var e = await Assert.ThrowsAsync<StorageException>(Log.FlushAsync);
        Assert.Contains("EIO", e.Message);
        Assert.Equal(0, Log.FlushedEndOffset);

        // A flush that is tried again would succeed, and lie.
        var again = await Assert.ThrowsAsync<StorageException>(Log.FlushAsync);
        Assert.Same(e, again);
        Assert.Same(e, Assert.Throws<StorageException>(() => _fixture.Append(1, "b")));
        Assert.Same(e, Log.Failure);
        Assert.True(Log.MayHaveLostData);
        Assert.Equal(["0:a"], _fixture.ReadAll());

        _fixture.Session.ReleaseLog(StorageFixture.Partition);
        Assert.Same(e, Assert.Throws<StorageException>(
            () => _fixture.Session.GetOrCreateLog(StorageFixture.Partition, "topic", LogSettings.Default)));
        await _fixture.KillAndRestart();
        Assert.Equal(PreviousLife.Lossy, _fixture.Session.PreviousLife);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task After_a_failed_flush_a_flush_of_the_next_life_covers_what_the_failed_one_did_not(int seed)
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "b");
        FailOnce(FileOperation.Flush, ".log");
        await Assert.ThrowsAsync<StorageException>(Log.FlushAsync);
        await _fixture.KillAndRestart();
        _fixture.Append(1, "c");
        Assert.Equal(3, await Log.FlushAsync());

        await _fixture.CrashAndRestart(new Random(seed));
        Assert.Equal(["0:a", "1:b", "2:c"], _fixture.ReadAll());
    }

    [Fact]
    public async Task Flush_that_fails_where_a_file_was_to_be_closed_makes_the_next_life_lossy_though_nobody_asked_for_it()
    {
        _fixture.OpenFiles = new OpenFiles(1, InlineScheduler.Instance);
        _fixture.Start();
        _fixture.Append(1, "a");
        FailOnce(FileOperation.Flush, "topic-0/00000000000000000000.log");
        var other = _fixture.Session.GetOrCreateLog(
            StorageFixture.Partition with { Partition = 1 }, "topic", LogSettings.Default);
        other.AssignEpoch(new LeaderEpoch(1), 0);
        other.AppendAsFollower(StorageFixture.Stamped(0, 1, "b"));
        Assert.Null(_fixture.Files.Fault);

        await _fixture.KillAndRestart();
        Assert.Equal(PreviousLife.Lossy, _fixture.Session.PreviousLife);
    }

    [Fact]
    public async Task Clean_shutdown_leaves_no_marker_where_a_log_has_failed()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        FailOnce(FileOperation.Flush, ".log");
        await _fixture.Session.CloseCleanlyAsync(new BrokerEpoch(4));
        Assert.False(_fixture.Files.FileExists("/data/.kafka_cleanshutdown"));
        _fixture.Start();
        Assert.Equal(PreviousLife.Lossy, _fixture.Session.PreviousLife);
        Assert.Equal(BrokerEpoch.Unknown, _fixture.Session.PreviousBrokerEpoch);
    }

    [Fact]
    public async Task Failed_write_stops_the_log_and_a_reopened_one_has_all_that_was_accepted()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        FailOnce(FileOperation.Write, ".log");
        var e = Assert.Throws<StorageException>(() => _fixture.Append(1, "b"));
        Assert.Same(e, Assert.Throws<StorageException>(() => _fixture.Append(1, "c")));
        Assert.Same(e, Assert.Throws<StorageException>(() => Log.TruncateTo(0)));
        Assert.Equal(1, Log.LogEndOffset);

        _fixture.Session.ReleaseLog(StorageFixture.Partition);
        var reopened = _fixture.Session.GetOrCreateLog(StorageFixture.Partition, "topic", LogSettings.Default);
        Assert.NotSame(Log, reopened);
        Assert.Equal(["0:a"], StorageFixture.ReadAll(reopened));
        await _fixture.KillAndRestart();
        Assert.Equal(PreviousLife.Intact, _fixture.Session.PreviousLife);
    }

    [Theory]
    [InlineData(FileOperation.Rename)]
    [InlineData(FileOperation.Write)]
    [InlineData(FileOperation.Flush)]
    public void Epoch_that_cannot_be_noted_stops_the_log(FileOperation operation)
    {
        _fixture.Start();
        FailOnce(operation, "");
        Assert.Throws<StorageException>(() => Log.AssignEpoch(new LeaderEpoch(1), 0));
        Assert.Throws<StorageException>(() => _fixture.Append(1, "a"));
    }

    [Fact]
    public async Task Epoch_is_durable_with_the_next_flush_or_that_flush_fails()
    {
        _fixture.Start();
        Log.AssignEpoch(new LeaderEpoch(3), 0);
        FailOnce(FileOperation.FlushDirectory, "topic-0");
        await Assert.ThrowsAsync<StorageException>(Log.FlushAsync);
        Assert.Throws<StorageException>(() => _fixture.Append(3, "a"));

        await _fixture.KillAndRestart();
        _fixture.Append(4, "a");
        await Log.FlushAsync();
        await _fixture.CrashAndRestart(new Random(3));
        Assert.Equal(new LeaderEpoch(4), Log.Epochs.Latest);
    }

    [Fact]
    public async Task Other_logs_of_a_flush_round_go_on()
    {
        _fixture.Start();
        var other = _fixture.Session.GetOrCreateLog(
            StorageFixture.Partition with { Partition = 1 }, "topic", LogSettings.Default);
        _fixture.Append(1, "a");
        FailOnce(FileOperation.Flush, "topic-0/00000000000000000000.log");
        var flushes = Task.WhenAll(Log.FlushAsync(), other.FlushAsync());
        await Assert.ThrowsAsync<StorageException>(() => flushes);
        await other.FlushAsync();
        Assert.Null(other.Failure);
        Assert.NotNull(Log.Failure);
    }

    [Fact]
    public async Task Unreadable_segment_fails_the_read_and_says_so()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        var view = Log.View();
        FailOnce(FileOperation.Read, ".log");
        Assert.Throws<StorageException>(() => view.Read(0, 1, 100, true));
        await _fixture.Session.KillAsync();
        Assert.Throws<StorageException>(() => view.Read(0, 1, 100, true));
    }

    [Fact]
    public void Flush_messages_flushes_within_the_append()
    {
        _fixture.Settings = LogSettings.Default with { FlushMessages = 2 };
        _fixture.Start();
        _fixture.Append(1, "a");
        Assert.Equal(0, Log.FlushedEndOffset);
        _fixture.Append(1, "b");
        Assert.Equal(2, Log.FlushedEndOffset);
    }

    [Fact]
    public void Flush_that_a_truncation_overtook_flushes_again_what_was_written_since()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "this one is cut", "and was longer");
        var flushesAfterAppend = 0;
        var phase = 0;
        _fixture.Files.Fault = (operation, path) =>
        {
            if (operation != FileOperation.Flush || !path.EndsWith(".log", StringComparison.Ordinal))
                return;
            if (phase == 2)
                flushesAfterAppend++;
            if (phase != 0)
                return;

            phase = 1;
            Log.TruncateTo(1);
            _fixture.Append(1, "b");
            phase = 2;
        };
        Assert.Equal(2, Log.FlushNow());
        Assert.Equal(1, flushesAfterAppend);
        Assert.Equal(["0:a", "1:b"], _fixture.ReadAll());
    }

    private void FailOnce(FileOperation operation, string pathEnd)
    {
        _fixture.Files.Fault = (actual, path) =>
        {
            if (actual != operation || !path.EndsWith(pathEnd, StringComparison.Ordinal))
                return;
            _fixture.Files.Fault = null;
            throw new IOException("EIO");
        };
    }
}
