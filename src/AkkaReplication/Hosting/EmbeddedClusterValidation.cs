using AkkaReplication.Configuration;

namespace AkkaReplication;

/// <summary>
/// Refuses options that cannot work, naming the option, its value and what is accepted. Settings have rules of their own
/// (<see cref="ReplicationConfiguration"/>).
/// </summary>
internal static class EmbeddedClusterValidation
{
    public static void Check(EmbeddedClusterOptions options)
    {
        if (string.IsNullOrEmpty(options.Name) || !options.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw Invalid(nameof(options.Name), options.Name, "letters, digits, '-' and '_', at least one");
        if (options.Brokers is < 1 or > 1000)
            throw Invalid(nameof(options.Brokers), options.Brokers, "1 to 1000");
        if (!IsPath(options.DataDirectory))
            throw Invalid(nameof(options.DataDirectory), options.DataDirectory, "a path");
        if (options.HoconFile is { } file && !IsPath(file))
            throw Invalid(nameof(options.HoconFile), file, "a path");
        if (options.StartTimeout <= TimeSpan.Zero || options.StartTimeout.TotalMilliseconds > int.MaxValue)
            throw Invalid(nameof(options.StartTimeout), options.StartTimeout, "more than zero, at most 24 days");
        if (options.LogDirsPerBroker is < 1 or > 100)
            throw Invalid(nameof(options.LogDirsPerBroker), options.LogDirsPerBroker, "1 to 100");
        foreach (var (broker, dirs) in options.LogDirs)
        {
            if (broker.Value < 1 || broker.Value > options.Brokers)
                throw Invalid(nameof(options.LogDirs), $"{broker}: ...", $"a broker from 1 to {options.Brokers} (Brokers)");
            if (dirs is null || dirs.Count == 0 || !dirs.All(IsPath))
                throw Invalid(nameof(options.LogDirs), $"{broker}: {string.Join(", ", dirs ?? [])}", "one path or more");
        }

        foreach (var (broker, rack) in options.Racks)
        {
            if (broker.Value < 1 || broker.Value > options.Brokers)
                throw Invalid(nameof(options.Racks), $"{broker}: {rack}", $"a broker from 1 to {options.Brokers} (Brokers)");
            if (string.IsNullOrWhiteSpace(rack))
                throw Invalid(nameof(options.Racks), $"{broker}: {rack}", "a rack's name; leave out a broker that has none");
        }
    }

    /// <summary>No log directory may be another one, or lie within one: each has a lock and an identity of its own.</summary>
    public static void CheckLogDirs(EmbeddedClusterOptions options)
    {
        var taken = new List<(string Owner, string Path)>
        {
            ("the controller", Below(Path.Combine(options.DataDirectory, ClusterDirectory.Name))),
        };
        foreach (var broker in Enumerable.Range(1, options.Brokers).Select(id => new BrokerId(id)))
        {
            foreach (var dir in options.LogDirsOf(broker))
            {
                var path = Below(dir);
                var other = taken.FirstOrDefault(t => IsWithin(t.Path, path) || IsWithin(path, t.Path));
                if (other.Path is not null)
                {
                    throw Invalid(
                        nameof(options.LogDirs), $"{broker}: {dir}", $"a directory apart from that of {other.Owner}, {other.Path}");
                }

                taken.Add(($"broker {broker}", path));
            }
        }
    }

    // With its separator, so that data-2 does not lie within data.
    private static string Below(string path) => Path.TrimEndingDirectorySeparator(path) + Path.DirectorySeparatorChar;

    private static bool IsWithin(string path, string other) => path.StartsWith(
        other, OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private static bool IsPath(string? path) =>
        !string.IsNullOrWhiteSpace(path) && !path.Contains('\0', StringComparison.Ordinal);

    private static ReplicationException Invalid(string option, object? value, string accepted) =>
        new(ErrorCode.InvalidConfig, $"{option} is '{value}'; accepted is {accepted}.");
}
