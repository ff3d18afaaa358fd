using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Groups;

namespace AkkaReplication.Sessions;

internal sealed partial class ClientSessionActor
{
    /// <summary>While there is no topic for groups it is being made, and the client asks again.</summary>
    private void OnFindCoordinator(long callId, FindCoordinatorRequest request)
    {
        if (_broker.Image.TryGetTopic(GroupPartitions.Topic) is not null)
        {
            Reply(callId, CoordinatorOf(request));
            return;
        }

        Forward(callId, request, OffsetsTopic.CreationTimeoutMs, id => new CreateTopics(
            id, [OffsetsTopic.Create(_broker.Settings, _broker.Image)], ValidateOnly: false));
    }

    /// <summary>The leader of the partition that stores the group.</summary>
    private FindCoordinatorResponse CoordinatorOf(FindCoordinatorRequest request) =>
        OffsetsTopic.PartitionOf(_broker.Image, request.GroupId) is { Leader: { Exists: true } leader }
            ? new FindCoordinatorResponse(request.GroupId, ErrorCode.None, null, leader)
            : new FindCoordinatorResponse(
                request.GroupId,
                ErrorCode.CoordinatorNotAvailable,
                "The group's partition has no leader yet.",
                BrokerId.None);
}
