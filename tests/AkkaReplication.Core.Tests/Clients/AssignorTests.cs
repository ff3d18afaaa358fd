using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Groups;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>How partitions are shared among the consumers of a group.</summary>
public class AssignorTests
{
    private static readonly Dictionary<string, int> Topics = new() { ["a"] = 3, ["b"] = 3, ["c"] = 1 };

    private readonly RangeAssignor _range = new();
    private readonly CooperativeStickyAssignor _sticky = new();

    private static SubscribedMember Member(
        string id, ImmutableArray<string> topics, string owned = "", int generation = 1, string? instance = null) =>
        new(id, instance, new ConsumerSubscription(topics, null, Partitions(owned), generation, null));

    private static ImmutableArray<TopicPartition> Partitions(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => new TopicPartition(p[..1], int.Parse(p[1..])))];

    private static string Of(IReadOnlyDictionary<string, ImmutableArray<TopicPartition>> assigned, string member) =>
        string.Join(' ', assigned[member].Select(p => $"{p.Topic}{p.Partition}"));

    [Fact]
    public void Range_cuts_every_topic_alike_and_gives_the_rest_to_the_first()
    {
        var assigned = _range.Assign(Topics, [Member("y", ["a", "b"]), Member("x", ["a", "b"])]);
        Assert.Equal("a0 a1 b0 b1", Of(assigned, "x"));
        Assert.Equal("a2 b2", Of(assigned, "y"));
    }

    [Fact]
    public void Range_gives_a_topic_to_its_subscribers_alone()
    {
        var assigned = _range.Assign(Topics, [Member("x", ["a"]), Member("y", ["a", "c", "missing"]), Member("z", [])]);
        Assert.Equal("a0 a1", Of(assigned, "x"));
        Assert.Equal("a2 c0", Of(assigned, "y"));
        Assert.Equal("", Of(assigned, "z"));
    }

    [Fact]
    public void Range_keeps_the_place_of_a_static_member_whatever_its_member_id()
    {
        var before = _range.Assign(Topics, [Member("m1", ["a"], instance: "i1"), Member("m2", ["a"], instance: "i2")]);
        var after = _range.Assign(Topics, [Member("m9", ["a"], instance: "i1"), Member("m2", ["a"], instance: "i2")]);
        Assert.Equal(Of(before, "m1"), Of(after, "m9"));
    }

    [Fact]
    public void Sticky_shares_free_partitions_evenly()
    {
        var assigned = _sticky.Assign(Topics, [Member("x", ["a", "b"]), Member("y", ["a", "b"])]);
        Assert.Equal(3, assigned["x"].Length);
        Assert.Equal(3, assigned["y"].Length);
    }

    [Fact]
    public void Sticky_moves_no_more_than_it_must_and_withholds_what_moves()
    {
        var assigned = _sticky.Assign(Topics, [Member("x", ["a", "b"], "a0 a1 a2 b0 b1 b2"), Member("y", ["a", "b"])]);
        Assert.Equal(3, assigned["x"].Length);
        Assert.Empty(assigned["y"]);

        var next = _sticky.Assign(
            Topics, [Member("x", ["a", "b"], Of(assigned, "x"), generation: 2), Member("y", ["a", "b"], generation: 2)]);
        Assert.Equal(Of(assigned, "x"), Of(next, "x"));
        Assert.Equal(3, next["y"].Length);
    }

    [Fact]
    public void Sticky_changes_nothing_that_is_even()
    {
        SubscribedMember[] members = [Member("x", ["a", "b"], "a2 b0 b1"), Member("y", ["a", "b"], "a0 a1 b2")];
        var assigned = _sticky.Assign(Topics, members);
        Assert.Equal("a2 b0 b1", Of(assigned, "x"));
        Assert.Equal("a0 a1 b2", Of(assigned, "y"));
    }

    [Fact]
    public void Sticky_believes_the_later_generation_but_takes_the_earlier_one_for_a_reader()
    {
        SubscribedMember[] members = [Member("x", ["c"], "c0", generation: 3), Member("y", ["c"], "c0", generation: 5)];
        var assigned = _sticky.Assign(Topics, members);
        Assert.Equal("", Of(assigned, "x"));
        Assert.Equal("", Of(assigned, "y"));

        var next = _sticky.Assign(Topics, [Member("x", ["c"], "", 6), Member("y", ["c"], "c0", 6)]);
        Assert.Equal("c0", Of(next, "y"));
    }

    [Fact]
    public void Sticky_gives_back_what_is_not_subscribed_or_not_there_any_more()
    {
        var assigned = _sticky.Assign(Topics, [Member("x", ["a"], "a0 a7 b0 d0"), Member("y", ["b"])]);
        Assert.Equal("a0 a1 a2", Of(assigned, "x"));
        Assert.Equal("b1 b2", Of(assigned, "y"));
    }

    [Fact]
    public void Whatever_the_members_want_and_hold_the_rounds_come_to_an_even_end()
    {
        for (var seed = 1; seed <= 300; seed++)
            Settle(new Random(seed), seed);
    }

    private void Settle(Random random, int seed)
    {
        var topics = Enumerable.Range(0, 1 + random.Next(3)).ToDictionary(i => $"{(char)('a' + i)}", _ => 1 + random.Next(6));
        List<SubscribedMember> members = [];
        for (var i = 0; i < 1 + random.Next(5); i++)
        {
            ImmutableArray<string> wanted = [.. topics.Keys.Where(_ => random.Next(4) > 0)];
            ImmutableArray<TopicPartition> owned =
                [.. wanted.SelectMany(t => Enumerable.Range(0, topics[t]).Select(p => new TopicPartition(t, p))).Where(_ => random.Next(3) == 0)];
            members.Add(new SubscribedMember(
                $"m{i}", random.Next(3) == 0 ? $"i{i}" : null, new ConsumerSubscription(wanted, null, owned, random.Next(3), null)));
        }

        for (var round = 0; round < 3; round++)
        {
            var assigned = _sticky.Assign(topics, members);
            Assert.True(assigned.Values.Sum(a => a.Length) == assigned.Values.SelectMany(a => a).Distinct().Count(), $"seed {seed}");
            foreach (var member in members)
            {
                var others = members.Where(m => m != member).SelectMany(m => m.Subscription.OwnedPartitions);
                Assert.True(!assigned[member.MemberId].Intersect(others).Any(), $"seed {seed}: somebody still reads it");
            }

            members =
            [
                .. members.Select(m => m with
                {
                    Subscription = m.Subscription with { OwnedPartitions = assigned[m.MemberId], Generation = 10 + round },
                }),
            ];
        }

        var held = members.SelectMany(m => m.Subscription.OwnedPartitions).ToHashSet();
        foreach (var (topic, count) in topics.Where(t => members.Exists(m => m.Subscription.Topics.Contains(t.Key))))
            Assert.True(Enumerable.Range(0, count).All(p => held.Contains(new TopicPartition(topic, p))), $"seed {seed}");
        foreach (var large in members)
        {
            foreach (var small in members)
            {
                var couldMove = large.Subscription.OwnedPartitions.Any(p => small.Subscription.Topics.Contains(p.Topic));
                Assert.False(
                    couldMove && large.Subscription.OwnedPartitions.Length > small.Subscription.OwnedPartitions.Length + 1,
                    $"seed {seed}: {large.MemberId} has more than {small.MemberId}");
            }
        }
    }
}
