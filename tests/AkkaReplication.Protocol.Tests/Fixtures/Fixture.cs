namespace AkkaReplication.Protocol.Tests;

/// <summary>Files that lie beside the tests.</summary>
internal static class Fixture
{
    /// <summary>A file's lines but for empty ones and remarks.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using var text = new StreamReader(typeof(Fixture).Assembly.GetManifestResourceStream(name)!);
        while (text.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
                yield return line;
        }
    }
}
