using AkkaReplication.Configuration;

namespace AkkaReplication;

/// <summary>Refuses options that cannot work, naming the option, its value and what is accepted.</summary>
internal static class EmbeddedClusterValidation
{
    public static void Check(EmbeddedClusterOptions options)
    {
        if (string.IsNullOrEmpty(options.Name) || !options.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw Invalid("Name", options.Name, "letters, digits, '-' and '_', at least one");
        if (options.Brokers is < 1 or > 1000)
            throw Invalid("Brokers", options.Brokers, "1 to 1000");
        if (string.IsNullOrWhiteSpace(options.DataDirectory))
            throw Invalid("DataDirectory", options.DataDirectory, "a path");
        if (options.StartTimeout <= TimeSpan.Zero)
            throw Invalid("StartTimeout", options.StartTimeout, "more than zero");
        ReplicationConfiguration.Validate(options.Settings);
    }

    private static ReplicationException Invalid(string option, object? value, string accepted) =>
        new(ErrorCode.InvalidConfig, $"{option} is '{value}'; accepted is {accepted}.");
}
