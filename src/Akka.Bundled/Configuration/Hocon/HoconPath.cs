using System.Text;

namespace Akka.Configuration.Hocon;

/// <summary>Splits dotted paths; a dot inside double quotes belongs to the key.</summary>
internal static class HoconPath
{
    public static string[] Split(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Contains('"') ? SplitQuoted(path) : path.Split('.', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string[] SplitQuoted(string path)
    {
        var keys = new List<string>();
        var key = new StringBuilder();
        var quoted = false;
        foreach (var c in path)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == '.' && !quoted)
            {
                Take();
            }
            else
            {
                key.Append(c);
            }
        }

        Take();
        return [.. keys];

        void Take()
        {
            if (key.Length > 0)
            {
                keys.Add(key.ToString());
                key.Clear();
            }
        }
    }
}
