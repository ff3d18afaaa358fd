using AkkaReplication.Logs;

namespace AkkaReplication.Storage.Tests.Sessions;

/// <summary>A disk that fills up: no more records before it is full, and nothing lost where it is.</summary>
public sealed class FullDiskTests
{
    private const long Reserve = 16 * 1024 * 1024;
    private readonly StorageFixture _fixture = new();

    [Fact]
    public void Below_the_reserve_there_is_no_room_and_above_it_there_is_again()
    {
        Start();
        _fixture.Files.CapacityBytes = _fixture.Files.UsedBytes + Reserve + 1000;
        Wait();
        Assert.True(_fixture.Log.HasRoomFor(1000));
        Assert.False(_fixture.Session.IsFull(0));

        Wait();
        Assert.False(_fixture.Log.HasRoomFor(1001));
        Assert.True(_fixture.Session.IsFull(0));
        Assert.Null(_fixture.Log.Failure);

        _fixture.Files.CapacityBytes += 1;
        Wait();
        Assert.True(_fixture.Log.HasRoomFor(1001));
        Assert.False(_fixture.Session.IsFull(0));
    }

    [Fact]
    public void The_file_system_is_asked_now_and_then_not_for_every_append()
    {
        Start();
        _fixture.Files.CapacityBytes = 10 * Reserve;
        Wait();
        var before = _fixture.Files.FreeBytesCount;
        for (var i = 0; i < 1000; i++)
            Assert.True(_fixture.Log.HasRoomFor(1000));
        Assert.Equal(1, _fixture.Files.FreeBytesCount - before);

        // Two steps of an eighth of the reserve.
        for (var i = 0; i < 4; i++)
            Assert.True(_fixture.Log.HasRoomFor(1024 * 1024));
        Assert.InRange(_fixture.Files.FreeBytesCount - before, 2, 4);

        // A full disk is not asked by each of those who retry.
        _fixture.Files.CapacityBytes = 0;
        Wait();
        before = _fixture.Files.FreeBytesCount;
        for (var i = 0; i < 1000; i++)
            Assert.False(_fixture.Log.HasRoomFor(1));
        Assert.Equal(1, _fixture.Files.FreeBytesCount - before);
    }

    [Fact]
    public void Without_a_reserve_nobody_asks()
    {
        _fixture.Start();
        _fixture.Files.CapacityBytes = 0;
        Assert.True(_fixture.Log.HasRoomFor(int.MaxValue));
        Assert.Equal(0, _fixture.Files.FreeBytesCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(69)]
    public async Task A_write_that_does_not_fit_fails_its_log_and_a_restart_with_room_finds_all_that_was_written(int fitting)
    {
        _fixture.Start();
        for (var i = 0; i < 10; i++)
            _fixture.Append(1, $"value {i}");
        _fixture.Files.CapacityBytes = _fixture.Files.UsedBytes + fitting;

        Assert.Throws<StorageException>(() => _fixture.Append(1, "does not fit"));
        Assert.Equal(10, _fixture.Log.LogEndOffset);
        Assert.Throws<StorageException>(() => _fixture.Append(1, "nor does anything after it"));

        _fixture.Files.CapacityBytes = null;
        await _fixture.KillAndRestart();
        Assert.Empty(_fixture.Session.Problems);
        Assert.Equal(10, _fixture.Log.LogEndOffset);
        _fixture.Append(1, "fits");
        Assert.Equal(11, _fixture.Log.LogEndOffset);
        Assert.Equal(PreviousLife.Intact, _fixture.Session.PreviousLife);
    }

    [Fact]
    public void A_new_log_goes_where_there_is_room()
    {
        var full = _fixture.Options with { Directories = ["/full", "/roomy"], MinFreeBytes = Reserve };
        _fixture.Start(full);
        Assert.Equal("/full/topic-0", _fixture.Log.Directory);
        // The reserve is what a log is created from.
        _fixture.Files.CapacityBytes = _fixture.Files.UsedBytes + Reserve;
        Wait();
        Assert.False(_fixture.Log.HasRoomFor(1));
        var next = new TopicIdPartition(new TopicId(Guid.NewGuid()), 0);
        var afterIt = new TopicIdPartition(new TopicId(Guid.NewGuid()), 0);

        Assert.Equal(1, _fixture.Session.DirectoryOf(next, "next"));
        Assert.Equal(1, _fixture.Session.DirectoryOf(afterIt, "after-it"));
        Assert.Equal(1, _fixture.Session.DirectoryOf(next, "next"));
        Assert.Equal("/roomy/next-0", _fixture.Session.GetOrCreateLog(next, "next", LogSettings.Default).Directory);
    }

    private void Start() => _fixture.Start(_fixture.Options with { MinFreeBytes = Reserve });

    /// <summary>What was found out about the disk grows old.</summary>
    private void Wait() => _fixture.Time.NowMs += 2_000;
}
