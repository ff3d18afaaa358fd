using System.Collections.Immutable;
using System.Globalization;
using AkkaReplication.Controller;

namespace AkkaReplication.Clients;

internal sealed partial class ClusterAdmin
{
    public async Task<IReadOnlyList<ConfigDescription>> DescribeConfigsAsync(
        IEnumerable<ConfigResource> resources, CancellationToken ct = default)
    {
        var asked = RequireNamed(resources, nameof(resources));
        CheckAlive(ct);
        var topics = asked.Where(r => r.Type != ConfigResourceType.Broker).ToImmutableArray();
        var brokers = asked.Where(r => r.Type == ConfigResourceType.Broker).ToArray();
        var found = new Dictionary<ConfigResource, ConfigDescription>();
        if (!topics.IsEmpty)
        {
            var call = await AskAsync(new DescribeConfigsRequest(topics), ct).ConfigureAwait(false);
            foreach (var description in Answer<DescribeConfigsResponse>(call).Results)
                found[description.Resource] = description;
        }

        foreach (var description in await DescribeBrokersAsync(brokers, ct).ConfigureAwait(false))
            found[description.Resource] = description;
        return [.. asked.Select(resource => found[resource])];
    }

    public async Task<IReadOnlyList<ConfigResult>> IncrementalAlterConfigsAsync(
        IReadOnlyDictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>> changes,
        bool validateOnly = false,
        CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(changes);
        RequireNamed(changes.Keys, nameof(changes));
        var alterations = changes
            .Select(change => new ConfigAlteration(change.Key, [.. Required(change.Value, nameof(changes))]))
            .ToImmutableArray();
        CheckAlive(ct);
        if (alterations.IsEmpty)
            return [];

        var request = new IncrementalAlterConfigsRequest(alterations, validateOnly, _brokerTimeoutMs);
        var call = await AskAsync(request, ct).ConfigureAwait(false);
        var results = Answer<IncrementalAlterConfigsResponse>(call, isChange: !validateOnly).Results;
        return results.All(r => r.Error == ErrorCode.None) ? results : throw new ConfigsException(results);
    }

    private async Task<IEnumerable<ConfigDescription>> DescribeBrokersAsync(
        ConfigResource[] resources, CancellationToken ct)
    {
        if (resources.Length == 0)
            return [];

        var cluster = await DescribeClusterAsync(ct).ConfigureAwait(false);
        return await Task.WhenAll(resources.Select(r => DescribeBrokerAsync(cluster, r, ct))).ConfigureAwait(false);
    }

    private async Task<ConfigDescription> DescribeBrokerAsync(
        ClusterInfo cluster, ConfigResource resource, CancellationToken ct)
    {
        if (!int.TryParse(resource.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return Refused(ErrorCode.InvalidRequest, $"\"{resource.Name}\" is no broker id; a whole number is accepted.");
        var broker = new BrokerId(id);
        if (WhyNotAsked(cluster, broker) is var (error, problem))
            return Refused(error, problem);

        var call = await AskAsync(new DescribeConfigsRequest([resource]), ct, broker).ConfigureAwait(false);
        return call.Error == ErrorCode.None
            ? Answer<DescribeConfigsResponse>(call).Results[0]
            : Refused(call.Error, call.Message ?? "");

        ConfigDescription Refused(ErrorCode error, string message) => new(resource, error, message, []);
    }

    /// <summary>Null where the broker can be asked.</summary>
    private static (ErrorCode Error, string Problem)? WhyNotAsked(ClusterInfo cluster, BrokerId id) =>
        cluster.Brokers.FirstOrDefault(broker => broker.Id == id) switch
        {
            null => (ErrorCode.BrokerIdNotRegistered,
                $"There is no broker {id}; the brokers are {string.Join(", ", cluster.Brokers.Select(b => b.Id))}."),
            { Fenced: true } => (ErrorCode.BrokerNotAvailable, $"Broker {id} is fenced: it does not live."),
            _ => null,
        };

    private static ConfigResource[] RequireNamed(IEnumerable<ConfigResource> resources, string name)
    {
        ArgumentNullException.ThrowIfNull(resources, name);
        ConfigResource[] all = [.. resources];
        return Array.Exists(all, resource => resource.Name is null)
            ? throw new ArgumentException("A resource has no name.", name)
            : all;
    }
}
