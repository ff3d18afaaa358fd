using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Serialization;

/// <summary>Serializers made by code instead of configuration; they win over configured ones.</summary>
public sealed class SerializationSetup : Actor.Setup.Setup
{
    private SerializationSetup(Func<ExtendedActorSystem, ImmutableHashSet<SerializerDetails>> createSerializers)
    {
        CreateSerializers = createSerializers;
    }

    /// <summary>Makes the serializers of a system.</summary>
    public Func<ExtendedActorSystem, ImmutableHashSet<SerializerDetails>> CreateSerializers { get; }

    /// <summary>Creates the setup.</summary>
    public static SerializationSetup Create(
        Func<ExtendedActorSystem, ImmutableHashSet<SerializerDetails>> createSerializers) => new(createSerializers);
}

/// <summary>A serializer with its name and the types it is for.</summary>
public sealed class SerializerDetails
{
    private SerializerDetails(string alias, Serializer serializer, ImmutableHashSet<Type> useFor)
    {
        Alias = alias;
        Serializer = serializer;
        UseFor = useFor;
    }

    /// <summary>The name, as in <c>akka.actor.serializers</c>.</summary>
    public string Alias { get; }

    /// <summary>The serializer.</summary>
    public Serializer Serializer { get; }

    /// <summary>The types it is bound to, with all that derive from them.</summary>
    public ImmutableHashSet<Type> UseFor { get; }

    /// <summary>Creates the details.</summary>
    public static SerializerDetails Create(string alias, Serializer serializer, ImmutableHashSet<Type> useFor) =>
        new(alias, serializer, useFor);
}
