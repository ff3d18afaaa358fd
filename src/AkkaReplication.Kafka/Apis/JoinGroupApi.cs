using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>JoinGroup; answered when all members of the generation are known.</summary>
internal sealed class JoinGroupApi() : KafkaApi<Messages.JoinGroupRequest>(ApiKey.JoinGroup, 0, 9)
{
    private const short FirstWithRebalanceTimeout = 1;
    private const short FirstWithKnownMemberIds = 4;
    private const short FirstWithNullableProtocol = 7;
    private const short FirstWithSkippedAssignment = 9;

    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.JoinGroupRequest request) =>
        scope.CallGroup(
            exchange.Header.ClientId,
            new JoinGroupRequest(
                request.GroupId,
                request.SessionTimeoutMs,
                exchange.Version < FirstWithRebalanceTimeout ? request.SessionTimeoutMs : request.RebalanceTimeoutMs,
                request.MemberId,
                request.GroupInstanceId,
                request.ProtocolType,
                [.. request.Protocols.Select(p => new GroupProtocol(p.Name, p.Metadata))],
                RequiresKnownMemberId: exchange.Version >= FirstWithKnownMemberIds,
                SupportsSkippingAssignment: exchange.Version >= FirstWithSkippedAssignment,
                request.Reason),
            answer => exchange.Answer(Describe((JoinGroupResponse)answer, exchange.Version)));

    private static Messages.JoinGroupResponse Describe(JoinGroupResponse joined, short version) => new()
    {
        ErrorCode = joined.Error,
        GenerationId = joined.Generation,
        ProtocolType = joined.ProtocolType,
        ProtocolName = version < FirstWithNullableProtocol ? joined.ProtocolName ?? "" : joined.ProtocolName,
        Leader = joined.LeaderId,
        SkipAssignment = joined.SkipAssignment,
        MemberId = joined.MemberId,
        Members =
        [
            .. joined.Members.Select(m => new Messages.JoinGroupResponse.Member
            {
                MemberId = m.MemberId,
                GroupInstanceId = m.GroupInstanceId,
                Metadata = m.Metadata,
            }),
        ],
    };
}
