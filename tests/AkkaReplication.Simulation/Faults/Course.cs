namespace AkkaReplication.Simulation.Faults;

/// <summary>What sort of trouble the seeds of a run have. The same seed is another run in another course.</summary>
internal enum Course
{
    /// <summary>Everything by chance, and in some seeds plots beside it.</summary>
    Usual,

    /// <summary>In every seed a plot that takes most of its time, and fewer other faults.</summary>
    RarePlots,
}

/// <summary>Courses as they are written.</summary>
internal static class Courses
{
    public const string RarePlots = "rare-plots";

    /// <exception cref="ArgumentException">No course is called that.</exception>
    public static Course Parse(string name) => name switch
    {
        "" => Course.Usual,
        RarePlots => Course.RarePlots,
        _ => throw new ArgumentException($"The simulator has no course '{name}', only '{RarePlots}' and, without a name, the usual one.", nameof(name)),
    };
}
