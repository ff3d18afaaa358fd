using System.Text.Json;
using Akka.Actor;
using Akka.Serialization;

namespace AkkaReplication.Wire;

/// <summary>
/// The messages that cross from one broker, controller or client to another, as JSON under short manifests that outlive
/// renamed types. Control traffic only needs to be small and rare; record data travels by its own connection between
/// processes.
/// </summary>
public sealed class ReplicationSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private readonly JsonSerializerOptions _options = WireJson.CreateOptions(system);

    /// <summary>Ours among the serializers of an actor system; Akka keeps 0 to 100 for itself.</summary>
    public override int Identifier => 9092;

    public override string Manifest(object o) => WireManifests.NameOf(o.GetType());

    public override byte[] ToBinary(object obj) => JsonSerializer.SerializeToUtf8Bytes(obj, obj.GetType(), _options);

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var type = WireManifests.TypeOf(manifest);
        return JsonSerializer.Deserialize(bytes, type, _options)
            ?? throw new JsonException($"A {type.Name} was null on the wire.");
    }
}
