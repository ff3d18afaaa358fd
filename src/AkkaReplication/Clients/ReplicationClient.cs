using System.Collections.Immutable;
using Akka.Actor;
using AkkaReplication.Clients;

namespace AkkaReplication;

/// <summary>
/// The way into a cluster: to brokers in the same actor system, or, in a derived class, to brokers elsewhere. Makes
/// producers, consumers and administrative clients; each lives until it is disposed of, and is independent of the others.
/// </summary>
/// <remarks>May be derived from, to lay something around what it makes: to count, to record, to fail.</remarks>
public class ReplicationClient
{
    private readonly ClientContext _context;

    /// <param name="system">The actor system the brokers run in; it must outlive the clients.</param>
    /// <param name="clusterName">The cluster's name.</param>
    /// <param name="bootstrap">Brokers to ask first, at least one; the others are found through them.</param>
    /// <exception cref="ReplicationException">INVALID_CONFIG: no broker is named, or one with a negative
    /// number.</exception>
    public ReplicationClient(ActorSystem system, string clusterName, IEnumerable<BrokerId> bootstrap)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentException.ThrowIfNullOrEmpty(clusterName);
        ArgumentNullException.ThrowIfNull(bootstrap);
        var brokers = bootstrap.Distinct().Order().ToImmutableArray();
        if (brokers.IsEmpty || !brokers[0].Exists)
        {
            throw new ReplicationException(
                ErrorCode.InvalidConfig,
                $"bootstrap.servers = {string.Join(",", brokers)}: at least one broker id is needed, none below 0.");
        }

        ReplicationReference.AddTo(system);
        _context = new ClientContext(system, clusterName, brokers, new LocalBrokers(clusterName));
    }

    /// <summary>The same way into the same cluster, to lay something around what <paramref name="client"/> makes.</summary>
    protected ReplicationClient(ReplicationClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        _context = client._context;
    }

    /// <summary>The way into a cluster that is elsewhere.</summary>
    internal ReplicationClient(ClientContext context)
    {
        ReplicationReference.AddTo(context.System);
        _context = context;
    }

    /// <summary>A producer.</summary>
    /// <param name="configure">Changes options from Kafka's defaults.</param>
    /// <param name="keySerializer">Left out, the one of <see cref="Serializers"/> for the type: JSON where there is no
    /// other.</param>
    /// <param name="valueSerializer">The same for values.</param>
    /// <exception cref="ReplicationException">INVALID_CONFIG, naming the option, its value and what is
    /// accepted.</exception>
    public virtual IProducer<TKey, TValue> CreateProducer<TKey, TValue>(
        Action<ProducerOptions>? configure = null,
        ISerializer<TKey>? keySerializer = null,
        ISerializer<TValue>? valueSerializer = null)
    {
        var options = new ProducerOptions();
        configure?.Invoke(options);
        return new Producer<TKey, TValue>(
            _context,
            options,
            keySerializer ?? Serializers.For<TKey>(),
            valueSerializer ?? Serializers.For<TValue>());
    }

    /// <summary>A producer of bytes that costs no allocation per record.</summary>
    /// <param name="report">Called exactly once for every accepted record, per batch and in the order of a partition's
    /// records, on a thread that brokers use, too (dispatchers.log): it must not block. What
    /// it throws is logged and otherwise ignored.</param>
    /// <param name="configure">Changes options from Kafka's defaults.</param>
    /// <exception cref="ReplicationException">INVALID_CONFIG, naming the option, its value and what is
    /// accepted.</exception>
    public virtual RawProducer CreateRawProducer(Action<RecordsReported> report, Action<ProducerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(report);
        var options = new ProducerOptions();
        configure?.Invoke(options);
        return new RawProducer(_context, options, report);
    }

    /// <summary>A consumer.</summary>
    /// <param name="configure">Changes options from Kafka's defaults.</param>
    /// <param name="keyDeserializer">Left out, the one of <see cref="Deserializers"/> for the type: JSON where there is no
    /// other.</param>
    /// <param name="valueDeserializer">The same for values.</param>
    /// <exception cref="ReplicationException">INVALID_CONFIG, naming the option, its value and what is
    /// accepted.</exception>
    public virtual IConsumer<TKey, TValue> CreateConsumer<TKey, TValue>(
        Action<ConsumerOptions>? configure = null,
        IDeserializer<TKey>? keyDeserializer = null,
        IDeserializer<TValue>? valueDeserializer = null)
    {
        var options = new ConsumerOptions();
        configure?.Invoke(options);
        return new Consumer<TKey, TValue>(
            _context,
            options,
            keyDeserializer ?? Deserializers.For<TKey>(),
            valueDeserializer ?? Deserializers.For<TValue>());
    }

    /// <summary>An administrative client.</summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG, naming the option, its value and what is
    /// accepted.</exception>
    public virtual IAdminClient CreateAdminClient(Action<AdminOptions>? configure = null)
    {
        var options = new AdminOptions();
        configure?.Invoke(options);
        return new ClusterAdmin(_context, options);
    }
}
