using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests.Sessions;

public sealed class LogCreationTests
{
    private readonly StorageFixture _fixture = new();

    [Fact]
    public void New_log_costs_two_flushes()
    {
        _fixture.Start();
        var before = _fixture.Files.FlushCount;
        Create(_fixture.Session, 1);
        Assert.Equal(2, _fixture.Files.FlushCount - before);
    }

    [Fact]
    public async Task First_flush_makes_the_name_of_the_directory_durable_and_later_ones_do_not_repeat_it()
    {
        _fixture.Start();
        var flushed = new List<string>();
        _fixture.Files.Fault = (operation, path) =>
        {
            if (operation == FileOperation.FlushDirectory)
                flushed.Add(path);
        };
        _fixture.Append(1, "a");
        await _fixture.Log.FlushAsync();
        _fixture.Append(1, "b");
        await _fixture.Log.FlushAsync();
        Assert.Single(flushed, StorageFixture.Root);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Crash_in_any_step_of_a_creation_leaves_no_damaged_log_and_takes_nothing_that_was_flushed(int seed)
    {
        var random = new Random(seed);
        for (var step = 1; step <= 12; step++)
        {
            var fixture = new StorageFixture();
            var session = StorageSession.Open(fixture.Options with { FlushBeforeAcknowledging = true });
            session.RegistrationAccepted();
            var left = step;
            fixture.Files.Fault = (_, _) =>
            {
                if (--left <= 0)
                    throw new IOException("the machine is about to die");
            };
            var acknowledged = false;
            try
            {
                var log = session.GetOrCreateLog(StorageFixture.Partition, "topic", LogSettings.Default);
                fixture.Files.Fault = null;
                Append(log);
                await log.FlushAsync();
                acknowledged = true;
            }
            catch (StorageException)
            {
                // The creation failed; a crash follows.
            }

            fixture.Files.Fault = null;
            await session.KillAsync();
            fixture.Files.Crash(random);
            fixture.BootId = $"boot-{step}";
            fixture.Start();
            Assert.Empty(fixture.Session.Problems);
            Assert.Equal(acknowledged ? ["0:a"] : [], fixture.ReadAll());
        }
    }

    [Fact]
    public async Task Killed_process_and_a_crash_after_its_successor_flushed_lose_nothing()
    {
        _fixture.Start(_fixture.Options with { FlushBeforeAcknowledging = true });
        await _fixture.Session.KillAsync();
        _fixture.Files.Kill();
        _fixture.Start(_fixture.Options with { FlushBeforeAcknowledging = true });
        _fixture.Append(1, "a");
        await _fixture.Log.FlushAsync();
        await _fixture.CrashAndRestart(new Random(11));
        Assert.Equal(["0:a"], _fixture.ReadAll());
    }

    [Fact]
    public async Task Logs_are_created_side_by_side()
    {
        using var both = new Barrier(2);
        _fixture.Files.CreateDirectory(StorageFixture.Root);
        var session = StorageSession.Open(_fixture.Options with { Files = new MeetingFileSystem(_fixture.Files, both) });
        await Task.WhenAll(Task.Run(() => Create(session, 1)), Task.Run(() => Create(session, 2)));
        Assert.Equal(2, session.Logs.Count);
        await session.KillAsync();
    }

    [Fact]
    public async Task Checkpoint_of_high_watermarks_is_written_only_when_one_has_moved()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Session.CheckpointHighWatermarks();
        var flushes = _fixture.Files.FlushCount;
        _fixture.Session.CheckpointHighWatermarks();
        _fixture.Log.CheckpointHighWatermark(0);
        _fixture.Session.CheckpointHighWatermarks();
        Assert.Equal(flushes, _fixture.Files.FlushCount);

        _fixture.Log.CheckpointHighWatermark(1);
        _fixture.Session.CheckpointHighWatermarks();
        await _fixture.KillAndRestart();
        Assert.Equal(1, _fixture.Log.InitialHighWatermark);
    }

    [Fact]
    public async Task Checkpoint_that_failed_is_written_by_the_next_call()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Log.CheckpointHighWatermark(1);
        _fixture.Files.Fault = (operation, _) =>
        {
            if (operation == FileOperation.Write)
                throw new IOException("disk full");
        };
        Assert.Throws<StorageException>(_fixture.Session.CheckpointHighWatermarks);
        _fixture.Files.Fault = null;
        _fixture.Session.CheckpointHighWatermarks();
        await _fixture.KillAndRestart();
        Assert.Equal(1, _fixture.Log.InitialHighWatermark);
    }

    private static PartitionLog Create(StorageSession session, int partition) => session.GetOrCreateLog(
        new TopicIdPartition(StorageFixture.Partition.TopicId, partition), "topic", LogSettings.Default);

    private static void Append(PartitionLog log)
    {
        var batch = StorageFixture.Batch("a");
        Assert.True(BatchHeader.TryRead(batch, out var header));
        log.AppendAsLeader(batch, header, new LeaderEpoch(1), null);
    }
}
