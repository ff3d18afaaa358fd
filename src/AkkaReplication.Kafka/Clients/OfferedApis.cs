using AkkaReplication.Protocol;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Clients;

/// <summary>Which versions of which requests the broker at the other end of a connection takes.</summary>
internal sealed class OfferedApis(ApiVersionsResponse.ApiVersion[] offered)
{
    private readonly Dictionary<ApiKey, (short Lowest, short Highest)> _offered = Index(offered);

    /// <summary>The highest version that both sides know.</summary>
    /// <param name="lowest">Below which a request cannot say what it has to.</param>
    /// <param name="highest">Above which it cannot, either.</param>
    /// <exception cref="ReplicationException">UNSUPPORTED_VERSION: there is none.</exception>
    public short Choose(ApiKey api, short lowest, short highest)
    {
        KafkaApis.TryGet(api, out var known);
        lowest = Math.Max(lowest, known.Lowest);
        highest = Math.Min(highest, known.Highest);
        if (!_offered.TryGetValue(api, out var offered))
        {
            throw new ReplicationException(
                ErrorCode.UnsupportedVersion,
                $"The broker does not offer {api}; version {lowest} to {highest} is needed.");
        }

        var version = Math.Min(highest, offered.Highest);
        return version >= Math.Max(lowest, offered.Lowest)
            ? version
            : throw new ReplicationException(
                ErrorCode.UnsupportedVersion,
                $"The broker offers {api} versions {offered.Lowest} to {offered.Highest}; {lowest} to {highest} is needed.");
    }

    private static Dictionary<ApiKey, (short Lowest, short Highest)> Index(ApiVersionsResponse.ApiVersion[] offered)
    {
        var index = new Dictionary<ApiKey, (short Lowest, short Highest)>(offered.Length);
        foreach (var api in offered)
            index[(ApiKey)api.ApiKey] = (api.MinVersion, api.MaxVersion);
        return index;
    }
}
