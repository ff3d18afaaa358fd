using System.Globalization;

namespace AkkaReplication.Protocol.Tests;

/// <summary>
/// The seeds of the random tests: fresh ones in every run, or those that AKKAREPL_PROTOCOL_SEEDS names ("17", "1-50000").
/// </summary>
internal static class Seeds
{
    private const string Variable = "AKKAREPL_PROTOCOL_SEEDS";

    public static IEnumerable<int> Of(int count)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } wanted)
            return Enumerable.Range(Random.Shared.Next(1_000_000_000), count);
        var range = wanted.Split('-').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return Enumerable.Range(range[0], range[^1] - range[0] + 1);
    }

    /// <summary>Runs the test with each seed; a failure says which one it was.</summary>
    public static void Run(int count, Action<Random> test)
    {
        foreach (var seed in Of(count))
        {
            try
            {
                test(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{Variable}={seed} repeats it: {e.Message}", e);
            }
        }
    }
}
