using AkkaReplication.Clients;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>
/// The producer against brokers that lose requests and answers, repeat answers, move leaders and refuse batches, all
/// drawn
/// from a seed. PRODUCER_SEEDS sets how many seeds; a seed that fails becomes an InlineData.
/// </summary>
public class ProducerRandomTests
{
    private const int FaultyMs = 6_000;

    public static IEnumerable<object[]> Seeds =>
        Enumerable.Range(1, int.TryParse(Environment.GetEnvironmentVariable("PRODUCER_SEEDS"), out var n) ? n / 20 : 10)
            .Select(block => new object[] { (block - 1) * 20 });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Idempotent_producer_writes_nothing_twice_keeps_order_and_reports_each_record_once(int firstSeed)
    {
        for (var seed = firstSeed; seed < firstSeed + 20; seed++)
            Run(seed, idempotent: true);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plain_producer_reports_each_record_once_and_only_what_is_true(int firstSeed)
    {
        for (var seed = firstSeed; seed < firstSeed + 20; seed++)
            Run(seed, idempotent: false);
    }

    private static void Run(int seed, bool idempotent)
    {
        try
        {
            RunOne(seed, idempotent);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed}, idempotent {idempotent}: {e.Message}", e);
        }
    }

    private static void RunOne(int seed, bool idempotent)
    {
        var draw = new Random(seed);
        var settings = new ProducerSettings
        {
            EnableIdempotence = idempotent,
            BatchSize = 60 + draw.Next(200),
            LingerMs = draw.Next(3) * 5,
            MaxInFlight = idempotent ? 1 + draw.Next(5) : 1 + draw.Next(8),
            RequestTimeoutMs = 100 + draw.Next(400),
            DeliveryTimeoutMs = draw.Next(3) == 0 ? 700 + draw.Next(1_000) : 20_000,
            BufferMemory = draw.Next(2) == 0 ? 600 : 100_000,
            MaxRequestSize = 500,
            MaxBlockMs = draw.Next(2) == 0 ? 300 : 60_000,
            HedgeAfterMs = 50 + draw.Next(300),
            RetryBackoffMs = 10 + draw.Next(50),
            RetryBackoffMaxMs = 200,
        };
        var test = new ProducerUnderTest(seed, settings);
        test.Network.Faults = Draw(draw);
        test.Cluster.KeepMovingLeadersUntil(test.Network.Now + FaultyMs);

        var end = test.Network.Now + FaultyMs;
        while (test.Network.Now < end)
        {
            for (var i = draw.Next(6); i > 0; i--)
                test.Append(draw.Next(3), padding: draw.Next(30));
            test.Network.RunUntil(test.Network.Now + draw.Next(60));
        }

        test.Network.Faults = ModelFaults.None;
        Assert.True(
            test.RunUntilReported(), $"{test.AppendedCount - test.Reports.Count()} records were never reported.");
        CheckItGoesOn(test);
        // Late copies of what was given up must have had their chance to arrive.
        test.Network.RunUntil(test.Network.Now + 10_000);
        test.CheckTheBook(idempotent);
        Assert.Equal(0, test.Producer.BufferedBytes);
    }

    private static void CheckItGoesOn(ProducerUnderTest test)
    {
        // A call that was lost blocks its connection until its time-out.
        test.Network.RunUntil(test.Network.Now + 2_000);
        var last = Enumerable.Range(0, 3).Select(partition => test.Append(partition).Id).ToArray();
        Assert.True(test.RunUntilReported(5_000), "Records after the faults were not reported.");
        Assert.All(last, id => Assert.Equal(ErrorCode.None, test[id].Error));
    }

    private static ModelFaults Draw(Random draw)
    {
        double Some(double most) => draw.Next(2) == 0 ? 0 : draw.NextDouble() * most;
        return new ModelFaults
        {
            LoseRequest = Some(0.1),
            LoseAnswer = Some(0.1),
            RepeatAnswer = Some(0.3),
            BreakConnection = Some(0.1),
            RefuseConnection = Some(0.3),
            StallConnection = Some(0.05),
            LateCopies = Some(1),
            RefuseBatch = Some(0.2),
            UnknownOutcome = Some(0.2),
            MoveLeader = Some(0.3),
        };
    }
}
