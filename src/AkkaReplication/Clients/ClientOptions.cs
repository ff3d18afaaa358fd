using System.Collections.Immutable;
using System.Globalization;
using AkkaReplication.Clients;

namespace AkkaReplication;

/// <summary>What all clients are told; names and defaults are Kafka's. Times in ms, sizes in bytes.</summary>
public abstract class ClientOptions
{
    /// <summary>client.id: names the client in logs; letters, digits, '.', '_' and '-'.</summary>
    public string ClientId { get; set; } = "client";

    /// <summary>request.timeout.ms: a broker that does not answer for that long is taken for gone. 1 or more.</summary>
    public int RequestTimeoutMs { get; set; } = 30_000;

    /// <summary>retry.backoff.ms: pause before a first repetition. 0 or more.</summary>
    public int RetryBackoffMs { get; set; } = 100;

    /// <summary>retry.backoff.max.ms: the pause doubles up to this. 0 or more.</summary>
    public int RetryBackoffMaxMs { get; set; } = 1_000;

    /// <summary>reconnect.backoff.ms: pause after a lost connection. 0 or more.</summary>
    public int ReconnectBackoffMs { get; set; } = 50;

    /// <summary>reconnect.backoff.max.ms: the pause doubles up to this. 0 or more.</summary>
    public int ReconnectBackoffMaxMs { get; set; } = 1_000;

    /// <summary>
    /// metadata.max.age.ms: metadata is asked for again after that time even without an error. 1 or more.
    /// </summary>
    public int MetadataMaxAgeMs { get; set; } = 300_000;

    /// <summary>Sets an option by its Kafka name.</summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG: there is no such option, or the text is no value of
    /// it.</exception>
    public virtual void Set(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        switch (key)
        {
            case "client.id":
                ClientId = value;
                break;
            case "request.timeout.ms":
                RequestTimeoutMs = Int32(key, value);
                break;
            case "retry.backoff.ms":
                RetryBackoffMs = Int32(key, value);
                break;
            case "retry.backoff.max.ms":
                RetryBackoffMaxMs = Int32(key, value);
                break;
            case "reconnect.backoff.ms":
                ReconnectBackoffMs = Int32(key, value);
                break;
            case "reconnect.backoff.max.ms":
                ReconnectBackoffMaxMs = Int32(key, value);
                break;
            case "metadata.max.age.ms":
                MetadataMaxAgeMs = Int32(key, value);
                break;
            default:
                throw Invalid(key, value, $"{GetType().Name} has no such option");
        }
    }

    private protected void CheckCommon()
    {
        if (ClientId is null or { Length: > 200 } || !ClientId.All(IsPlain))
        {
            throw Invalid(
                "client.id", ClientId ?? "null", "up to 200 ASCII letters, digits, '.', '_' and '-' are accepted");
        }

        Range("request.timeout.ms", RequestTimeoutMs, 1, int.MaxValue);
        Range("retry.backoff.ms", RetryBackoffMs, 0, int.MaxValue);
        Range("retry.backoff.max.ms", RetryBackoffMaxMs, 0, int.MaxValue);
        Range("reconnect.backoff.ms", ReconnectBackoffMs, 0, int.MaxValue);
        Range("reconnect.backoff.max.ms", ReconnectBackoffMaxMs, 0, int.MaxValue);
        Range("metadata.max.age.ms", MetadataMaxAgeMs, 1, int.MaxValue);
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-';

    private protected T With<T>(T settings, ImmutableArray<BrokerId> bootstrap)
        where T : ClientSettings => settings with
        {
            ClientId = ClientId,
            Bootstrap = bootstrap,
            RequestTimeoutMs = RequestTimeoutMs,
            RetryBackoffMs = RetryBackoffMs,
            RetryBackoffMaxMs = RetryBackoffMaxMs,
            ReconnectBackoffMs = ReconnectBackoffMs,
            ReconnectBackoffMaxMs = ReconnectBackoffMaxMs,
            MetadataMaxAgeMs = MetadataMaxAgeMs,
        };

    private protected static void Range(string key, long value, long least, long greatest)
    {
        if (value < least || value > greatest)
            throw Invalid(key, value.ToString(CultureInfo.InvariantCulture), $"{least} to {greatest} is accepted");
    }

    private protected static int Int32(string key, string value) =>
        int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Invalid(key, value, "a whole number is accepted");

    private protected static long Int64(string key, string value) =>
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Invalid(key, value, "a whole number is accepted");

    private protected static bool Boolean(string key, string value) =>
        bool.TryParse(value, out var yes) ? yes : throw Invalid(key, value, "true or false is accepted");

    private protected static ReplicationException Invalid(string key, string value, string accepted) =>
        new(ErrorCode.InvalidConfig, $"{key} = {value}: {accepted}.");
}

/// <summary>What an administrative client is told.</summary>
public sealed class AdminOptions : ClientOptions
{
    /// <summary>default.api.timeout.ms: how long a call may take with all its repetitions. 1 or more.</summary>
    public int DefaultApiTimeoutMs { get; set; } = 60_000;

    /// <inheritdoc/>
    public override void Set(string key, string value)
    {
        if (key == "default.api.timeout.ms")
            DefaultApiTimeoutMs = Int32(key, value);
        else
            base.Set(key, value);
    }

    internal AdminSettings ToSettings(ImmutableArray<BrokerId> bootstrap)
    {
        CheckCommon();
        Range("default.api.timeout.ms", DefaultApiTimeoutMs, 1, int.MaxValue);
        return With(new AdminSettings(), bootstrap);
    }
}
