using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Controller;

/// <summary>P6: who is not confirmed by a majority is no controller for long.</summary>
public sealed class ControllerConfirmationTests
{
    private const long IntervalMs = 500;
    private const long StartMs = 10_000;

    private readonly ControllerConfirmation _confirmation = new(IntervalMs);
    private readonly EffectList _effects = new();

    [Fact]
    public void A_controller_that_writes_nothing_writes_a_no_op_when_an_interval_has_passed()
    {
        Activate();
        Assert.Equal(IntervalMs, Timer());

        Fire(StartMs + IntervalMs - 1);
        Assert.Empty(Effects<SubmitConfirmation>());
        Assert.Equal(1, Timer());

        Fire(StartMs + IntervalMs);
        Assert.Single(Effects<SubmitConfirmation>());
        Assert.Equal(IntervalMs / 2, Timer());
    }

    [Fact]
    public void Whatever_it_writes_confirms_it_as_of_the_moment_when_that_was_sent()
    {
        Activate();

        Write(StartMs + 300, StartMs + 420);
        Assert.Equal(StartMs + 300, Assert.Single(Effects<ControllerConfirmed>()).RoundStartedMs);
        Assert.Equal(IntervalMs - 120, Timer());

        Fire(StartMs + 300 + IntervalMs - 1);
        Assert.Empty(Effects<SubmitConfirmation>());
        Fire(StartMs + 300 + IntervalMs);
        Assert.Single(Effects<SubmitConfirmation>());
    }

    [Fact]
    public void A_write_under_way_is_a_round_of_its_own()
    {
        Activate();
        _confirmation.OnWriteStarted(StartMs + 400);

        Fire(StartMs + IntervalMs);

        Assert.Empty(Effects<SubmitConfirmation>());
        Assert.Equal(IntervalMs / 2, Timer());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_one_and_a_half_intervals_without_a_majority_it_resigns_once(bool writes)
    {
        Activate();
        if (writes)
            _confirmation.OnWriteStarted(StartMs + 400);
        Fire(StartMs + IntervalMs);

        Fire(StartMs + 749);
        Assert.Empty(Effects<ControllerUnconfirmed>());
        Fire(StartMs + 750);
        Assert.Contains("750 ms", Assert.Single(Effects<ControllerUnconfirmed>()).Reason);

        Fire(StartMs + 800);
        Assert.Empty(_effects.AsReadOnly());
    }

    [Fact]
    public void One_that_slept_resigns_before_it_asks_anybody()
    {
        Activate();

        Fire(StartMs + 60_000);

        Assert.Single(Effects<ControllerUnconfirmed>());
        Assert.Empty(Effects<SubmitConfirmation>());
    }

    [Fact]
    public void A_commit_that_comes_too_late_for_its_own_round_does_not_save_it()
    {
        Activate();
        Write(StartMs + 100, StartMs + 850);

        Assert.Single(Effects<ControllerUnconfirmed>());
    }

    [Fact]
    public void Each_round_that_succeeds_is_followed_by_the_next()
    {
        Activate();
        for (var startMs = StartMs + IntervalMs; startMs < StartMs + (20 * IntervalMs); startMs += IntervalMs)
        {
            Fire(startMs);
            Assert.Single(Effects<SubmitConfirmation>());
            Write(startMs, startMs + 30);
            Assert.Equal(startMs, Assert.Single(Effects<ControllerConfirmed>()).RoundStartedMs);
            Assert.Equal(IntervalMs - 30, Timer());
        }
    }

    [Fact]
    public void A_controller_that_is_gone_is_not_confirmed_and_the_next_one_begins_anew()
    {
        Activate();
        _confirmation.OnWriteStarted(StartMs + 100);
        _confirmation.OnControllerInactive();

        Fire(StartMs + 5_000);
        Assert.Empty(_effects.AsReadOnly());
        _confirmation.OnWriteCommitted(StartMs + 5_000, _effects);
        Assert.Empty(_effects.AsReadOnly());

        _confirmation.OnControllerActive(StartMs + 6_000, StartMs + 5_990, _effects);
        Assert.Equal(StartMs + 5_990, Assert.Single(Effects<ControllerConfirmed>()).RoundStartedMs);
        Assert.Equal(IntervalMs - 10, Timer());
    }

    [Fact]
    public void The_no_op_is_of_the_controllers_epoch_and_changes_nothing_else()
    {
        var c = new ControllerContext();
        c.Running(0, 1).Topic("t", [[0, 1]]);
        var decider = new ControllerDecider(new ControllerOptions(), () => new TopicId(Guid.NewGuid()));

        var decision = decider.Decide(c.Image, 0, ConfirmEpoch.Instance);

        Assert.Equal(new NoOpRecord(c.Image.Epoch), Assert.Single(decision.Records));
        Assert.Null(decision.Reply);
        var after = c.Image.Apply(decision.ToBatch(c.Image));
        Assert.Equal(c.Image.Offset + 1, after.Offset);
        Assert.Same(c.Image.TopicsById, after.TopicsById);
        Assert.Same(c.Image.Brokers, after.Brokers);
    }

    private void Activate()
    {
        _confirmation.OnControllerActive(StartMs, StartMs, _effects);
        Assert.Equal(StartMs, Assert.Single(Effects<ControllerConfirmed>()).RoundStartedMs);
    }

    private void Fire(long nowMs)
    {
        _effects.Clear();
        _confirmation.OnTimer(nowMs, _effects);
    }

    private void Write(long fromMs, long toMs)
    {
        _effects.Clear();
        _confirmation.OnWriteStarted(fromMs);
        _confirmation.OnWriteCommitted(toMs, _effects);
    }

    private long Timer() => Assert.Single(Effects<StartConfirmationTimer>()).DelayMs;

    private IReadOnlyList<T> Effects<T>()
        where T : Effect => [.. _effects.AsReadOnly().OfType<T>()];
}
