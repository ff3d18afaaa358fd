using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using AkkaReplication.Clients;
using AkkaReplication.Groups;

namespace AkkaReplication.Kafka.Groups;

/// <summary>A client's request to a group, or about groups, numbered by its connection.</summary>
internal sealed record GroupCall(long CorrelationId, GroupClient Client, ClientRequest Request)
    : INoSerializationVerificationNeeded;

/// <summary>The answer to the call of that number. The connection may have ended long before: nobody misses it then.</summary>
internal sealed record GroupReply(long CorrelationId, ClientResponse Response)
    : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>The groups that this broker coordinates (Kafka's ListGroups).</summary>
/// <param name="States">Names of the wanted states; none for all.</param>
internal sealed record ListGroupsRequest(ImmutableArray<string> States) : ClientRequest;

/// <param name="Error">COORDINATOR_LOAD_IN_PROGRESS where some groups are not known yet; those that are come with it.</param>
internal sealed record ListGroupsResponse(ErrorCode Error, ImmutableArray<GroupOverview> Groups) : ClientResponse;
