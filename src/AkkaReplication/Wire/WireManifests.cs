using System.Runtime.Serialization;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Links;

namespace AkkaReplication.Wire;

/// <summary>
/// The short names under which types travel and are stored. A name, once used, is never given to another type; what is
/// bound in hocon/reference.conf and what stands here must be the same types (a test compares them).
/// </summary>
internal static class WireManifests
{
    private static readonly Dictionary<string, Type> TypesByName = new()
    {
        ["PF"] = typeof(PeerFetch),
        ["PFA"] = typeof(PeerFetchAnswer),
        ["RB"] = typeof(RegisterBroker),
        ["RBA"] = typeof(RegisterBrokerAnswer),
        ["HB"] = typeof(BrokerHeartbeat),
        ["HBA"] = typeof(BrokerHeartbeatAnswer),
        ["AP"] = typeof(AlterPartitions),
        ["APA"] = typeof(AlterPartitionsAnswer),
        ["PI"] = typeof(AllocateProducerIds),
        ["PIA"] = typeof(AllocateProducerIdsAnswer),
        ["FM"] = typeof(FetchMetadata),
        ["FMA"] = typeof(FetchMetadataAnswer),
        ["MA"] = typeof(MetadataAdvanced),
        ["CCH"] = typeof(ControllerChanged),
        ["CT"] = typeof(CreateTopics),
        ["DT"] = typeof(DeleteTopics),
        ["CP"] = typeof(CreatePartitions),
        ["TA"] = typeof(TopicsAnswer),
        ["AC"] = typeof(IncrementalAlterConfigs),
        ["ACA"] = typeof(IncrementalAlterConfigsAnswer),
        ["EL"] = typeof(ElectLeaders),
        ["ELA"] = typeof(ElectLeadersAnswer),
        ["CC"] = typeof(ClientCall),
        ["CR"] = typeof(ClientReply),
        ["OCS"] = typeof(OpenClientSession),
        ["CSO"] = typeof(ClientSessionOpened),
        ["CSR"] = typeof(ClientSessionRefused),
    };

    private static readonly Dictionary<Type, string> NamesByType = TypesByName.ToDictionary(p => p.Value, p => p.Key);

    public static IEnumerable<Type> Types => TypesByName.Values;

    public static string NameOf(Type type) => NamesByType.TryGetValue(type, out var name)
        ? name
        : throw new SerializationException($"{type} has no name on the wire.");

    public static Type TypeOf(string manifest) => TypesByName.TryGetValue(manifest, out var type)
        ? type
        : throw new SerializationException($"'{manifest}' names no message; known are {string.Join(", ", TypesByName.Keys)}.");
}
