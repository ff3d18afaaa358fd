namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>What is tried with real clients, in the order of README's table.</summary>
internal static class Feature
{
    public const string Produce = "produces with `acks=all`";
    public const string ProduceUnacknowledged = "produces with `acks=0`";
    public const string Idempotent = "idempotent producer";
    public const string Gzip = "gzip";
    public const string Snappy = "snappy";
    public const string Lz4 = "lz4";
    public const string Zstd = "zstd";
    public const string OffsetsByTime = "offsets by time";
    public const string Group = "consumer group";
    public const string CooperativeGroup = "consumer group, `cooperative-sticky`";
    public const string StaticMembership = "static membership";
    public const string Describe = "describes brokers and topics";
    public const string Topics = "makes and deletes topics";
    public const string Configs = "describes and changes settings";
    public const string DeleteRecords = "deletes records";
    public const string AdministerGroups = "describes and deletes groups";
    public const string LeaderDies = "the leader dies while it produces";
    public const string CoordinatorDies = "the coordinator of its group dies";
    public const string BrokersKilled = "clean history when each broker is killed in turn";
    public const string BrokersRestarted = "clean history when each broker is restarted in turn";

    public static readonly string[] All =
    [
        Produce, ProduceUnacknowledged, Idempotent, Gzip, Snappy, Lz4, Zstd, OffsetsByTime,
        Group, CooperativeGroup, StaticMembership, Describe, Topics, Configs, DeleteRecords, AdministerGroups,
        LeaderDies, CoordinatorDies, BrokersKilled, BrokersRestarted,
    ];
}
