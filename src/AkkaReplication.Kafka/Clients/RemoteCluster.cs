using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using AkkaReplication.Clients;

namespace AkkaReplication.Kafka.Clients;

/// <summary>
/// A cluster that is reached through sockets, as the clients of one <see cref="KafkaClient"/> know it together: where its
/// brokers are, which topics there are. Any thread.
/// </summary>
internal sealed class RemoteCluster : IBrokerSource
{
    /// <summary>A broker of the bootstrap list has an id below all others until it says who it is.</summary>
    private const int FirstBootstrapId = -2;

    /// <summary>A session reports why it could not connect before its client gives it up.</summary>
    private const int SetupGraceMs = 1_000;

    private readonly ImmutableArray<BrokerAddress> _bootstrap;
    private readonly ConcurrentDictionary<BrokerId, BrokerAddress> _addresses = new();
    private readonly ConcurrentDictionary<BrokerAddress, string> _failures = new();

    public RemoteCluster(KafkaClientOptions options, ImmutableArray<BrokerAddress> bootstrap)
    {
        Options = options;
        _bootstrap = bootstrap;
        BootstrapIds = [.. Enumerable.Range(0, bootstrap.Length).Select(i => new BrokerId(FirstBootstrapId - i))];
    }

    public KafkaClientOptions Options { get; }

    public TopicDirectory Topics { get; } = new();

    /// <summary>By which clients name the brokers of the bootstrap list.</summary>
    public ImmutableArray<BrokerId> BootstrapIds { get; }

    /// <summary>Why addresses cannot be connected to, those that cannot.</summary>
    public IEnumerable<string> Failures =>
        _failures.OrderBy(f => f.Key.ToString(), StringComparer.Ordinal).Select(f => $"{f.Key}: {f.Value}");

    public bool HasGroups => false;

    public ICanTell Find(BrokerId broker, IActorContext client) =>
        client.ActorOf(KafkaSessionActor.Props(this, broker));

    public T Adapt<T>(T settings)
        where T : ClientSettings
    {
        settings = settings with { ConnectionSetupTimeoutMs = Options.SocketConnectionSetupTimeoutMs + SetupGraceMs };
        return settings is ProducerSettings producer
            ? (T)(object)(producer with { UnacknowledgedAreAnswered = true })
            : settings;
    }

    /// <summary>Where the broker is; null where nobody has said so.</summary>
    public BrokerAddress? AddressOf(BrokerId broker)
    {
        var bootstrap = FirstBootstrapId - broker.Value;
        if (bootstrap >= 0 && bootstrap < _bootstrap.Length)
            return _bootstrap[bootstrap];
        return _addresses.TryGetValue(broker, out var address) ? address : null;
    }

    /// <summary>A broker has said where that one is.</summary>
    public void Learn(BrokerId broker, BrokerAddress address) => _addresses[broker] = address;

    /// <summary>Nobody could connect there, or the connection did not last.</summary>
    /// <returns>Whether that is news, to be logged: connecting is tried again and again.</returns>
    public bool Failed(BrokerAddress address, string reason)
    {
        var isNews = !_failures.TryGetValue(address, out var before) || before != reason;
        _failures[address] = reason;
        return isNews;
    }

    /// <summary>Somebody is connected there.</summary>
    public void Connected(BrokerAddress address) => _failures.TryRemove(address, out _);
}
