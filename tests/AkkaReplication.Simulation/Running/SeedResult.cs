namespace AkkaReplication.Simulation.Running;

/// <summary>What came of one seed.</summary>
/// <param name="Violation">Null, or what was broken; the first line names the rule.</param>
internal sealed record SeedResult(long Seed, string? Violation, Tally Tally)
{
    /// <summary>"I17" of "I17: broker 1 ...".</summary>
    public static string RuleOf(string violation) => violation.Split(':', 2)[0];
}
