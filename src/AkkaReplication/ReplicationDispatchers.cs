namespace AkkaReplication;

/// <summary>Ids of the dispatchers that hocon/reference.conf defines.</summary>
internal static class ReplicationDispatchers
{
    /// <summary>For actors that read and write logs: blocking disk work stays off the shared pool.</summary>
    public const string Log = "akka-replication.dispatchers.log";

    /// <summary>For the metadata log, so that a hung data disk does not stall the controller.</summary>
    public const string Metadata = "akka-replication.dispatchers.metadata";
}
