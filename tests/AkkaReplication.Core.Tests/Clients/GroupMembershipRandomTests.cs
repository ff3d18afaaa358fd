using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Core.Tests.Groups;
using AkkaReplication.Groups;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>
/// Several members of our client in one group with the real coordinator, all faults drawn from a seed.
/// MEMBERSHIP_SEEDS sets how many seeds, MEMBERSHIP_SEED runs one.
/// </summary>
public class GroupMembershipRandomTests
{
    private const int Blocks = 5;
    private const int Partitions = 5;

    public static TheoryData<int, int> Seeds
    {
        get
        {
            var seeds = new TheoryData<int, int>();
            if (int.TryParse(Environment.GetEnvironmentVariable("MEMBERSHIP_SEED"), out var one))
            {
                seeds.Add(one, 1);
                return seeds;
            }

            var count = int.TryParse(Environment.GetEnvironmentVariable("MEMBERSHIP_SEEDS"), out var n) ? n : 50;
            for (var block = 0; block < Blocks; block++)
                seeds.Add(1 + block * (count / Blocks), count / Blocks);
            return seeds;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Members_come_to_share_all_partitions_whatever_was_lost(int firstSeed, int count) =>
        Each(firstSeed, count, seed => Run(seed, isFaulty: true));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Without_faults_no_partition_is_ever_read_by_two(int firstSeed, int count) =>
        Each(firstSeed, count, seed => Run(seed, isFaulty: false));

    [Fact]
    public void Seed_134_leaves_no_partition_without_a_reader() => Run(134, isFaulty: true);

    [Fact]
    public void Seed_114_commits_nothing_once_it_has_left() => Run(114, isFaulty: false);

    private static void Each(int firstSeed, int count, Action<int> run)
    {
        for (var seed = firstSeed; seed < firstSeed + count; seed++)
        {
            try
            {
                run(seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message} (replay: MEMBERSHIP_SEED={seed})", e);
            }
        }
    }

    private static void Run(int seed, bool isFaulty)
    {
        var group = new SimulatedGroup(seed)
        {
            IsFaulty = isFaulty,
            ReadAssignment = static bytes =>
                ("", ConsumerProtocol.DecodeAssignment(bytes).Select(static p => p.Partition)),
        };
        var random = group.Random;
        ImmutableArray<IPartitionAssignor> assignors = (seed % 3) switch
        {
            0 => [new RangeAssignor(), new CooperativeStickyAssignor()],
            1 => [new RangeAssignor()],
            _ => [new CooperativeStickyAssignor()],
        };
        List<SimulatedConsumer> consumers =
        [
            .. Enumerable.Range(0, 2 + random.Next(3)).Select(i =>
                new SimulatedConsumer(group, i, random.Next(3) == 0 ? $"i{i}" : null, assignors, Partitions)),
        ];
        foreach (var consumer in consumers)
            group.At(group.Now + random.Next(10_000), consumer.Start);

        var end = group.Now + 60_000;
        while (group.Now < end)
        {
            group.RunUntil(group.Now + 1 + random.Next(2_000));
            if (isFaulty)
                Disturb(group, consumers[random.Next(consumers.Count)]);
            else
                CheckReaders(consumers);
        }

        group.EndLingering();
        group.IsFaulty = false;
        foreach (var consumer in consumers.Where(c => !c.IsAlive))
            consumer.Start();
        var committed = consumers.Sum(c => c.Committed);
        group.RunUntil(group.Now + 90_000);
        CheckReaders(consumers);
        Assert.All(consumers, c => Assert.Empty(c.Failures));
        Assert.All(consumers, c => Assert.True(c.IsStable, $"a member is stuck; the group is {group.Coordinator.State}"));
        Assert.Single(consumers.Select(c => c.Generation).Distinct());
        Assert.Equal(Enumerable.Range(0, Partitions), consumers.SelectMany(c => c.Reads).Select(p => p.Partition).Order());
        Assert.True(consumers.Sum(c => c.Committed) > committed, "nobody can commit");
        group.CheckOffsets();

        foreach (var consumer in consumers)
            consumer.Leave();
        group.RunUntil(group.Now + 20_000);
        Assert.Equal(GroupState.Empty, group.Coordinator.State);
        Assert.Empty(group.Unanswered(group.Now));
    }

    private static void CheckReaders(List<SimulatedConsumer> consumers)
    {
        var read = consumers.SelectMany(c => c.Reads).ToList();
        Assert.True(
            read.Distinct().Count() == read.Count, $"two read the same: {string.Join("; ", consumers)}");
    }

    private static void Disturb(SimulatedGroup group, SimulatedConsumer consumer)
    {
        switch (group.Random.Next(12))
        {
            case 0:
                group.EndLingering();
                group.Restart();
                break;
            case 1:
                group.EndLingering();
                break;
            case 2 when consumer.IsAlive:
                consumer.Crash();
                break;
            case 3 when consumer.IsAlive:
                consumer.BreakConnections();
                break;
            case 4 or 5 when !consumer.IsAlive:
                consumer.Start();
                break;
            case 6:
                group.CheckOffsets();
                break;
            case 7 when consumer.IsAlive:
                consumer.StopReading();
                break;
        }
    }
}
