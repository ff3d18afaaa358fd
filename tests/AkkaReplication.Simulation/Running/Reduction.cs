using System.Globalization;
using AkkaReplication.Simulation.Faults;

namespace AkkaReplication.Simulation.Running;

/// <summary>What a run of a seed leaves out of it, so that what is left shows a violation by less.</summary>
internal sealed record Reduction
{
    public static readonly Reduction None = new();

    /// <summary>Numbers of faults that are not done.</summary>
    public IReadOnlySet<int> WithoutFaults { get; init; } = new HashSet<int>();

    /// <summary>The faults are over after so many ms; null for as long as the seed says.</summary>
    public long? FaultyMs { get; init; }

    public int? Producers { get; init; }

    public int? Consumers { get; init; }

    /// <summary>Messages are neither lost nor repeated nor late, unless a fault does it.</summary>
    public bool CalmNetwork { get; init; }

    public Profile Apply(Profile profile)
    {
        profile = profile with
        {
            FaultyMs = Math.Min(profile.FaultyMs, FaultyMs ?? long.MaxValue),
            Producers = Math.Min(profile.Producers, Producers ?? int.MaxValue),
            Consumers = Math.Min(profile.Consumers, Consumers ?? int.MaxValue),
        };
        return CalmNetwork
            ? profile with { SpikeRate = 0, LossRate = 0, DuplicateRate = 0, ReorderRate = 0, LateCopyRate = 0 }
            : profile;
    }

    /// <summary>As options of the command line.</summary>
    public override string ToString()
    {
        var options = new List<string>();
        if (FaultyMs is { } ms)
            options.Add(string.Create(CultureInfo.InvariantCulture, $"--faulty-ms {ms}"));
        if (Producers is { } producers)
            options.Add(string.Create(CultureInfo.InvariantCulture, $"--producers {producers}"));
        if (Consumers is { } consumers)
            options.Add(string.Create(CultureInfo.InvariantCulture, $"--consumers {consumers}"));
        if (CalmNetwork)
            options.Add("--calm-network");
        if (WithoutFaults.Count > 0)
            options.Add($"--without {string.Join(',', WithoutFaults.Order())}");
        return string.Join(' ', options);
    }
}
