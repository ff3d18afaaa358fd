namespace AkkaReplication.Protocol;

/// <summary>What stands before every request.</summary>
/// <param name="ApiKey">The API; any number, until <see cref="IsSupported"/> says otherwise.</param>
/// <param name="ApiVersion">The version of the request and of its response.</param>
/// <param name="CorrelationId">Any number; the response bears the same.</param>
/// <param name="ClientId">How the client calls itself; null if it does not, or if the request is not supported.</param>
public readonly record struct RequestHeader(ApiKey ApiKey, short ApiVersion, int CorrelationId, string? ClientId)
{
    /// <summary>Whether the body can be read: the API is known, and in that version.</summary>
    public bool IsSupported => KafkaApis.IsSupported(ApiKey, ApiVersion);

    /// <summary>
    /// Reads the header and leaves the reader at the body. Of a request that is not supported only the first three
    /// fields are read, because what follows may have any form.
    /// </summary>
    /// <exception cref="InvalidMessageException">The bytes are no header.</exception>
    public static RequestHeader Read(ref KafkaReader reader)
    {
        reader.Begin("RequestHeader", 1, 1, 2);
        var key = (ApiKey)reader.ReadInt16("apiKey");
        var version = reader.ReadInt16("apiVersion");
        var correlationId = reader.ReadInt32("correlationId");
        if (!KafkaApis.TryGet(key, out var versions) || !versions.Contains(version))
            return new RequestHeader(key, version, correlationId, null);

        // Never compact, not even before a flexible request.
        var clientId = reader.ReadInternedString(flexible: false, nullable: true, "clientId");
        if (versions.IsFlexible(version))
            reader.SkipTags();
        return new RequestHeader(key, version, correlationId, clientId);
    }

    internal void Write(ref KafkaWriter writer)
    {
        writer.Begin("RequestHeader", 1, 1, 2);
        writer.WriteInt16((short)ApiKey);
        writer.WriteInt16(ApiVersion);
        writer.WriteInt32(CorrelationId);
        writer.WriteString(ClientId, flexible: false, nullable: true, "clientId");
        if (KafkaApis.RequestHeaderVersion(ApiKey, ApiVersion) >= 2)
            writer.WriteTagCount(0);
    }
}
