using AkkaReplication.Brokers;
using AkkaReplication.Effects;

namespace AkkaReplication.Core.Tests.Brokers;

public sealed class CleaningRoundsTests
{
    private readonly EffectList _effects = new();

    [Fact]
    public void Every_directory_is_looked_at_after_a_pause_and_again_when_it_is_clean()
    {
        var rounds = new CleaningRounds(2, backoffMs: 15, long.MaxValue);
        rounds.Start(_effects);
        Expect(new StartCleaningTimer(0, 15), new StartCleaningTimer(1, 15));

        rounds.OnTimer(1, _effects);
        Expect(new CleanLogDir(1));
        rounds.OnStepDone(0, 1, bytes: 0, hasMore: false, _effects);
        Expect(new StartCleaningTimer(1, 15));
    }

    [Fact]
    public void Without_a_bound_step_follows_step()
    {
        var rounds = new CleaningRounds(1, 15, long.MaxValue);
        rounds.OnTimer(0, _effects);
        Expect(new CleanLogDir(0));
        rounds.OnStepDone(0, 0, 1 << 30, hasMore: true, _effects);
        Expect(new CleanLogDir(0));
    }

    [Fact]
    public void All_directories_together_keep_to_the_rate()
    {
        var rounds = new CleaningRounds(2, 15, maxBytesPerSecond: 1000);
        rounds.OnTimer(0, _effects);
        rounds.OnTimer(1, _effects);
        Expect(new CleanLogDir(0), new CleanLogDir(1));

        rounds.OnStepDone(100, 0, 500, hasMore: true, _effects);
        Expect(new StartCleaningTimer(0, 500));
        rounds.OnStepDone(200, 1, 500, hasMore: true, _effects);
        Expect(new StartCleaningTimer(1, 900));

        rounds.OnTimer(0, _effects);
        Expect(new CleanLogDir(0));
        rounds.OnStepDone(2000, 0, 1, hasMore: true, _effects);
        Expect(new StartCleaningTimer(0, 1));
        // A step that read nothing is free, and what was not used is not saved up.
        rounds.OnTimer(0, _effects);
        Expect(new CleanLogDir(0));
        rounds.OnStepDone(5000, 0, 0, hasMore: true, _effects);
        Expect(new CleanLogDir(0));
        rounds.OnStepDone(5000, 0, 1000, hasMore: true, _effects);
        Expect(new StartCleaningTimer(0, 1000));
    }

    [Fact]
    public void A_directory_that_hangs_gets_no_second_step()
    {
        var rounds = new CleaningRounds(1, 15, long.MaxValue);
        rounds.OnTimer(0, _effects);
        rounds.OnTimer(0, _effects);
        Expect(new CleanLogDir(0));
    }

    private void Expect(params Effect[] expected)
    {
        Assert.Equal(expected, _effects.AsReadOnly());
        _effects.Clear();
    }
}
