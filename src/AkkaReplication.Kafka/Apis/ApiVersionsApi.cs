using System.Text.RegularExpressions;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>
/// ApiVersions (KIP-511): which requests a client may send. Names no features: there is none that a client would have to
/// know of.
/// </summary>
internal sealed partial class ApiVersionsApi() : KafkaApi<Messages.ApiVersionsRequest>(ApiKey.ApiVersions, 0, 4)
{
    /// <summary>
    /// The answer to a version that is not offered: in version 0, which every client reads, with the one entry that tells
    /// it what to ask in.
    /// </summary>
    public static Messages.ApiVersionsResponse Unsupported() => new()
    {
        ErrorCode = ErrorCode.UnsupportedVersion,
        ApiKeys = [Entry(ApiKey.ApiVersions, 0, 4)],
    };

    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.ApiVersionsRequest request)
    {
        if (exchange.Version >= 3
            && !(SoftwareName().IsMatch(request.ClientSoftwareName) && SoftwareName().IsMatch(request.ClientSoftwareVersion)))
        {
            exchange.Answer(new Messages.ApiVersionsResponse { ErrorCode = ErrorCode.InvalidRequest });
            return;
        }

        exchange.Answer(new Messages.ApiVersionsResponse
        {
            ApiKeys = [.. ApiTable.All.Select(api => Entry(api.Key, api.Offered.Lowest, api.Offered.Highest))],
        });
    }

    private static Messages.ApiVersionsResponse.ApiVersion Entry(ApiKey key, short lowest, short highest) =>
        new() { ApiKey = (short)key, MinVersion = lowest, MaxVersion = highest };

    [GeneratedRegex(@"^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?\z")]
    private static partial Regex SoftwareName();
}
