using System.Globalization;

namespace AkkaReplication.History.Tests.Random;

/// <summary>
/// The seeds of a random suite: fresh ones in every run, or those that an environment variable names ("17", "1-50000").
/// </summary>
internal static class Seeds
{
    public const string Variable = "AKKAREPL_HISTORY_SEEDS";

    public static IEnumerable<int> Of(int count)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } wanted)
            return Enumerable.Range(System.Random.Shared.Next(1_000_000_000), count);
        var range = wanted.Split('-').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return Enumerable.Range(range[0], range[^1] - range[0] + 1);
    }

    public static string Replay(int seed) => $"seed {seed}: {Variable}={seed} repeats it";
}
