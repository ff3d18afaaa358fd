using AkkaReplication.Links;
using AkkaReplication.Replicas;

namespace AkkaReplication.Simulation.Processes;

/// <summary>Both ends of a broker's link to another.</summary>
internal sealed class PeerLink(BrokerProcess broker, BrokerId peer, FollowerLink follower, LeaderLink leader)
{
    public BrokerId Peer => peer;

    public FollowerLink Follower => follower;

    public LeaderLink Leader => leader;

    /// <summary>The position that the peer stated last for each partition, as its leader's end took it.</summary>
    public Dictionary<TopicIdPartition, FollowerFetch> Stated { get; } = [];

    /// <summary>When something of the peer's following was last taken in; null before.</summary>
    public long? HeardMs { get; set; }

    public Mailbox Mailbox { get; } = new(broker);

    public ProcessTimer FollowerTimer { get; } = new(broker);

    public ProcessTimer LeaderTimer { get; } = new(broker);
}
