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
        foreach (var (broker, rack) in options.Racks)
        {
            if (broker.Value < 1 || broker.Value > options.Brokers)
                throw Invalid(nameof(options.Racks), $"{broker}: {rack}", $"a broker from 1 to {options.Brokers} (Brokers)");
            if (string.IsNullOrWhiteSpace(rack))
                throw Invalid(nameof(options.Racks), $"{broker}: {rack}", "a rack's name; leave out a broker that has none");
        }
    }

    private static bool IsPath(string? path) =>
        !string.IsNullOrWhiteSpace(path) && !path.Contains('\0', StringComparison.Ordinal);

    private static ReplicationException Invalid(string option, object? value, string accepted) =>
        new(ErrorCode.InvalidConfig, $"{option} is '{value}'; accepted is {accepted}.");
}
