using AkkaReplication.Logs;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests.Sessions;

/// <summary>Strays are kept for log.stray.retention.ms from when they were seen first, never less (M2).</summary>
public sealed class StrayTests
{
    private const long Week = 604_800_000;

    private readonly StorageFixture _fixture = new();

    private string[] Strays =>
        [.. _fixture.Files.ListDirectories(StorageFixture.Root).Where(name => name.EndsWith("-stray", StringComparison.Ordinal))];

    [Fact]
    public async Task A_stray_goes_when_its_time_is_up_also_over_restarts()
    {
        StartWithStray();
        Assert.Empty(_fixture.Session.DeleteExpiredStrays(0, Week));
        _fixture.Time.NowMs += Week - 1;
        Assert.Empty(_fixture.Session.DeleteExpiredStrays(0, Week));
        await _fixture.KillAndRestart();
        Assert.Empty(_fixture.Session.DeleteExpiredStrays(0, Week));
        var stray = Assert.Single(Strays);

        _fixture.Time.NowMs++;
        Assert.Equal([$"{StorageFixture.Root}/{stray}"], _fixture.Session.DeleteExpiredStrays(0, Week));
        Assert.Empty(Strays);
        Assert.Empty(_fixture.Session.DeleteExpiredStrays(0, Week));
    }

    [Fact]
    public void Time_counts_from_the_first_look_not_from_the_age_of_what_is_in_it()
    {
        StartWithStray();
        _fixture.Time.NowMs += 10 * Week;
        Assert.Empty(_fixture.Session.DeleteExpiredStrays(0, Week));
        Assert.Single(Strays);
    }

    [Fact]
    public void For_ever_is_for_ever()
    {
        StartWithStray();
        _fixture.Session.DeleteExpiredStrays(0, -1);
        _fixture.Time.NowMs += 100 * Week;
        Assert.Empty(_fixture.Session.DeleteExpiredStrays(0, -1));
        Assert.Single(Strays);
    }

    [Fact]
    public async Task Since_when_is_durable_and_where_it_is_lost_or_damaged_the_time_counts_anew()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var fixture = new StorageFixture().Start();
            fixture.Session.MarkStray(StorageFixture.Partition);
            fixture.Session.DeleteExpiredStrays(0, Week);
            fixture.Time.NowMs += Week;
            await fixture.CrashAndRestart(new Random(seed));
            Assert.Single(fixture.Session.DeleteExpiredStrays(0, Week));
        }

        StartWithStray();
        _fixture.Session.DeleteExpiredStrays(0, Week);
        _fixture.Time.NowMs += Week;
        _fixture.Files.WriteFile($"{StorageFixture.Root}/{Strays[0]}/stray-since-checkpoint", [0, 0, 0, 0]);
        Assert.Empty(_fixture.Session.DeleteExpiredStrays(0, Week));
        _fixture.Time.NowMs += Week;
        Assert.Single(_fixture.Session.DeleteExpiredStrays(0, Week));
    }

    [Fact]
    public async Task A_deletion_that_was_cut_short_is_completed_by_the_next_start()
    {
        StartWithStray();
        _fixture.Session.DeleteExpiredStrays(0, Week);
        _fixture.Files.Fault = (operation, path) =>
        {
            if (operation == FileOperation.Delete)
                throw new IOException("not now");
        };
        _fixture.Time.NowMs += Week;
        Assert.Throws<StorageException>(() => _fixture.Session.DeleteExpiredStrays(0, Week));
        _fixture.Files.Fault = null;

        await _fixture.KillAndRestart();
        Assert.DoesNotContain(
            _fixture.Files.ListDirectories(StorageFixture.Root), name => name.Contains("-stray", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_damaged_log_is_among_the_logs_of_its_topic_and_goes_with_it()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "b");
        await _fixture.Session.KillAsync();
        var path = _fixture.PathOf("00000000000000000000.log");
        var bytes = _fixture.Files.ReadFile(path);
        bytes[62] ^= 1;
        _fixture.Files.WriteFile(path, bytes);
        var session = StorageSession.Open(_fixture.Options);
        Assert.Single(session.Problems);

        Assert.Equal([StorageFixture.Partition], session.LogsOf(StorageFixture.Partition.TopicId));
        session.DeleteLog(StorageFixture.Partition);

        Assert.Empty(session.LogsOf(StorageFixture.Partition.TopicId));
        Assert.Empty(_fixture.Files.ListDirectories(StorageFixture.Root));
    }

    private void StartWithStray()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Session.MarkStray(StorageFixture.Partition);
        Assert.Single(Strays);
    }
}
