using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests.Files;

public sealed class OpenFilesTests
{
    private const int Logs = 50;
    private readonly StorageFixture _fixture = new();

    [Fact]
    public async Task Many_logs_work_with_few_open_files()
    {
        const int capacity = 4;
        Start(new OpenFiles(capacity, InlineScheduler.Instance));
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < Logs; i++)
            {
                Append(i, $"{round}");
                Assert.InRange(_fixture.OpenFiles.Count, 0, capacity);
            }
        }

        for (var i = 0; i < Logs; i++)
            Assert.Equal(["0:0", "1:1", "2:2"], StorageFixture.ReadAll(Log(i)));
        Assert.InRange(_fixture.OpenFiles.Count, 0, capacity);

        await _fixture.CloseAndRestart();
        Assert.Empty(_fixture.Session.Problems);
        for (var i = 0; i < Logs; i++)
            Assert.Equal(["0:0", "1:1", "2:2"], StorageFixture.ReadAll(Log(i)));
        await _fixture.Session.KillAsync();
        Assert.Equal(0, _fixture.OpenFiles.Count);
    }

    [Fact]
    public async Task Log_that_nothing_was_written_to_has_no_file_open_be_it_new_or_loaded()
    {
        Start(new OpenFiles(1000, InlineScheduler.Instance));
        for (var i = 0; i < Logs; i++)
            Log(i);
        Assert.Equal(0, _fixture.OpenFiles.Count);

        Append(7, "a");
        Assert.Equal(1, _fixture.OpenFiles.Count);
        await _fixture.KillAndRestart();
        Assert.Equal(0, _fixture.OpenFiles.Count);
        await _fixture.CloseAndRestart();
        Assert.Equal(0, _fixture.OpenFiles.Count);
    }

    [Fact]
    public async Task File_with_unflushed_bytes_stays_open()
    {
        var waiting = new HeldScheduler();
        Start(new OpenFiles(1, waiting));
        for (var i = 0; i < Logs; i++)
            Append(i, "a");
        Assert.Equal(Logs, _fixture.OpenFiles.Count);

        for (var i = 0; i < Logs; i++)
            await Log(i).FlushAsync();
        Append(Logs, "a");
        Append(Logs + 1, "a");
        Assert.InRange(_fixture.OpenFiles.Count, 1, Logs - 20);
    }

    [Fact]
    public void Failed_flush_before_a_close_stops_the_log_as_any_other()
    {
        Start(new OpenFiles(1, InlineScheduler.Instance));
        Append(0, "a");
        var failures = 0;
        _fixture.Files.Fault = (operation, path) =>
        {
            if (operation == FileOperation.Flush && path.Contains("topic-1000/") && failures++ == 0)
                throw new IOException("EIO");
        };
        Append(1, "a");
        Append(2, "a");
        Assert.Equal(1, failures);

        // Tried again it would succeed, and lie.
        Assert.Throws<StorageException>(() => Append(0, "b"));
        Assert.True(Log(0).MayHaveLostData);
        Assert.Equal(["0:a"], StorageFixture.ReadAll(Log(0)));
    }

    [Fact]
    public async Task Readers_find_dropped_segments_whose_files_were_closed()
    {
        _fixture.OpenFiles = new OpenFiles(1, InlineScheduler.Instance);
        _fixture.Settings = LogSettings.Default with { SegmentBytes = 100 };
        _fixture.Start();
        for (var i = 0; i < 10; i++)
            _fixture.Append(1, $"value {i}");
        await _fixture.Log.FlushAsync();
        var view = _fixture.Log.View();
        var other = Log(1);
        Append(1, "x");
        _fixture.Log.TruncateTo(0);
        _fixture.Append(1, "new");

        // The view is of the log as it was; whoever reads through it learns that it is no longer current.
        Assert.False(view.IsCurrent);
        view.Read(0, 10, 1000, atLeastOneBatch: true);
        Assert.Equal(["0:new"], _fixture.ReadAll());
        Assert.Equal(["0:x"], StorageFixture.ReadAll(other));
    }

    private void Start(OpenFiles openFiles)
    {
        _fixture.OpenFiles = openFiles;
        _fixture.Start();
    }

    private PartitionLog Log(int i) => _fixture.Session.GetOrCreateLog(
        new TopicIdPartition(StorageFixture.Partition.TopicId, 1000 + i), "topic", LogSettings.Default);

    private void Append(int i, string value)
    {
        var batch = StorageFixture.Batch(value);
        Assert.True(BatchHeader.TryRead(batch, out var header));
        Log(i).AppendAsLeader(batch, header, new LeaderEpoch(1), null);
    }
}
