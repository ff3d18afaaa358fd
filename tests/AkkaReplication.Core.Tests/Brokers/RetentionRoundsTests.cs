using AkkaReplication.Brokers;
using AkkaReplication.Effects;

namespace AkkaReplication.Core.Tests.Brokers;

public sealed class RetentionRoundsTests
{
    private readonly EffectList _effects = new();
    private long _nowMs = 5_000;

    [Fact]
    public void Every_replica_has_its_turn_once_per_interval_and_never_many_at_once()
    {
        var rounds = new RetentionRounds(300_000);
        var hosted = Partitions(5_000);
        rounds.Start(_effects);
        Assert.Equal(1_000, Delay());
        var turns = new Dictionary<TopicIdPartition, List<long>>();

        for (var tick = 0; tick < 900; tick++)
        {
            var due = Tick(rounds, hosted);
            Assert.InRange(due.Count, 0, 17);
            foreach (var partition in due)
                Times(partition).Add(_nowMs);
        }

        Assert.Equal(5_000, turns.Count);
        Assert.All(turns.Values, times => Assert.Equal(3, times.Count));
        Assert.All(turns.Values, times => Assert.InRange(times[2] - times[1], 299_000, 301_000));

        List<long> Times(TopicIdPartition partition) =>
            turns.TryGetValue(partition, out var times) ? times : turns[partition] = [];
    }

    [Fact]
    public void A_short_interval_takes_them_all_at_once_and_one_that_is_new_in_the_next_round()
    {
        var rounds = new RetentionRounds(100);
        var all = Partitions(3);
        Assert.Equal(all[..2], Tick(rounds, all[..2]));
        Assert.Equal(100, Delay());
        Assert.Equal(all, Tick(rounds, all));
        Assert.Empty(Tick(rounds, []));
    }

    [Fact]
    public void Late_timers_make_nobody_miss_a_round()
    {
        var rounds = new RetentionRounds(10_000);
        var hosted = Partitions(100);
        Assert.Equal(10, Tick(rounds, hosted).Count);
        _nowMs += 60_000;
        Assert.Equal(90 + 10, Tick(rounds, hosted).Count);
    }

    [Fact]
    public void Strays_are_looked_at_once_per_round_and_files_at_every_tick()
    {
        var rounds = new RetentionRounds(10_000);
        var strays = 0;
        for (var tick = 0; tick < 30; tick++)
        {
            Tick(rounds, Partitions(5));
            strays += _effects.AsReadOnly().OfType<DeleteExpiredStrays>().Count();
            Assert.Single(_effects.AsReadOnly().OfType<DeleteExpiredSegments>());
        }

        Assert.Equal(3, strays);
    }

    private static TopicIdPartition[] Partitions(int count)
    {
        var topic = new TopicId(new Guid(7, 0, 0, new byte[8]));
        return [.. Enumerable.Range(0, count).Select(i => new TopicIdPartition(topic, i))];
    }

    private List<TopicIdPartition> Tick(RetentionRounds rounds, IEnumerable<TopicIdPartition> hosted)
    {
        if (_effects.Count > 0)
            _nowMs += Delay();
        _effects.Clear();
        rounds.OnTimer(_nowMs, hosted, _effects);
        return [.. _effects.AsReadOnly().OfType<RetentionDue>().Select(due => due.Partition)];
    }

    private long Delay() => Assert.Single(_effects.AsReadOnly().OfType<StartRetentionTimer>()).DelayMs;
}
