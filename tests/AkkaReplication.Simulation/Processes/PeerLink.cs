using AkkaReplication.Links;

namespace AkkaReplication.Simulation.Processes;

/// <summary>Both ends of a broker's link to another.</summary>
internal sealed class PeerLink(BrokerProcess broker, BrokerId peer, FollowerLink follower, LeaderLink leader)
{
    public BrokerId Peer => peer;

    public FollowerLink Follower => follower;

    public LeaderLink Leader => leader;

    public Mailbox Mailbox { get; } = new(broker);

    public ProcessTimer FollowerTimer { get; } = new(broker);

    public ProcessTimer LeaderTimer { get; } = new(broker);
}
