using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using AkkaReplication.Links;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;
using AkkaReplication.Storage;

namespace AkkaReplication.Brokers;

/// <summary>
/// What the actors of one broker's life share. The broker actor writes it; the others only read. Never reaches another
/// broker.
/// </summary>
internal sealed class BrokerContext(
    string cluster,
    string clusterId,
    BrokerId id,
    ReplicationSettings settings,
    IPeerCarrier carrier,
    StorageSession storage,
    ImmutableArray<LogDir> logDirs)
{
    private volatile MetadataImage _image = MetadataImage.Empty(clusterId);
    private long _leaseEndMs;
    private long _epoch = BrokerEpoch.Unknown.Value;

    public string Cluster => cluster;

    public string ClusterId => clusterId;

    public BrokerId Id => id;

    public ReplicationSettings Settings => settings;

    public IPeerCarrier Carrier => carrier;

    public StorageSession Storage => storage;

    /// <summary>The log directories, by their number.</summary>
    public ImmutableArray<LogDir> LogDirs => logDirs;

    /// <summary>
    /// Where links run. With the replicas, where all of those are on one disk: what is appended is sent by the same thread,
    /// and a link that waits for that thread waits for nothing that does not hang, too. Otherwise apart from all disks.
    /// </summary>
    public string LinkDispatcher => logDirs.Length == 1 ? logDirs[0].Dispatcher : ReplicationDispatchers.Network;

    public ReplicaDirectory Replicas { get; } = new();

    /// <summary>Who is told of what replicas publish.</summary>
    public ClusterWatchers Watchers { get; init; } = new();

    /// <summary>Links to the other brokers, by broker.</summary>
    public ConcurrentDictionary<BrokerId, IActorRef> Links { get; } = new();

    /// <summary>Bytes held by produce requests.</summary>
    public ByteBudget ProduceBudget { get; } = new(settings.QueuedMaxBytes);

    /// <summary>Bytes that are being read for followers. A first batch goes whole even when nothing is left (KIP-74).</summary>
    public ByteBudget ReplicaFetchBudget { get; } = new(settings.QueuedMaxBytes / 2);

    /// <summary>Bytes that are being read for consumers, as for followers.</summary>
    public ByteBudget ConsumerFetchBudget { get; } = new(settings.QueuedMaxBytes / 2);

    /// <summary>The metadata that this broker has applied.</summary>
    public MetadataImage Image
    {
        get => _image;
        set => _image = value;
    }

    /// <summary>Monotonic time up to which this broker may serve (E1).</summary>
    public long LeaseEndMs
    {
        get => Volatile.Read(ref _leaseEndMs);
        set => Volatile.Write(ref _leaseEndMs, value);
    }

    /// <summary>A view is as old as the replica's last turn, and the broker may have a newer lease since.</summary>
    public ReadView WithLease(ReadView view) =>
        view.LeaseEndMs >= LeaseEndMs ? view : view with { LeaseEndMs = LeaseEndMs };

    /// <summary>The groups that this broker coordinates; set before anybody can ask for one.</summary>
    public IActorRef Groups { get; set; } = ActorRefs.Nobody;

    /// <summary>Completes when the ports of the listener are free again; set by its actor before that ends.</summary>
    public Task ListenerReleased { get; set; } = Task.CompletedTask;

    public BrokerEpoch Epoch
    {
        get => new(Volatile.Read(ref _epoch));
        set => Volatile.Write(ref _epoch, value.Value);
    }
}
