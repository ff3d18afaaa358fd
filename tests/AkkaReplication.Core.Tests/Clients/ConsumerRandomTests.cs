using AkkaReplication.Clients;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>
/// The consumer against brokers that lose requests and answers, repeat answers, break connections and move leaders, all
/// drawn from a seed. CONSUMER_SEEDS sets how many seeds.
/// </summary>
public class ConsumerRandomTests
{
    private const int FaultyMs = 6_000;

    public static IEnumerable<object[]> Seeds =>
        Enumerable.Range(1, int.TryParse(Environment.GetEnvironmentVariable("CONSUMER_SEEDS"), out var n) ? n / 20 : 10)
            .Select(block => new object[] { (block - 1) * 20 });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_record_is_handed_out_once_and_in_order(int firstSeed)
    {
        for (var seed = firstSeed; seed < firstSeed + 20; seed++)
            Named(seed, () => ReadAll(seed));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Seeks_and_pauses_neither_skip_nor_repeat(int firstSeed)
    {
        for (var seed = firstSeed; seed < firstSeed + 20; seed++)
            Named(seed, () => SeekAndPause(seed));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void After_unclean_elections_the_reader_ends_with_what_the_log_holds(int firstSeed)
    {
        for (var seed = firstSeed; seed < firstSeed + 20; seed++)
            Named(seed, () => Truncate(seed));
    }

    private static void ReadAll(int seed)
    {
        var draw = new Random(seed);
        var test = Start(seed, draw, uncleanly: false);
        RunToTheEnd(test);
        for (var i = 0; i < 3; i++)
            Assert.Equal(test.Logs[i].Records, test.Read(i));
    }

    private static void SeekAndPause(int seed)
    {
        var draw = new Random(seed);
        var expected = new Dictionary<TopicPartition, long>();
        var test = Start(seed, draw, uncleanly: false, (test, partition, offset) =>
        {
            var from = expected.GetValueOrDefault(partition);
            Assert.Equal(test.Logs[partition.Partition].Records.First(r => r.Offset >= from).Offset, offset);
            expected[partition] = offset + 1;
            if (draw.Next(30) == 0)
            {
                expected[partition] = draw.Next((int)offset + 1);
                Assert.True(test.Consumer.Seek(partition, expected[partition]));
            }

            if (draw.Next(20) == 0)
                test.Consumer.SetPaused(new TopicPartition(ConsumerUnderTest.Topic, draw.Next(3)), paused: true);
            if (draw.Next(20) == 0)
                test.Network.At(test.Network.Now + draw.Next(300), () => ResumeAll(test));
        });
        test.OnRecord = static (_, _, _) => { };
        ResumeAll(test);
        RunToTheEnd(test);
    }

    private static void ResumeAll(ConsumerUnderTest test) => test.Do(() =>
    {
        for (var i = 0; i < 3; i++)
            test.Consumer.SetPaused(new TopicPartition(ConsumerUnderTest.Topic, i), paused: false);
    });

    private static void Truncate(int seed)
    {
        var draw = new Random(seed);
        var test = Start(seed, draw, uncleanly: true);
        // Something new in every partition, so that what is gone cannot look like the end.
        foreach (var log in test.Logs)
            log.Append([-1, -2], gap: 0);
        RunToTheEnd(test);
        for (var i = 0; i < 3; i++)
        {
            var last = new SortedDictionary<long, long>();
            var stepsBack = 0;
            long position = 0;
            foreach (var (offset, value) in test.Read(i))
            {
                stepsBack += offset < position ? 1 : 0;
                position = offset + 1;
                last[offset] = value;
            }

            var told = test.Observed.Count(o => o is LogTruncationFound found && found.Partition.Partition == i);
            Assert.True(
                stepsBack <= told, $"Partition {i} stepped back {stepsBack} times, {told} truncations were told.");
            foreach (var (offset, value) in test.Logs[i].Records)
                Assert.Equal(value, last[offset]);
        }
    }

    private static ConsumerUnderTest Start(
        int seed, Random draw, bool uncleanly, Action<ConsumerUnderTest, TopicPartition, long>? onRecord = null)
    {
        var test = new ConsumerUnderTest(seed, Settings(draw)) { OnRecord = onRecord ?? (static (_, _, _) => { }) };
        test.Network.Faults = new ModelFaults
        {
            LoseRequest = Some(draw, 0.1),
            LoseAnswer = Some(draw, 0.1),
            RepeatAnswer = Some(draw, 0.3),
            BreakConnection = Some(draw, 0.1),
            RefuseConnection = Some(draw, 0.3),
            RefuseBatch = Some(draw, 0.2),
            MoveLeader = Some(draw, 0.3),
        };
        var beginning = draw.Next(2) == 0 ? 0 : ConsumerClient.Beginning;
        test.Assign((0, beginning), (1, beginning), (2, beginning));
        long next = 0;
        for (var end = test.Network.Now + FaultyMs; test.Network.Now < end;)
        {
            test.IsReading = draw.Next(4) > 0;
            test.Take();
            var log = test.Logs[draw.Next(3)];
            var values = Enumerable.Range(0, 1 + draw.Next(8)).Select(_ => next++).ToArray();
            log.Append(values, gap: draw.Next(5) == 0 ? draw.Next(4) : 0);
            if (test.Network.Chance(test.Network.Faults.MoveLeader))
                Move(test, log, draw, uncleanly && draw.Next(3) == 0);
            test.Network.RunUntil(test.Network.Now + draw.Next(80));
        }

        test.Network.Faults = ModelFaults.None;
        test.IsReading = true;
        test.Take();
        return test;
    }

    private static void Move(ConsumerUnderTest test, ModelLog log, Random draw, bool uncleanly)
    {
        var leader = ConsumerUnderTest.Brokers[draw.Next(3)];
        if (uncleanly)
            log.MoveUncleanlyTo(leader, draw.Next(5), Tail(draw));
        else
            log.MoveTo(leader);
        test.Publish();
    }

    private static long[][] Tail(Random draw) =>
        [.. Enumerable.Range(0, draw.Next(3)).Select(_ => Enumerable.Range(0, 1 + draw.Next(4))
            .Select(_ => -10L - draw.Next(int.MaxValue)).ToArray())];

    private static void RunToTheEnd(ConsumerUnderTest test)
    {
        var atEnd = test.Network.RunUntil(
            () => Enumerable.Range(0, 3).All(i =>
                test.Consumer.Position(new TopicPartition(ConsumerUnderTest.Topic, i)) == test.Logs[i].EndOffset
                && (test.Read(i).Count == 0 || test.Read(i)[^1].Value == test.Logs[i].Records.Last().Value)),
            withinMs: 60_000);
        Assert.True(atEnd, "The ends were not reached.");
        Assert.Empty(test.Failures);
    }

    private static ConsumerSettings Settings(Random draw) => new()
    {
        AutoOffsetReset = AutoOffsetReset.Earliest,
        RequestTimeoutMs = 100 + draw.Next(400),
        FetchMaxWaitMs = draw.Next(200),
        MaxPartitionFetchBytes = draw.Next(2) == 0 ? 150 : 10_000,
        FetchMaxBytes = draw.Next(2) == 0 ? 400 : 100_000,
        HedgeAfterMs = 50 + draw.Next(300),
        RetryBackoffMs = 10 + draw.Next(50),
        RetryBackoffMaxMs = 200,
    };

    private static double Some(Random draw, double most) => draw.Next(2) == 0 ? 0 : draw.NextDouble() * most;

    private static void Named(int seed, Action run)
    {
        try
        {
            run();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
        }
    }
}
