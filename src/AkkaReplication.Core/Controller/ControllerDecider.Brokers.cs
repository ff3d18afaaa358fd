using System.Collections.Immutable;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

public sealed partial class ControllerDecider
{
    private static RegisterBrokerAnswer Register(WorkingImage work, RegistrationCommand command)
    {
        var request = command.Request;
        if (ProblemOf(work.Image, command) is var (error, message))
        {
            return new RegisterBrokerAnswer(
                request.IncarnationId, error, message, BrokerEpoch.Unknown, work.Image.Epoch);
        }

        var earlier = work.Image.TryGetBroker(request.Broker);
        if (earlier?.IncarnationId == request.IncarnationId)
        {
            // The same life again: the first answer was lost (KAFKA-16952: its epoch stays).
            return new RegisterBrokerAnswer(
                request.IncarnationId, ErrorCode.None, null, earlier.Epoch, work.Image.Epoch);
        }

        if (earlier is not null && request.SupersededEpoch != earlier.Epoch)
        {
            return new RegisterBrokerAnswer(
                request.IncarnationId,
                ErrorCode.StaleBrokerEpoch,
                $"Broker {earlier.Id} is registered in epoch {earlier.Epoch}; the request would supersede {request.SupersededEpoch}.",
                earlier.Epoch,
                work.Image.Epoch);
        }

        // The old life is fenced in the same batch (F4), and before the new one: afterwards nobody could tell them apart.
        if (earlier is not null)
        {
            if (IsLossy(request, earlier))
                RemoveLossy(work, earlier.Id);
            else
                RemoveFromIsrs(work, earlier.Id);
        }

        var epoch = new BrokerEpoch(work.NextOffset);
        work.Add(new RegisterBrokerRecord(
            request.Broker, request.IncarnationId, epoch, request.Rack, [.. request.LogDirs.Order()])
        {
            Endpoints = request.Endpoints,
        });
        return new RegisterBrokerAnswer(request.IncarnationId, ErrorCode.None, null, epoch, work.Image.Epoch);
    }

    private static (ErrorCode Error, string Message)? ProblemOf(MetadataImage image, RegistrationCommand command)
    {
        var request = command.Request;
        if (request.ClusterId != image.ClusterId)
        {
            return (ErrorCode.InconsistentClusterId,
                $"This is cluster \"{image.ClusterId}\", the broker belongs to \"{request.ClusterId}\".");
        }

        if (!request.Broker.Exists)
            return (ErrorCode.InvalidRegistration, $"Broker id {request.Broker.Value}: 0 or greater is accepted.");
        if (request.LogDirs.IsDefaultOrEmpty)
            return (ErrorCode.InvalidRegistration, "The broker names no data directory.");
        if (request.LogDirs.Distinct().Count() != request.LogDirs.Length)
            return (ErrorCode.InvalidRegistration, "The broker names a data directory twice.");
        if (request.LogDirs.Any(IsReserved))
            return (ErrorCode.InvalidRegistration, "The broker names a reserved data directory id.");

        if (request.Endpoints.IsDefault)
            return (ErrorCode.InvalidRegistration, "The broker's list of endpoints is missing.");
        if (request.Endpoints.FirstOrDefault(e => e is not { Listener.Length: > 0, Host.Length: > 0, Port: >= 1 and <= 65_535 })
            is { } endpoint)
        {
            return (ErrorCode.InvalidRegistration,
                $"Endpoint \"{endpoint.Listener}\" is {endpoint}; a listener's name, a host and a port from 1 to 65535 are accepted.");
        }

        if (request.Endpoints.DistinctBy(e => e.Listener).Count() != request.Endpoints.Length)
            return (ErrorCode.InvalidRegistration, "The broker names a listener twice.");

        foreach (var other in image.Brokers.Values)
        {
            if (other.Id != request.Broker && other.LogDirs.Intersect(request.LogDirs).Any())
                return (ErrorCode.InvalidRegistration, $"A data directory is registered by broker {other.Id} already.");
        }

        return image.TryGetBroker(request.Broker) is { } earlier ? ProblemWith(earlier, command) : null;
    }

