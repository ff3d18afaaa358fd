using System.Collections.Immutable;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

public sealed partial class ControllerDecider
{
    private static ElectLeadersAnswer Elect(WorkingImage work, ElectLeaders request)
    {
        if (!Enum.IsDefined(request.Type))
            return new ElectLeadersAnswer(request.RequestId, ErrorCode.InvalidRequest, []);

        var named = request.Partitions is not null;
        var partitions = request.Partitions ?? [.. work.Image.Partitions.Select(p => p.Name).Order()];
        var results = ImmutableArray.CreateBuilder<ElectionResult>();
        foreach (var partition in partitions)
        {
            var result = Elect(work, request.Type, partition);
            if (named || result.Error != ErrorCode.ElectionNotNeeded)
                results.Add(result);
        }

        return new ElectLeadersAnswer(request.RequestId, ErrorCode.None, results.ToImmutable());
    }

    private static ElectionResult Elect(WorkingImage work, ElectionType type, TopicPartition name)
    {
        if (work.Image.TryGetPartition(name) is not { } partition)
            return new ElectionResult(name, ErrorCode.UnknownTopicOrPartition, $"There is no partition {name}.");

        if (type == ElectionType.Preferred)
        {
            if (partition.Leader == partition.Replicas[0])
                return new ElectionResult(name, ErrorCode.ElectionNotNeeded, "The preferred replica leads already.");
            return ElectNow(work, partition, ElectionMode.Preferred)
                ? new ElectionResult(name, ErrorCode.None, null)
                : new ElectionResult(
                    name, ErrorCode.PreferredLeaderNotAvailable, $"Broker {partition.Replicas[0]} is not in sync, or not alive.");
        }

        // An unclean election never moves a leader that is alive.
        if (partition.Leader.Exists)
            return new ElectionResult(name, ErrorCode.ElectionNotNeeded, $"Broker {partition.Leader} leads.");
        return ElectNow(work, partition, ElectionMode.Unclean)
            ? new ElectionResult(name, ErrorCode.None, null)
            : new ElectionResult(name, ErrorCode.EligibleLeadersNotAvailable, "No replica's broker is alive.");
    }

    private static ElectLeadersAnswer Resign(WorkingImage work, ResignLeadership request) => new(
        request.RequestId, ErrorCode.None, [Resign(work, request.Partition)]);

    private static ElectionResult Resign(WorkingImage work, TopicPartition name)
    {
        if (work.Image.TryGetPartition(name) is not { } partition)
            return new ElectionResult(name, ErrorCode.UnknownTopicOrPartition, $"There is no partition {name}.");
        if (!partition.Leader.Exists)
            return new ElectionResult(name, ErrorCode.LeaderNotAvailable, $"Nobody leads {name}.");

        var image = work.Image;
        var builder = new PartitionChangeBuilder(
            partition, broker => broker != partition.Leader && IsAcceptable(image, broker, partition.Id))
        {
            Mode = ElectionMode.Preferred,
        };
        if (builder.Build() is not { Leader.Exists: true } record)
        {
            return new ElectionResult(
                name, ErrorCode.EligibleLeadersNotAvailable, $"Nobody but broker {partition.Leader} is in sync and alive.");
        }

        work.Add(record);
        return new ElectionResult(name, ErrorCode.None, null);
    }

    private static object? ElectFullest(WorkingImage work, ElectLastKnown command)
    {
        if (work.Image.TryGetPartition(command.Partition) is not { } partition
            || !LastKnownElections.IsOpen(partition)
            || LastKnownElections.Fullest(work.Image, partition, command.Replicas) is not { } fullest)
        {
            return null;
        }

        ElectNow(work, partition, ElectionMode.Online, fullest);
        return null;
    }

    private ElectionTickAnswer Tick(WorkingImage work, ImmutableArray<TopicIdPartition> partitions, ElectionMode mode)
    {
        foreach (var id in partitions)
        {
            var partition = work.Image.TryGetPartition(id)!;
            if (mode == ElectionMode.Unclean && ModeFor(work.Image, partition) != ElectionMode.Unclean)
                continue;
            if (work.Count == options.MaxElectionsPerTick)
                return new ElectionTickAnswer(work.Count, More: true);
            ElectNow(work, partition, mode);
        }

        return new ElectionTickAnswer(work.Count, More: false);
    }

    private static bool ElectNow(
        WorkingImage work, PartitionRegistration partition, ElectionMode mode, BrokerId? fullest = null)
    {
        var image = work.Image;
        var builder = new PartitionChangeBuilder(partition, broker => IsAcceptable(image, broker, partition.Id))
        {
            Mode = mode,
            Fullest = fullest ?? BrokerId.None,
        };
        if (builder.Build() is not { Leader: not null } record)
            return false;
        work.Add(record);
        return true;
    }
}
