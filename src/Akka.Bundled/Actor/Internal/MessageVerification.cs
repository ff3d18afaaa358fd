using System.Runtime.Serialization;

namespace Akka.Actor.Internal;

/// <summary>
/// Sends messages through their serializers and back, to find out in tests what would fail between nodes.
/// </summary>
internal static class MessageVerification
{
    /// <summary>
    /// The message as another node would get it. A message inside another is tried, but the wrapper is kept.
    /// </summary>
    public static object RoundTrip(ActorSystemImpl system, object message)
    {
        if (message is INoSerializationVerificationNeeded)
        {
            return message;
        }

        var inner = WrappedMessage.Unwrap(message);
        if (inner is INoSerializationVerificationNeeded)
        {
            return message;
        }

        try
        {
            var copy = Copy(system, inner);
            return ReferenceEquals(inner, message) ? copy : message;
        }
        catch (Exception e)
        {
            throw new SerializationException(
                $"Failed to serialize and deserialize payload object [{inner.GetType()}]. Envelope: [{message}]", e);
        }
    }

    /// <summary>Tries the arguments of props, with <c>akka.actor.serialize-creators</c>.</summary>
    public static void RoundTripArguments(ActorSystemImpl system, Props props)
    {
        foreach (var argument in props.Arguments)
        {
            if (argument is not null and not INoSerializationVerificationNeeded)
            {
                RoundTrip(system, argument);
            }
        }
    }

    private static object Copy(ActorSystemImpl system, object message) =>
        Serialization.Serialization.WithTransport(
            system,
            () =>
            {
                var serializer = system.Serialization.FindSerializerFor(message);
                var bytes = serializer.ToBinary(message);
                var manifest = Serialization.Serialization.ManifestFor(serializer, message);
                return system.Serialization.Deserialize(bytes, serializer.Identifier, manifest);
            });
}
