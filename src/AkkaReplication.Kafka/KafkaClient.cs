using Akka.Actor;
using AkkaReplication.Clients;
using AkkaReplication.Kafka.Clients;

namespace AkkaReplication.Kafka;

/// <summary>
/// The way into a cluster that is reached through sockets, by Kafka's protocol: of this product or of Kafka itself, 0.11 or
/// later. Makes the same producers, consumers and admin clients as a <see cref="ReplicationClient"/> makes for brokers in its
/// own process; each has connections of its own, as in Kafka.
/// </summary>
/// <remarks>
/// <para>
/// Versions are agreed on per connection and request; what the other side is too old for fails as UNSUPPORTED_VERSION. SASL and
/// transactions are not supported; records of other producers' aborted transactions are left out where isolation.level is
/// read_committed. Truncated logs are noticed (KIP-320) at brokers that have Fetch version 12, that is from Kafka 2.7 on.
/// </para>
/// <para>
/// What Kafka's protocol does not say is empty, none or -1 in answers of the admin client: partition epochs, eligible leader
/// replicas, offsets of replicas in log directories.
/// </para>
/// </remarks>
public sealed class KafkaClient : ReplicationClient, IAsyncDisposable
{
    private const string ClusterName = "remote";

    private readonly ActorSystem? _ownSystem;

    private KafkaClient(ActorSystem system, RemoteCluster cluster, ActorSystem? ownSystem)
        : base(new ClientContext(system, ClusterName, cluster.BootstrapIds, cluster)) => _ownSystem = ownSystem;

    /// <summary>Finds a broker that answers.</summary>
    /// <exception cref="ReplicationException">
    /// INVALID_CONFIG, naming the option, its value and what is accepted; REQUEST_TIMED_OUT where no broker of bootstrap.servers
    /// has answered, saying of each why not.
    /// </exception>
    public static async Task<KafkaClient> ConnectAsync(KafkaClientOptions options, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (own, bootstrap) = options.Checked();
        var cluster = new RemoteCluster(own, bootstrap);
        var ownSystem = own.ActorSystem is null
            ? ActorSystem.Create("akkarepl-client", ReplicationReference.Config)
            : null;
        var client = new KafkaClient(own.ActorSystem ?? ownSystem!, cluster, ownSystem);
        try
        {
            await client.FindBrokerAsync(cluster, ct).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Ends the client's own actor system, and with it what it has made; producers, consumers and admin clients should be
    /// disposed of before. Where the actor system was given, there is nothing to be done.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_ownSystem is not null)
            await _ownSystem.Terminate().ConfigureAwait(false);
    }

    private async Task FindBrokerAsync(RemoteCluster cluster, CancellationToken ct)
    {
        var timeoutMs = cluster.Options.ConnectTimeoutMs;
        await using var admin = CreateAdminClient(asking =>
        {
            asking.DefaultApiTimeoutMs = timeoutMs;
            asking.RequestTimeoutMs = timeoutMs;
        });
        try
        {
            await admin.DescribeClusterAsync(ct).ConfigureAwait(false);
        }
        catch (ReplicationException e)
        {
            var reasons = string.Join("; ", cluster.Failures);
            throw new ReplicationException(
                e.Error,
                $"No broker of bootstrap.servers = {cluster.Options.BootstrapServers} has answered within {timeoutMs} ms"
                + (reasons.Length == 0 ? "." : $": {reasons}."),
                e);
        }
    }
}
