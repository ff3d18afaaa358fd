using System.Globalization;
using AkkaReplication.Configuration;
using Microsoft.Extensions.Configuration;

namespace AkkaReplication;

/// <summary>
/// Reads options from a section of a host's configuration. Refuses what it does not understand, as HOCON is read: a
/// misspelt key is an error, not a default.
/// </summary>
internal static class EmbeddedClusterConfiguration
{
    private static readonly string[] Keys =
    [
        nameof(EmbeddedClusterOptions.Name),
        nameof(EmbeddedClusterOptions.Brokers),
        nameof(EmbeddedClusterOptions.DataDirectory),
        nameof(EmbeddedClusterOptions.LogDirsPerBroker),
        nameof(EmbeddedClusterOptions.LogDirs),
        nameof(EmbeddedClusterOptions.FormatEmptyDirectory),
        nameof(EmbeddedClusterOptions.Racks),
        nameof(EmbeddedClusterOptions.HoconFile),
        nameof(EmbeddedClusterOptions.Hocon),
        nameof(EmbeddedClusterOptions.StartTimeout),
        nameof(EmbeddedClusterOptions.Settings),
    ];

    public static void Read(IConfiguration section, EmbeddedClusterOptions options)
    {
        foreach (var entry in section.GetChildren())
        {
            var key = Keys.FirstOrDefault(known => known.Equals(entry.Key, StringComparison.OrdinalIgnoreCase))
                ?? throw Unknown(entry, Keys);
            Read(key, entry, options);
        }
    }

    private static void Read(string key, IConfigurationSection entry, EmbeddedClusterOptions options)
    {
        switch (key)
        {
            case nameof(EmbeddedClusterOptions.Name):
                options.Name = Text(entry);
                break;
            case nameof(EmbeddedClusterOptions.Brokers):
                options.Brokers = int.TryParse(Text(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var brokers)
                    ? brokers
                    : throw Invalid(entry, "1 to 1000");
                break;
            case nameof(EmbeddedClusterOptions.DataDirectory):
                options.DataDirectory = Text(entry);
                break;
            case nameof(EmbeddedClusterOptions.LogDirsPerBroker):
                options.LogDirsPerBroker =
                    int.TryParse(Text(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var logDirs)
                        ? logDirs
                        : throw Invalid(entry, "1 to 100");
                break;
            case nameof(EmbeddedClusterOptions.LogDirs):
                options.LogDirs = entry.GetChildren().ToDictionary(
                    BrokerOf, IReadOnlyList<string> (dirs) => [.. dirs.GetChildren().Select(Text)]);
                break;
            case nameof(EmbeddedClusterOptions.FormatEmptyDirectory):
                options.FormatEmptyDirectory = bool.TryParse(Text(entry), out var format)
                    ? format
                    : throw Invalid(entry, "true or false");
                break;
            case nameof(EmbeddedClusterOptions.Racks):
                options.Racks = entry.GetChildren().ToDictionary(BrokerOf, Text);
                break;
            case nameof(EmbeddedClusterOptions.HoconFile):
                options.HoconFile = Text(entry);
                break;
            case nameof(EmbeddedClusterOptions.Hocon):
                options.Hocon = Text(entry);
                break;
            case nameof(EmbeddedClusterOptions.StartTimeout):
                options.StartTimeout = Quantities.TryParse(Text(entry), Unit.Milliseconds, out var timeout)
                    ? TimeSpan.FromMilliseconds(timeout)
                    : throw Invalid(entry, "a duration (such as 500ms, 30s, 5m; a bare number is ms)");
                break;
            case nameof(EmbeddedClusterOptions.Settings):
                ReadSettings(entry, "", options);
                break;
        }
    }

    /// <summary>
    /// Kafka's keys, whole ("replica.lag.time.max.ms") or in parts ("replica": { "lag.time.max.ms": ... }), which is how
    /// environment variables can say them.
    /// </summary>
    private static void ReadSettings(IConfigurationSection section, string prefix, EmbeddedClusterOptions options)
    {
        foreach (var entry in section.GetChildren())
        {
            var key = prefix + entry.Key.ToLowerInvariant();
            if (entry.Value is { } value)
                options.Set(new WrittenSetting(key, value, section.Path));
            ReadSettings(entry, key + ".", options);
        }
    }

    private static BrokerId BrokerOf(IConfigurationSection rack) =>
        int.TryParse(rack.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new BrokerId(id)
            : throw Invalid(rack, "a broker's number as key");

    private static string Text(IConfigurationSection entry) =>
        entry.Value ?? throw Invalid(entry, "a single value, not a section");

    private static ReplicationException Unknown(IConfigurationSection entry, IEnumerable<string> known)
    {
        var hint = SettingsTable.Find(entry.Key.ToLowerInvariant()) is { } setting
            ? $"'{setting.Key}' stands inside {nameof(EmbeddedClusterOptions.Settings)}"
            : ReplicationConfiguration.DidYouMean(entry.Key, known, $"known are {string.Join(", ", known)}");
        return new ReplicationException(ErrorCode.InvalidConfig, $"{entry.Path} = {entry.Value}: unknown key; {hint}");
    }

    private static ReplicationException Invalid(IConfigurationSection entry, string accepted) =>
        new(ErrorCode.InvalidConfig, $"{entry.Path} = {entry.Value}; accepted is {accepted}");
}
