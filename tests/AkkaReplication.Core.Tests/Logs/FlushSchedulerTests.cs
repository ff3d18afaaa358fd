using AkkaReplication.Logs;

namespace AkkaReplication.Core.Tests.Logs;

public sealed class FlushSchedulerTests
{
    private readonly FlushScheduler<string> _scheduler = new();

    [Fact]
    public void Requests_during_a_round_collect_for_the_next_one()
    {
        Assert.Equal(1, _scheduler.Request("a"));
        var first = _scheduler.TryStart()!;
        Assert.Equal(["a"], first.Logs);

        Assert.Equal(2, _scheduler.Request("b"));
        Assert.Equal(2, _scheduler.Request("a"));
        Assert.Equal(2, _scheduler.Request("b"));
        Assert.Null(_scheduler.TryStart());

        _scheduler.Completed(first.Number);
        Assert.Equal(["b", "a"], _scheduler.TryStart()!.Logs);
    }

    [Fact]
    public void Nothing_dirty_starts_nothing()
    {
        Assert.Null(_scheduler.TryStart());
        _scheduler.Request("a");
        _scheduler.Completed(_scheduler.TryStart()!.Number);
        Assert.Null(_scheduler.TryStart());
    }

    [Fact]
    public void Completion_of_a_round_that_does_not_run_is_an_error()
    {
        Assert.Throws<InvalidOperationException>(() => _scheduler.Completed(1));
        _scheduler.Request("a");
        var round = _scheduler.TryStart()!;
        Assert.Throws<InvalidOperationException>(() => _scheduler.Completed(round.Number + 1));
    }
}
