namespace AkkaReplication.Core.Tests.Groups;

/// <summary>
/// Members that come, go and try again, over a network that loses, repeats and delays, with coordinators started from the
/// log at any moment, all drawn from a seed. GROUP_SEEDS sets how many seeds, GROUP_SEED runs one.
/// </summary>
public class GroupRandomTests
{
    private const int Blocks = 10;
    private const long FaultyMs = 90_000;

    public static TheoryData<int, int> Seeds
    {
        get
        {
            var seeds = new TheoryData<int, int>();
            if (int.TryParse(Environment.GetEnvironmentVariable("GROUP_SEED"), out var one))
            {
                seeds.Add(one, 1);
                return seeds;
            }

            var count = int.TryParse(Environment.GetEnvironmentVariable("GROUP_SEEDS"), out var n) ? n : 200;
            for (var block = 0; block < Blocks; block++)
                seeds.Add(1 + block * (count / Blocks), count / Blocks);
            return seeds;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_group_never_contradicts_itself_and_nobody_is_stuck(int firstSeed, int count)
    {
        var commits = 0;
        var generations = 0;
        for (var seed = firstSeed; seed < firstSeed + count; seed++)
        {
            try
            {
                var (committed, told) = Run(seed);
                commits += committed;
                generations += told;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message} (replay: GROUP_SEED={seed})", e);
            }
        }

        Assert.True(commits > 20 * count, $"{commits} commits were acknowledged in {count} seeds");
        Assert.True(generations > 3 * count, $"{generations} generations were told in {count} seeds");
    }

    private static (int Commits, int Generations) Run(int seed)
    {
        var group = new SimulatedGroup(seed);
        var random = group.Random;
        var partitions = 1 + random.Next(6);
        List<SimulatedMember> members =
        [
            .. Enumerable.Range(0, 1 + random.Next(5)).Select(i =>
                new SimulatedMember(group, i, random.Next(3) == 0, random.Next(4) != 0, partitions)),
        ];
        foreach (var member in members)
            group.At(group.Now + random.Next(5_000), member.Start);
        var end = group.Now + FaultyMs;
        while (group.Now < end)
        {
            group.RunUntil(group.Now + 1 + random.Next(3_000));
            Disturb(group, members[random.Next(members.Count)]);
        }

        group.EndLingering();
        group.IsFaulty = false;
        foreach (var member in members.Where(m => !m.IsAlive))
            member.Start();
        group.RunUntil(group.Now + 120_000);
        CheckAllIsWell(group, members, partitions);

        foreach (var member in members)
            member.Leave();
        group.RunUntil(group.Now + 60_000);
        Assert.Empty(group.Unanswered(group.Now));
        group.CheckOffsets();
        return (group.AnsweredCommits, group.Generations);
    }

    private static void Disturb(SimulatedGroup group, SimulatedMember member)
    {
        switch (group.Random.Next(12))
        {
            case 0 or 1:
                group.EndLingering();
                group.Restart();
                break;
            case 2:
                group.EndLingering();
                break;
            case 3 when member.IsAlive:
                member.Crash();
                break;
            case 4 when member.IsAlive:
                member.Leave();
                break;
            case 5 when member.IsAlive:
                member.Rejoin();
                break;
            case 6 or 7 when !member.IsAlive:
                member.Start();
                break;
            case 8:
                group.CheckOffsets();
                break;
        }
    }

    private static void CheckAllIsWell(SimulatedGroup group, List<SimulatedMember> members, int partitions)
    {
        foreach (var member in members)
            Assert.True(member.Assignment is not null, $"a member is stuck; the group is {group.Coordinator.State}");
        Assert.Single(members.Select(m => m.Generation).Distinct());
        Assert.Equal(
            Enumerable.Range(0, partitions), members.SelectMany(m => m.Assignment!.Value).Order());
        Assert.Empty(group.Unanswered(group.Now - 30_000));
    }
}
