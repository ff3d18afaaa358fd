using Akka.Actor;
using Akka.Event;
using AkkaReplication.Clients;

namespace AkkaReplication.Groups;

/// <summary>A client's request to a group, or about groups, numbered by whoever passes it on.</summary>
internal sealed record GroupCall(long CorrelationId, GroupClient Client, ClientRequest Request)
    : INoSerializationVerificationNeeded;

/// <summary>The answer to the call of that number. Whoever asked may have ended long before: nobody misses it then.</summary>
internal sealed record GroupReply(long CorrelationId, ClientResponse Response)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>To the groups of a broker: it has applied new metadata, which is in its context.</summary>
internal sealed class GroupsMetadataApplied : INoSerializationVerificationNeeded
{
    public static readonly GroupsMetadataApplied Instance = new();
}
