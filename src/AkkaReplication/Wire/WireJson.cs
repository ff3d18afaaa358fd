using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Akka.Actor;
using AkkaReplication.Clients;

namespace AkkaReplication.Wire;

/// <summary>How our messages look in JSON: identities as numbers, kinds of a family under a short name.</summary>
internal static class WireJson
{
    public static JsonSerializerOptions CreateOptions(ExtendedActorSystem system) => new()
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameKinds } },
        Converters =
        {
            new NumberConverter<BrokerId>(id => id.Value, n => new BrokerId((int)n)),
            new NumberConverter<LeaderEpoch>(e => e.Value, n => new LeaderEpoch((int)n)),
            new NumberConverter<PartitionEpoch>(e => e.Value, n => new PartitionEpoch((int)n)),
            new NumberConverter<BrokerEpoch>(e => e.Value, n => new BrokerEpoch(n)),
            new NumberConverter<ControllerEpoch>(e => e.Value, n => new ControllerEpoch((int)n)),
            new TopicIdConverter(),
            new MetadataRecordConverter(),
            new ActorRefConverter(system),
        },
    };

    /// <summary>Requests and responses of clients are families: each kind is named by its type's name.</summary>
    private static void NameKinds(JsonTypeInfo info)
    {
        if (info.Type != typeof(ClientRequest) && info.Type != typeof(ClientResponse))
            return;
        info.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = "kind" };
        foreach (var kind in info.Type.Assembly.GetTypes())
        {
            if (kind.IsSealed && kind.IsSubclassOf(info.Type))
                info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(kind, kind.Name));
        }
    }

    private sealed class NumberConverter<T>(Func<T, long> toNumber, Func<long, T> fromNumber) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            fromNumber(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(toNumber(value));
    }

    private sealed class TopicIdConverter : JsonConverter<TopicId>
    {
        public override TopicId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(reader.GetGuid());

        public override void Write(Utf8JsonWriter writer, TopicId value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Value);
    }

    /// <summary>An actor travels as its path with address, and is found again by the receiver's provider.</summary>
    private sealed class ActorRefConverter(ExtendedActorSystem system) : JsonConverter<IActorRef>
    {
        public override IActorRef Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            system.Provider.ResolveActorRef(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, IActorRef value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Akka.Serialization.Serialization.SerializedActorPath(value));
    }
}
