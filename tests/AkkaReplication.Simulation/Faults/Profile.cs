using System.Collections.Immutable;
using AkkaReplication.Simulation.Running;
using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Faults;

/// <summary>One seed's cluster, settings and rates of faults, drawn so that some seeds are calm and some are brutal.</summary>
internal sealed record Profile
{
    public required int Brokers { get; init; }

    public required bool Fsync { get; init; }

    /// <summary>Real storage over a simulated file system instead of logs in memory.</summary>
    public required bool RealStorage { get; init; }

    public required long FaultyMs { get; init; }

    public required long LagMs { get; init; }

    public required long SessionMs { get; init; }

    public required long HeartbeatMs { get; init; }

    public required int FetchWaitMs { get; init; }

    public required long MinDelayUs { get; init; }

    public required long MaxDelayUs { get; init; }

    public required double SpikeRate { get; init; }

    public required long SpikeUs { get; init; }

    public required double LossRate { get; init; }

    public required double DuplicateRate { get; init; }

    public required double ReorderRate { get; init; }

    public required double LateCopyRate { get; init; }

    /// <summary>Mean time between two faults of the nemesis.</summary>
    public required long FaultEveryMs { get; init; }

    /// <summary>Clocks run faster or slower by up to that share.</summary>
    public required double Drift { get; init; }

    public required int Producers { get; init; }

    public required int Consumers { get; init; }

    public required int Topics { get; init; }

    public required int Partitions { get; init; }

    /// <summary>How many brokers have a partition.</summary>
    public required short Replicas { get; init; }

    /// <summary>Mean time between two records of one producer.</summary>
    public required long RecordEveryMs { get; init; }

    /// <summary>A topic that may elect uncleanly is among them.</summary>
    public required bool UncleanTopic { get; init; }

    /// <summary>Topics that lose what is old.</summary>
    public required bool Retention { get; init; }

    /// <summary>Leaderships go back to preferred replicas by themselves.</summary>
    public required bool Rebalances { get; init; }

    /// <summary>Several brokers may lose data at once: what is lost then is excused, but nothing else.</summary>
    public required bool Catastrophic { get; init; }

    /// <summary>How many metadata records a controller keeps for those who are behind.</summary>
    public required int KeepMetadataRecords { get; init; }

    /// <summary>What the nemesis tries again and again in this seed, beside all the rest; empty in most seeds.</summary>
    public ImmutableArray<FaultKind> Plots { get; init; } = [];

    /// <summary>How often a read for a follower takes long.</summary>
    public double SlowReadRate { get; init; } = 0.02;

    public long SlowReadUs { get; init; } = 100_000;

    /// <summary>What is old is looked for all the time, in segments of a batch or two.</summary>
    public bool TinySegments { get; init; }

    private static readonly ImmutableArray<FaultKind> AllPlots =
    [
        FaultKind.LeadersAlone,
        FaultKind.ProposalsEchoed,
        FaultKind.LeaderUnheard,
        FaultKind.ConsumersLeftBehind,
        FaultKind.FlushFailedThenPowerLoss,
        FaultKind.PowerLossAfterCheckpoint,
        FaultKind.TailDamaged,
    ];

    /// <summary>The same, or in some seeds one with plots. Their chance is their own: the others are what they were without.</summary>
    public Profile WithPlots(Chance chance)
    {
        if (!chance.Hits(0.25))
            return this;

        var first = chance.Pick(AllPlots);
        var plots = ImmutableArray.Create(first, chance.Hits(0.5) ? first : chance.Pick(AllPlots));
        var hasTinySegments = chance.Hits(0.4);
        return this with
        {
            Plots = plots,
            FaultEveryMs = chance.Hits(0.6) ? 4 * FaultEveryMs : FaultEveryMs,
            Catastrophic = Catastrophic || (plots.Contains(FaultKind.LeadersAlone) && chance.Hits(0.4)),
            UncleanTopic = UncleanTopic || plots.Contains(FaultKind.ConsumersLeftBehind),
            SlowReadRate = chance.Hits(0.5) ? 0.2 : SlowReadRate,
            SlowReadUs = chance.Between(100_000L, 400_000),
            TinySegments = hasTinySegments,
            Retention = Retention || hasTinySegments,
        };
    }

    private static readonly ImmutableArray<FaultKind> RarePlots = [FaultKind.HistoriesDrivenApart, FaultKind.RequestsHeldBack];

    /// <summary>The same with a plot that takes so long, or needs so much, that it leaves no room for others.</summary>
    public Profile WithRarePlot(Chance chance)
    {
        // What is excused where everything may be lost would be excused of a request that was held back, too.
        var plot = chance.Pick(RarePlots);
        var losesAll = plot == FaultKind.HistoriesDrivenApart;
        return this with
        {
            Plots = [plot],
            FaultEveryMs = 3 * FaultEveryMs,
            Fsync = Fsync && !losesAll,
            Catastrophic = losesAll,
            UncleanTopic = UncleanTopic && losesAll,
            Producers = 4,
        };
    }

    /// <summary>Whether seeds of that course ever have the fault.</summary>
    public static bool Has(Course course, FaultKind kind) => course == Course.RarePlots ? !AllPlots.Contains(kind) : !RarePlots.Contains(kind);

    public static Profile Draw(Chance chance)
    {
        var harshness = chance.NextDouble();
        var minDelayUs = chance.Between(50L, 2_000);
        var sessionMs = chance.Between(800L, 4_000);
        var brokers = chance.Hits(0.7) ? 3 : chance.Between(4, 5);
        return new Profile
        {
            Brokers = brokers,
            Replicas = (short)(chance.Hits(0.5) ? brokers : 3),
            Fsync = chance.Hits(0.35),
            RealStorage = chance.Hits(0.36),
            FaultyMs = chance.Between(50_000L, 70_000),
            LagMs = chance.Between(400L, 2_500),
            SessionMs = sessionMs,
            HeartbeatMs = Math.Max(100, sessionMs / chance.Between(4, 8)),
            FetchWaitMs = chance.Between(100, 600),
            MinDelayUs = minDelayUs,
            MaxDelayUs = minDelayUs + chance.Between(100L, 5_000),
            SpikeRate = chance.Hits(0.8) ? 0.02 * chance.NextDouble() * harshness : 0.0005,
            SpikeUs = chance.Between(50_000L, 1_500_000),
            LossRate = chance.Hits(0.7) ? 0.03 * chance.NextDouble() * harshness : 0.0005,
            DuplicateRate = chance.Hits(0.7) ? 0.05 * chance.NextDouble() * harshness : 0.0005,
            ReorderRate = chance.Hits(0.7) ? 0.5 * chance.NextDouble() : 0.01,
            LateCopyRate = chance.Hits(0.7) ? 0.02 * chance.NextDouble() * harshness : 0.0005,
            FaultEveryMs = (long)(500 + (2_000 * (1 - harshness)) + chance.Next(500)),
            Drift = chance.Hits(0.5) ? 0.02 * chance.NextDouble() : 0,
            Producers = chance.Between(2, 4),
            Consumers = chance.Between(1, 2),
            Topics = chance.Between(1, 2),
            Partitions = chance.Between(1, 3),
            RecordEveryMs = chance.Between(60L, 200),
            UncleanTopic = chance.Hits(0.25),
            Retention = chance.Hits(0.3),
            Rebalances = chance.Hits(0.4),
            Catastrophic = chance.Hits(0.06),
            KeepMetadataRecords = chance.Hits(0.3) ? chance.Between(5, 60) : 100_000,
        };
    }
}
