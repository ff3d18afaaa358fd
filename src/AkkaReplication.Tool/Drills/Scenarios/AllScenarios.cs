namespace AkkaReplication.Tool.Drills.Scenarios;

/// <summary>The scenarios by name, in the order they are told.</summary>
internal static class AllScenarios
{
    public const string Default = "leader-crash";
    public const string Every = "all";

    private static readonly Scenario[] Known =
        [new LeaderCrash(), new FollowerLag(), new IsrExhausted(), new IsrExhaustedUnclean(), new ClusterRestart()];

    public static IEnumerable<string> Names => Known.Select(scenario => scenario.Name);

    /// <exception cref="ToolException">There is none of that name.</exception>
    public static IReadOnlyList<Scenario> Named(string name)
    {
        var chosen = name == Every ? Known : Known.Where(scenario => scenario.Name == name).ToArray();
        return chosen.Length > 0
            ? chosen
            : throw new ToolException($"unknown scenario '{name}'; known are {string.Join(", ", Names)} and {Every}");
    }
}