    private static (ErrorCode Error, string Message)? ProblemWith(BrokerRegistration earlier, RegistrationCommand command)
    {
        var request = command.Request;
        if (earlier.IncarnationId == request.IncarnationId)
        {
            return earlier.Rack == request.Rack
                && earlier.LogDirs.SequenceEqual(request.LogDirs.Order())
                && earlier.Endpoints.SequenceEqual(request.Endpoints)
                ? null
                : (ErrorCode.InvalidRegistration,
                    "Rack, data directories and endpoints cannot change within one life of a broker.");
        }

        // Whoever has the locks of all of its directories proves that the earlier process is gone (F4).
        return command.PreviousSessionValid && !HoldsAllDirs(request, earlier)
            ? (ErrorCode.DuplicateBrokerRegistration,
                $"Broker {request.Broker} is alive as incarnation {earlier.IncarnationId}, with other data directories.")
            : null;
    }

    // The ids with a zero high half and a low half below 100 mean no directory, a lost one, and so on (KIP-858).
    private static bool IsReserved(Guid dir)
    {
        Span<byte> bytes = stackalloc byte[16];
        dir.TryWriteBytes(bytes, bigEndian: true, out _);
        return bytes[..15].IndexOfAnyExcept((byte)0) < 0 && bytes[15] < 100;
    }

    private static bool HoldsAllDirs(RegisterBroker request, BrokerRegistration earlier) =>
        earlier.LogDirs.All(request.LogDirs.Contains);

    /// <summary>
    /// A broker's word that nothing is lost counts only for the life that is registered: a marker of an earlier one means
    /// that its data is older, a directory that has gone took its replicas along (KIP-966, our rule F2).
    /// </summary>
    private static bool IsLossy(RegisterBroker request, BrokerRegistration earlier) => request.PreviousLife switch
    {
        PreviousLife.Clean => request.PreviousBrokerEpoch != earlier.Epoch || !HoldsAllDirs(request, earlier),
        PreviousLife.Intact => (request.PreviousBrokerEpoch != BrokerEpoch.Unknown
            && request.PreviousBrokerEpoch != earlier.Epoch) || !HoldsAllDirs(request, earlier),
        _ => true,
    };

    private static object? Fence(WorkingImage work, FenceBroker command)
    {
        if (work.Image.TryGetBroker(command.Broker) is { Fenced: false } broker && broker.Epoch == command.BrokerEpoch)
            Fence(work, broker);
        return null;
    }

    private static void Fence(WorkingImage work, BrokerRegistration broker)
    {
        RemoveFromIsrs(work, broker.Id);
        work.Add(new BrokerChangeRecord(broker.Id, broker.Epoch, Fenced: true, InControlledShutdown: null));
    }

    private static BrokerHeartbeatAnswer Heartbeat(WorkingImage work, long nowMs, HeartbeatCommand command)
    {
        var request = command.Request;
        if (work.Image.TryGetBroker(request.Broker) is not { } broker || broker.Epoch != request.BrokerEpoch)
            return Refuse(work, request, ErrorCode.StaleBrokerEpoch);
        if (nowMs > command.DeadlineMs)
            return Refuse(work, request, ErrorCode.RequestTimedOut);

        ApplyOffline(work, broker, request.OfflineReplicas);
        var shouldShutDown = false;
        switch (BrokerHeartbeats.Next(work.Image, work.Image.Brokers[broker.Id], request, command.LowestActiveOffset))
        {
            case HeartbeatOutcome.Fence:
                Fence(work, broker);
                break;
            case HeartbeatOutcome.Unfence:
                Unfence(work, broker);
                break;
            case HeartbeatOutcome.BeginShutdown:
                // The record that says so comes last: its offset is what the others must have applied.
                RemoveFromIsrs(work, broker.Id);
                work.Add(new BrokerChangeRecord(broker.Id, broker.Epoch, Fenced: null, InControlledShutdown: true));
                break;
            case HeartbeatOutcome.ShutDownNow:
                shouldShutDown = true;
                GrantShutdown(work, work.Image.Brokers[broker.Id]);
                break;
            default:
                break;
        }

        return BrokerHeartbeats.Answer(work.Image, request, shouldShutDown, command.LeaseMs);
    }

    /// <summary>The granted life counts as shutting down from now on, so that no late copy of a heartbeat revives it.</summary>
    private static void GrantShutdown(WorkingImage work, BrokerRegistration broker)
    {
        if (broker is { Fenced: true, InControlledShutdown: true })
            return;

        RemoveFromIsrs(work, broker.Id);
        work.Add(new BrokerChangeRecord(
            broker.Id, broker.Epoch, Fenced: true, broker.InControlledShutdown ? null : true));
    }

