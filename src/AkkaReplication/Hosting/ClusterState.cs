using System.Collections.Concurrent;
using System.Collections.Immutable;
using AkkaReplication.Brokers;
using AkkaReplication.Metadata;

namespace AkkaReplication;

/// <summary>
/// What an embedded cluster shows of itself: the controller's committed image and the living brokers. Written by their
/// actors, read by <see cref="EmbeddedCluster.Describe"/>; no actor decides anything from it.
/// </summary>
internal sealed class ClusterState(string name, string clusterId)
{
    private volatile bool _controllerIsActive;
    private volatile MetadataImage _image = MetadataImage.Empty(clusterId);

    /// <summary>What the controller has committed.</summary>
    public MetadataImage Image
    {
        get => _image;
        set
        {
            _image = value;
            Watchers.Changed();
        }
    }

    /// <summary>Who waits for a state; told of every change of what is described here.</summary>
    public ClusterWatchers Watchers { get; } = new();

    /// <summary>A controller has begun its epoch and has not ended.</summary>
    public bool ControllerIsActive
    {
        get => _controllerIsActive;
        set
        {
            _controllerIsActive = value;
            Watchers.Changed();
        }
    }

    /// <summary>Brokers whose actor runs, by id.</summary>
    public ConcurrentDictionary<BrokerId, BrokerContext> Living { get; } = new();

    /// <summary>The broker's actor has its storage.</summary>
    public void Add(BrokerContext broker)
    {
        Living[broker.Id] = broker;
        Watchers.Changed();
    }

    /// <summary>The broker's actor is gone.</summary>
    public void Remove(BrokerId broker)
    {
        Living.TryRemove(broker, out _);
        Watchers.Changed();
    }

    public ClusterDescription Describe()
    {
        var image = Image;
        var living = Living.ToArray().OrderBy(b => b.Key).Select(b => b.Value).ToArray();
        var brokers = image.Brokers.Values.Select(b => new BrokerDescription(
            b.Id, b.Epoch, b.Rack, living.Any(l => l.Id == b.Id), b.Fenced)
        {
            Endpoints = b.Endpoints,
        });
        var partitions = image.TopicsByName.Values
            .SelectMany(topic => image.TopicsById[topic].Partitions)
            .Select(partition => Describe(partition, living));
        return new ClusterDescription(name, image.ClusterId, image.Epoch, image.Offset, [.. brokers], [.. partitions]);
    }

    public ClusterHealth DescribeHealth(IReadOnlyList<BrokerId> brokers, long nowMs, int maxNames) =>
        new ClusterHealthCount(Image, Living, nowMs, maxNames).Count(ControllerIsActive, brokers);

    private static PartitionDescription Describe(PartitionRegistration partition, BrokerContext[] living) => new(
        partition.Name,
        partition.TopicId,
        partition.Leader,
        partition.LeaderEpoch,
        partition.MinIsr,
        partition.Replicas,
        partition.Isr,
        partition.Elr,
        Replicas(partition.Id, living))
    {
        PartitionEpoch = partition.PartitionEpoch,
    };

    private static ImmutableArray<ReplicaDescription> Replicas(TopicIdPartition partition, BrokerContext[] living)
    {
        var replicas = ImmutableArray.CreateBuilder<ReplicaDescription>();
        foreach (var broker in living)
        {
            if (broker.Replicas.TryGet(partition, out var replica) && replica.View is { } view)
            {
                replicas.Add(new ReplicaDescription(
                    broker.Id, view.Role, view.LeaderEpoch, view.LogStartOffset, view.HighWatermark, view.LogEndOffset));
            }
        }

        return replicas.ToImmutable();
    }
}
