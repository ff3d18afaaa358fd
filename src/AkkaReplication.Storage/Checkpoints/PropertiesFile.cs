using AkkaReplication.Logs;

namespace AkkaReplication.Storage.Checkpoints;

/// <summary>The plain part of the Java properties format that Kafka's small files need: "key=value" or "key: value" lines.</summary>
internal static class PropertiesFile
{
    public static Dictionary<string, string> Parse(string content, string path)
    {
        var properties = new Dictionary<string, string>();
        foreach (var raw in content.Split('\n'))
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] is '#' or '!')
                continue;

            var separator = line.IndexOfAny(['=', ':']);
            if (separator <= 0)
                throw CheckpointFile.Malformed(path, $"its line '{line}' is not 'key=value'");
            properties[line[..separator].TrimEnd()] = line[(separator + 1)..].TrimStart();
        }

        return properties;
    }

    /// <exception cref="StorageException">The key is missing.</exception>
    public static string Require(Dictionary<string, string> properties, string key, string path) =>
        properties.TryGetValue(key, out var value)
            ? value
            : throw CheckpointFile.Malformed(path, $"it has no '{key}'");
}
