namespace AkkaReplication.Protocol;

/// <summary>The APIs whose messages can be read and written here, and their versions.</summary>
public static partial class KafkaApis
{
    private static readonly ApiVersionRange[] Table = MakeTable();
    private static readonly ApiVersionRange?[] ByKey = MakeByKey();

    /// <summary>Every API, by ascending key. Which of them a broker offers is for the broker to say.</summary>
    public static ReadOnlySpan<ApiVersionRange> All => Table;

    /// <summary>The versions of an API.</summary>
    /// <returns>False if it is not known.</returns>
    public static bool TryGet(ApiKey key, out ApiVersionRange versions)
    {
        var found = (ushort)key < ByKey.Length ? ByKey[(ushort)key] : null;
        versions = found.GetValueOrDefault();
        return found is not null;
    }

    /// <summary>Whether messages of that API and version can be read and written.</summary>
    public static bool IsSupported(ApiKey key, short version) =>
        TryGet(key, out var versions) && versions.Contains(version);

    /// <summary>The version of the header before a request: 2 before a flexible one, else 1.</summary>
    /// <exception cref="ReplicationException">UNSUPPORTED_VERSION.</exception>
    public static short RequestHeaderVersion(ApiKey key, short version) =>
        Require(key, version).IsFlexible(version) ? (short)2 : (short)1;

    /// <summary>
    /// The version of the header before a response: 1 before a flexible one, else 0. ApiVersions always has 0, because
    /// its answer tells which versions there are and must be readable before that is known.
    /// </summary>
    /// <exception cref="ReplicationException">UNSUPPORTED_VERSION.</exception>
    public static short ResponseHeaderVersion(ApiKey key, short version) =>
        Require(key, version).IsFlexible(version) && key != ApiKey.ApiVersions ? (short)1 : (short)0;

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="InvalidMessageException">The bytes are no such request, or there is no such API or version.</exception>
    public static IKafkaRequest ReadRequest(ref KafkaReader reader, ApiKey key, short version) =>
        ReadRequestBody(ref reader, key, version) ?? throw Unknown(key, version, "request");

    /// <summary>Reads the body of a response.</summary>
    /// <exception cref="InvalidMessageException">The bytes are no such response, or there is no such API or version.</exception>
    public static IKafkaResponse ReadResponse(ref KafkaReader reader, ApiKey key, short version) =>
        ReadResponseBody(ref reader, key, version) ?? throw Unknown(key, version, "response");

    private static InvalidMessageException Unknown(ApiKey key, short version, string kind) =>
        new(ErrorCode.UnsupportedVersion, $"{key} {kind}", version, "apiKey", $"{(short)key} is not known");

    private static ApiVersionRange Require(ApiKey key, short version)
    {
        if (TryGet(key, out var versions) && versions.Contains(version))
            return versions;

        throw new ReplicationException(
            ErrorCode.UnsupportedVersion, $"{key} version {version} can be neither read nor written");
    }

    private static ApiVersionRange?[] MakeByKey()
    {
        var byKey = new ApiVersionRange?[(int)Table[^1].Key + 1];
        foreach (var versions in Table)
            byKey[(int)versions.Key] = versions;
        return byKey;
    }
}
