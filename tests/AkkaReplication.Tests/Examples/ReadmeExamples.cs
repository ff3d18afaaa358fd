using System.Runtime.CompilerServices;

namespace AkkaReplication.Tests.Examples;

/// <summary>The examples as README.md shows them, and as they stand in the sources beside this one.</summary>
internal static class ReadmeExamples
{
    private const string Begin = "// README: ";

    /// <summary>The fenced block after the mark <c>&lt;!-- example: NAME --&gt;</c>.</summary>
    public static string[] InReadme(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(SourceDirectory(), "..", "..", "..", "README.md"));
        var mark = Array.IndexOf(lines, $"<!-- example: {name} -->");
        Assert.True(mark >= 0 && lines[mark + 1] == "```csharp", $"README.md has no example '{name}'.");
        return lines.Skip(mark + 2).TakeWhile(line => line != "```").ToArray();
    }

    /// <summary>What stands between the marks of that name, each part moved to the left margin.</summary>
    public static string[] InSource(string name, string file)
    {
        var example = new List<string>();
        var part = new List<string>();
        var isInside = false;
        foreach (var line in File.ReadLines(Path.Combine(SourceDirectory(), file)))
        {
            if (line.Trim() == Begin + name)
            {
                isInside = true;
            }
            else if (line.Trim() == Begin + "end")
            {
                example.AddRange(ToTheLeft(part));
                part.Clear();
                isInside = false;
            }
            else if (isInside)
            {
                part.Add(line);
            }
        }

        return [.. example];
    }

    private static IEnumerable<string> ToTheLeft(List<string> part)
    {
        var margin = part.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return part.Select(line => line.Length == 0 ? line : line[margin..]);
    }

    private static string SourceDirectory([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
