using AkkaReplication.Simulation.Faults;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation;

/// <summary>The simulator as others call it, with nothing but simple types: the gallery does so across assemblies.</summary>
public static class Simulator
{
    /// <summary>Runs one seed.</summary>
    /// <param name="seed">Which.</param>
    /// <param name="profile">The course: empty, or <c>rare-plots</c>.</param>
    /// <returns>Null, or what was broken; the first line names the rule.</returns>
    public static string? FindViolation(long seed, string profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return new SeedRun(seed, course: Courses.Parse(profile)).Run();
    }
}
