using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>
/// The controller's judgement: from the committed metadata and one command to records and an answer. Holds no state, so
/// that it can never know anything that is not in the log (P3).
/// </summary>
/// <param name="newTopicId">Draws an identity that no topic ever had.</param>
public sealed partial class ControllerDecider(ControllerOptions options, Func<TopicId> newTopicId)
{
    /// <summary>Decides a command. The caller writes the records, applies them, and only then gives the answer (I5).</summary>
    /// <param name="image">Everything committed.</param>
    /// <param name="nowMs">Monotonic time.</param>
    /// <param name="command">
    /// <see cref="RegistrationCommand"/>, <see cref="HeartbeatCommand"/>, <see cref="FenceBroker"/>,
    /// <see cref="AlterPartitions"/>, <see cref="ElectLeaders"/>, <see cref="ResignLeadership"/>, <see cref="ElectLastKnown"/>,
    /// <see cref="UncleanElectionTick"/>, <see cref="PreferredElectionTick"/>, <see cref="CreateTopics"/>,
    /// <see cref="DeleteTopics"/>, <see cref="CreatePartitions"/>, <see cref="IncrementalAlterConfigs"/>,
    /// <see cref="AllocateProducerIds"/> or <see cref="ConfirmEpoch"/>.
    /// </param>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    public Decision Decide(MetadataImage image, long nowMs, object command)
    {
        var work = new WorkingImage(image);
        var reply = command switch
        {
            RegistrationCommand c => Register(work, c),
            HeartbeatCommand c => Heartbeat(work, nowMs, c),
            FenceBroker c => Fence(work, c),
            AlterPartitions c => Alter(work, c),
            ElectLeaders c => Elect(work, c),
            ResignLeadership c => Resign(work, c),
            ElectLastKnown c => ElectFullest(work, c),
            UncleanElectionTick => Tick(work, image.Leaderless, ElectionMode.Unclean),
            PreferredElectionTick => options.AutoLeaderRebalanceEnable
                ? Tick(work, image.Imbalanced, ElectionMode.Preferred)
                : new ElectionTickAnswer(0, More: false),
            CreateTopics c => Create(work, c),
            DeleteTopics c => Delete(work, c),
            CreatePartitions c => Grow(work, c),
            IncrementalAlterConfigs c => AlterConfigs(work, c),
            AllocateProducerIds c => Allocate(work, c),
            ConfirmEpoch => Confirm(work),
            _ => throw new ArgumentException($"{command} is no command to the controller.", nameof(command)),
        };
        return work.Decide(reply);
    }

    private static object? Confirm(WorkingImage work)
    {
        work.Add(new NoOpRecord(work.Image.Epoch));
        return null;
    }

    private AllocateProducerIdsAnswer Allocate(WorkingImage work, AllocateProducerIds request)
    {
        if (work.Image.TryGetBroker(request.Broker)?.Epoch != request.BrokerEpoch)
            return new AllocateProducerIdsAnswer(request.RequestId, ErrorCode.StaleBrokerEpoch, -1, 0);

        var first = work.Image.NextProducerId;
        if (first > long.MaxValue - options.ProducerIdBlockSize)
            return new AllocateProducerIdsAnswer(request.RequestId, ErrorCode.UnknownServerError, -1, 0);
        work.Add(new ProducerIdsRecord(request.Broker, request.BrokerEpoch, first + options.ProducerIdBlockSize));
        return new AllocateProducerIdsAnswer(request.RequestId, ErrorCode.None, first, options.ProducerIdBlockSize);
    }
}