    private static BrokerHeartbeatAnswer Refuse(WorkingImage work, BrokerHeartbeat request, ErrorCode error) =>
        BrokerHeartbeats.Refuse(request, error, work.Image.Epoch, work.Image.Offset);

    private static void Unfence(WorkingImage work, BrokerRegistration broker)
    {
        work.Add(new BrokerChangeRecord(broker.Id, broker.Epoch, Fenced: false, InControlledShutdown: null));
        ElectWhereLeaderless(work, broker.Id);
    }

    /// <summary>Replicas that went offline leave ISR and leadership; those that came back may be elected again (F1).</summary>
    private static void ApplyOffline(WorkingImage work, BrokerRegistration broker, ImmutableArray<TopicIdPartition> reported)
    {
        var offline = BrokerHeartbeats.HostedOnly(work.Image, broker.Id, reported);
        if (offline.SetEquals(broker.OfflineReplicas))
            return;

        // First the list, so that nobody elects a replica that has just failed.
        work.Add(new BrokerChangeRecord(
            broker.Id, broker.Epoch, Fenced: null, InControlledShutdown: null, OfflineReplicas: [.. offline]));
        foreach (var id in offline)
        {
            var partition = work.Image.TryGetPartition(id)!;
            if (partition.Isr.Contains(broker.Id))
                Change(work, partition, partition.Isr.Without(broker.Id));
        }

        if (broker.OfflineReplicas.Except(offline).Count > 0)
            ElectWhereLeaderless(work, broker.Id);
    }

    /// <summary>Takes a broker that stops, or may have stopped, out of every ISR, and so out of every leadership.</summary>
    private static void RemoveFromIsrs(WorkingImage work, BrokerId broker)
    {
        foreach (var id in work.Image.PartitionsWithIsrMember(broker))
        {
            var partition = work.Image.TryGetPartition(id)!;
            Change(work, partition, partition.Isr.Without(broker), leaving: broker);
        }
    }

    /// <summary>Takes a broker that may have lost records out of every ISR and ELR (I13).</summary>
    private static void RemoveLossy(WorkingImage work, BrokerId broker)
    {
        var partitions = work.Image.PartitionsWithIsrMember(broker)
            .Union(work.Image.PartitionsWithElrMember(broker))
            .Order()
            .ToImmutableArray();
        foreach (var id in partitions)
        {
            var partition = work.Image.TryGetPartition(id)!;
            Change(work, partition, partition.Isr.Without(broker), leaving: broker, lossy: broker);
        }
    }

    private static void ElectWhereLeaderless(WorkingImage work, BrokerId candidate)
    {
        foreach (var id in work.Image.Leaderless)
        {
            var partition = work.Image.TryGetPartition(id)!;
            if (partition.Replicas.Contains(candidate))
                Change(work, partition, partition.Isr);
        }
    }

    /// <summary>Gives the partition another ISR, and another leader where that takes one.</summary>
    private static void Change(
        WorkingImage work,
        PartitionRegistration partition,
        ImmutableArray<BrokerId> isr,
        BrokerId? leaving = null,
        BrokerId? lossy = null)
    {
        var image = work.Image;
        var builder = new PartitionChangeBuilder(
            partition, broker => broker != leaving && IsAcceptable(image, broker, partition.Id))
        {
            TargetIsr = isr,
            Mode = ModeFor(image, partition),
            Lossy = lossy ?? BrokerId.None,
        };
        if (builder.Build() is { } record)
            work.Add(record);
    }

    /// <summary>Whether the broker's replica of the partition is alive and may lead.</summary>
    private static bool IsAcceptable(MetadataImage image, BrokerId broker, TopicIdPartition partition) =>
        image.TryGetBroker(broker) is { IsActive: true } registration
        && !registration.OfflineReplicas.Contains(partition);

    private static ElectionMode ModeFor(MetadataImage image, PartitionRegistration partition) =>
        image.TopicsById[partition.TopicId].Settings.UncleanLeaderElectionEnable
            ? ElectionMode.Unclean
            : ElectionMode.Online;
}
