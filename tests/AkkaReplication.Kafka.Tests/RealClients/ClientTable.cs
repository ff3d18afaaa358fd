using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>What real clients did in this test run: the table in README.md.</summary>
internal static class ClientTable
{
    private const string Begin = "<!-- clients: begin -->";
    private const string End = "<!-- clients: end -->";

    private static readonly ConcurrentDictionary<MethodInfo, bool> Passed = new();

    private static readonly ILookup<(string Client, string Feature), MethodInfo> Tests = (
        from type in typeof(ClientTable).Assembly.GetTypes()
        from test in type.GetMethods()
        let fact = test.GetCustomAttribute<ClientFactAttribute>()
        where fact is not null
        from feature in fact.Features
        select (Cell: (fact.Client, feature), test)).ToLookup(pair => pair.Cell, pair => pair.test);

    /// <summary>A test has ended.</summary>
    public static void Ran(MethodInfo test, bool passed) => Passed[test] = passed;

    /// <summary>Whether all clients are installed, and all their tests have run.</summary>
    public static bool IsWhole => Tests.All(cell => cell.All(Passed.ContainsKey));

    /// <summary>
    /// The table by this run. A cell whose tests did not all run, as the client is not installed or only some tests were
    /// asked for, is as in <paramref name="shown"/>.
    /// </summary>
    public static string[] FromRun(string[] shown)
    {
        return
        [
            $"| | {string.Join(" | ", RealClient.All)} |",
            $"|---|{string.Concat(RealClient.All.Select(_ => "---|"))}",
            .. Feature.All.Select(Row),
        ];

        string Row(string feature) =>
            $"| {feature} | {string.Join(" | ", RealClient.All.Select(client => Cell(client, feature)))} |";

        string Cell(string client, string feature)
        {
            var tests = Tests[(client, feature)].ToArray();
            if (tests.All(Passed.ContainsKey))
                return tests.Length > 0 && tests.All(test => Passed[test]) ? "yes" : "";
            var row = shown.FirstOrDefault(line => line.StartsWith($"| {feature} |", StringComparison.Ordinal));
            return row?.Split('|')[Array.IndexOf(RealClient.All, client) + 2].Trim() ?? "";
        }
    }

    /// <summary>The table as README.md has it.</summary>
    public static string[] FromReadme() => Readme().Table;

    /// <summary>Puts another table there.</summary>
    public static void WriteToReadme(string[] table)
    {
        var (before, _, after) = Readme();
        File.WriteAllText(ReadmePath(), string.Concat(((string[])[.. before, .. table, .. after]).Select(line => line + "\n")));
    }

    private static (string[] Before, string[] Table, string[] After) Readme()
    {
        var lines = File.ReadAllLines(ReadmePath());
        var (begin, end) = (Array.IndexOf(lines, Begin), Array.IndexOf(lines, End));
        Assert.True(begin >= 0 && end > begin, $"README.md has no table between {Begin} and {End}.");
        return (lines[..(begin + 1)], lines[(begin + 1)..end], lines[end..]);
    }

    private static string ReadmePath([CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "README.md");
}
