namespace AkkaReplication.Controller;

/// <summary>What the controller's actors of one cluster need to begin.</summary>
internal sealed record ControllerStart(
    string Cluster,
    string ClusterId,
    LocalVoter Voter,
    ControllerOptions Options,
    ReplicationSettings Settings,
    ClusterState State);
