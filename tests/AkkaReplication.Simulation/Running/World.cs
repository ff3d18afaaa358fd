using AkkaReplication.Simulation.Faults;
using AkkaReplication.Simulation.Network;
using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Running;

/// <summary>What everything in one seed shares: time, chance, network, and who counts and traces.</summary>
internal sealed class World
{
    public World(long seed, TextWriter? trace, Reduction reduction, Course course)
    {
        var chance = new Chance((ulong)seed);
        Seed = seed;
        Trace = new Trace(Time, trace);
        Plots = new Chance(~(ulong)seed);
        Profile = reduction.Apply(course == Course.RarePlots
            ? Profile.Draw(chance.Fork()).WithRarePlot(Plots.Fork())
            : Profile.Draw(chance.Fork()).WithPlots(Plots.Fork()));
        if (Profile.Drift > 0)
        {
            Tally.Tried(FaultKind.ClockDrift);
            Tally.Effective(FaultKind.ClockDrift);
        }

        Scheduling = chance.Fork();
        Workload = chance.Fork();
        Nemesis = chance.Fork();
        Disks = chance.Fork();
        Identities = chance.Fork();
        Network = new SimulatedNetwork(this, chance.Fork());
    }

    public long Seed { get; }

    public VirtualTime Time { get; } = new();

    public Trace Trace { get; }

    public Tally Tally { get; } = new();

    public Profile Profile { get; }

    public SimulatedNetwork Network { get; }

    /// <summary>How long things take.</summary>
    public Chance Scheduling { get; }

    /// <summary>What clients do.</summary>
    public Chance Workload { get; }

    /// <summary>What goes wrong.</summary>
    public Chance Nemesis { get; }

    /// <summary>What goes wrong in a certain order.</summary>
    public Chance Plots { get; }

    public Chance Disks { get; }

    public Chance Identities { get; }

    /// <summary>Whether things still go wrong.</summary>
    public bool HasFaults { get; set; } = true;
}
