using System.Collections.Immutable;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>What a heartbeat does to its broker.</summary>
internal enum HeartbeatOutcome : byte
{
    Nothing,
    Fence,
    Unfence,
    BeginShutdown,
    ShutDownNow,
}

/// <summary>
/// The state table of a broker's heartbeats, from the metadata alone. <see cref="BrokerSessions"/> uses it to answer those
/// that change nothing, the decider to carry out those that do: both must agree.
/// </summary>
/// <remarks>
/// <code>
/// fenced               wantShutDown                               shut down now
/// fenced               no wantFence, caught up, not shutting down unfenced
/// fenced               otherwise                                  stays
/// unfenced             wantShutDown, and wantFence or leads none  shut down now
/// unfenced             wantFence                                  fenced
/// unfenced             wantShutDown, leads something              controlled shutdown
/// controlled shutdown  leads none, all active have applied it     shut down now
/// controlled shutdown  otherwise                                  stays
/// </code>
/// A shutdown, once granted or begun, ends with the life: a late copy of an earlier heartbeat must not bring the broker back.
/// </remarks>
internal static class BrokerHeartbeats
{
    public static HeartbeatOutcome Next(
        MetadataImage image, BrokerRegistration broker, BrokerHeartbeat request, long lowestActiveOffset)
    {
        if (broker.Fenced)
        {
            if (request.WantShutDown)
                return HeartbeatOutcome.ShutDownNow;
            return !request.WantFence && !broker.InControlledShutdown && IsCaughtUp(request)
                ? HeartbeatOutcome.Unfence
                : HeartbeatOutcome.Nothing;
        }

        if (broker.InControlledShutdown)
        {
            return broker.ControlledShutdownOffset <= lowestActiveOffset && LeadsNothing(image, broker.Id)
                ? HeartbeatOutcome.ShutDownNow
                : HeartbeatOutcome.Nothing;
        }

        if (request.WantShutDown)
        {
            return request.WantFence || LeadsNothing(image, broker.Id)
                ? HeartbeatOutcome.ShutDownNow
                : HeartbeatOutcome.BeginShutdown;
        }

        return request.WantFence ? HeartbeatOutcome.Fence : HeartbeatOutcome.Nothing;
    }

    /// <summary>Answers a heartbeat after <paramref name="image"/> says what it led to.</summary>
    public static BrokerHeartbeatAnswer Answer(
        MetadataImage image, BrokerHeartbeat request, bool shouldShutDown, long leaseMs)
    {
        var fenced = image.Brokers[request.Broker].Fenced;
        return new BrokerHeartbeatAnswer(
            request.Broker,
            request.BrokerEpoch,
            request.SentAtMs,
            ErrorCode.None,
            image.Epoch,
            image.Offset,
            IsCaughtUp(request),
            fenced,
            shouldShutDown,
            fenced ? 0 : leaseMs);
    }

    public static BrokerHeartbeatAnswer Refuse(
        BrokerHeartbeat request, ErrorCode error, ControllerEpoch epoch, long endOffset) =>
        new(
            request.Broker,
            request.BrokerEpoch,
            request.SentAtMs,
            error,
            epoch,
            endOffset,
            IsCaughtUp: false,
            IsFenced: true,
            ShouldShutDown: false,
            LeaseMs: 0);

    /// <summary>What the broker reports offline, less what does not exist or is not its own.</summary>
    public static ImmutableSortedSet<TopicIdPartition> HostedOnly(
        MetadataImage image, BrokerId broker, ImmutableArray<TopicIdPartition> reported) =>
        reported.IsDefaultOrEmpty
            ? []
            : [.. reported.Where(id => image.TryGetPartition(id)?.Replicas.Contains(broker) == true)];

    // The registration's offset is the broker's epoch. Against the end of the log nobody would ever be caught up (KAFKA-13959).
    private static bool IsCaughtUp(BrokerHeartbeat request) => request.MetadataOffset >= request.BrokerEpoch.Value;

    private static bool LeadsNothing(MetadataImage image, BrokerId broker) => image.PartitionsLedBy(broker).IsEmpty;
}
