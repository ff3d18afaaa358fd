using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using AkkaReplication.Groups;
using AkkaReplication.Listeners;
using AkkaReplication.Metadata;
using AkkaReplication.Storage;

namespace AkkaReplication.Brokers;

internal sealed partial class BrokerActor
{
    private readonly HashSet<int> _checkpointing = [];
    private readonly HashSet<int> _full = [];
    private readonly HashSet<IActorRef> _workers = [];

    private StorageSession OpenStorage() => StorageSession.Open(new StorageSessionOptions
    {
        ClusterId = _life.ClusterId,
        NodeId = _life.Broker,
        Directories = _life.LogDirs,
        Files = _life.Files,
        MinFreeBytes = _life.Settings.LogDirMinFreeBytes,
        DedupeBufferBytes = _life.Settings.LogCleanerDedupeBufferSize / _life.LogDirs.Length,
        FlushBeforeAcknowledging = _life.Settings.Flush == FlushPolicy.Fsync,
    });

    private void OnStorageOpened(long now, StorageSession session)
    {
        _broker = new BrokerContext(
            _life.Cluster, _life.ClusterId, _life.Broker, _life.Settings, _life.Carrier, session, [.. _life.LogDirs.Select(Use)])
        {
            Watchers = _life.State.Watchers,
        };
        _logger.Info(
            "Broker {0} opened {1}: {2}",
            _life.Broker,
            string.Join(", ", _life.LogDirs),
            session.IsFirstLife ? "its first life begins" : $"the previous life ended {session.PreviousLife}");
        _broker.Groups = Context.Watch(Context.ActorOf(GroupsActor.Props(_broker, Self), ReplicationPaths.GroupsName));
        if (_life.Listener is { } listener)
            OpenListener(listener);
        else
            Begin(now, []);
    }

    /// <summary>The life begins towards the controller: everything that a registration says is there.</summary>
    private void Begin(long now, ImmutableArray<BrokerEndpoint> endpoints)
    {
        var settings = _life.Settings;
        var session = _broker!.Storage;
        _lifecycle = new BrokerLifecycle(
            new BrokerLifecycleOptions(
                _life.ClusterId,
                _life.Broker,
                _life.Rack,
                session.DirectoryIds,
                settings.BrokerHeartbeatIntervalMs,
                settings.BrokerSessionTimeoutMs)
            {
                Endpoints = endpoints,
            },
            _life.IncarnationId,
            session.PreviousLife,
            session.PreviousBrokerEpoch,
            Random.Shared.NextDouble);
        _follower = new MetadataFollower(
            new MetadataFollowerOptions(_life.ClusterId, _life.Broker), MetadataImage.Empty(_life.ClusterId));
        _proposals = new IsrProposalQueue(new IsrProposalQueueOptions(_life.Broker));
        _producerIds = new ProducerIdBlocks(new ProducerIdBlocksOptions(_life.Broker));
        _retention = new RetentionRounds(settings.LogRetentionCheckIntervalMs);
        _cleaning = new CleaningRounds(
            _life.LogDirs.Length, settings.LogCleanerBackoffMs, settings.LogCleanerIoMaxBytesPerSecond);
        _life.State.Add(_broker);
        StartTimer(BrokerTimer.Checkpoint, settings.ReplicaHighWatermarkCheckpointIntervalMs);
        _retention.Start(_effects);
        _cleaning.Start(_effects);
        _lifecycle.Start(now, _effects);
    }

    private LogDir Use(string path, int number)
    {
        var dispatcher = ReplicationDispatchers.OfLogDir(_life.Cluster, _life.Broker, number);
        var reads = ReplicationDispatchers.OfReads(_life.Cluster, _life.Broker, number);
        return new LogDir(
            number,
            path,
            dispatcher,
            Worker(dispatcher, ReplicationPaths.RecentReaderName(number)),
            Worker(reads, ReplicationPaths.ReaderName(number)));
    }

    private IActorRef Worker(string dispatcher, string name)
    {
        var worker = Context.Watch(Context.ActorOf(LogDirWorker.Props(dispatcher), name));
        _workers.Add(worker);
        return worker;
    }

    private void Checkpoint()
    {
        // A directory that has not finished the last one is left alone: its disk is slow, or hangs.
        foreach (var dir in _broker!.LogDirs)
        {
            if (_checkpointing.Add(dir.Number))
                dir.Reader.Tell(new CheckpointWork(_broker.Storage, dir.Number), Self);
        }

        StartTimer(BrokerTimer.Checkpoint, _life.Settings.ReplicaHighWatermarkCheckpointIntervalMs);
    }

    private void OnCheckpointed(Checkpointed done)
    {
        _checkpointing.Remove(done.LogDir);
        TellOfSpace(done.LogDir);
        if (done.Error is { } error)
            _logger.Warning("Log directory {0} was not checkpointed: {1}", _life.LogDirs[done.LogDir], error);
    }

    private void TellOfSpace(int logDir)
    {
        if (_broker!.Storage.IsFull(logDir))
        {
            if (_full.Add(logDir))
            {
                _logger.Error(
                    "Log directory {0} takes no more records: less than {1} bytes of its disk are free",
                    _life.LogDirs[logDir], _life.Settings.LogDirMinFreeBytes);
            }
        }
        else if (_full.Remove(logDir))
        {
            _logger.Info("Log directory {0} has room again", _life.LogDirs[logDir]);
        }
    }

    /// <summary>The controller lets this broker go: clients first, then replicas, then their logs, the marker last.</summary>
    private void Close()
    {
        _closing = true;
        DrainListenerAsync().PipeTo(
            Self, success: () => ListenerProtocol.Drained.Instance, failure: _ => ListenerProtocol.Drained.Instance);
    }

    private void CloseLogs()
    {
        var broker = _broker!;
        var epoch = broker.Epoch;
        var stopped = Task.WhenAll(
            broker.Replicas.All.Where(r => !r.IsBroken).Select(r => r.Replica.GracefulStop(TimeSpan.FromSeconds(30))));
        stopped.ContinueWith(
            async _ => await broker.Storage.CloseCleanlyAsync(epoch).ConfigureAwait(false),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default).Unwrap().PipeTo(
                Self,
                success: () => new StorageClosed(null),
                failure: e => new StorageClosed(e.Message));
    }

    private void End(bool clean, bool mayRestart, string reason, Exception? cause)
    {
        Context.Parent.Tell(new BrokerProtocol.Ending(_life.Broker, clean, mayRestart, reason, cause));
        Context.Stop(Self);
    }

    private static ReplicationException AsReplicationException(Exception e) => e as ReplicationException
        ?? new ReplicationException(ErrorCode.KafkaStorageError, e.GetBaseException().Message, e);

    private sealed record CheckpointWork(StorageSession Storage, int LogDir) : LogDirWork
    {
        public override object Run()
        {
            try
            {
                Storage.CheckpointHighWatermarks(LogDir);
                return new Checkpointed(LogDir, null);
            }
            catch (Exception e)
            {
                return new Checkpointed(LogDir, e.Message);
            }
        }
    }

    private sealed record Checkpointed(int LogDir, string? Error) : INoSerializationVerificationNeeded;

    private sealed record StorageOpened(StorageSession Session) : INoSerializationVerificationNeeded;

    private sealed record StorageFailed(Exception Cause) : INoSerializationVerificationNeeded;

    private sealed record StorageClosed(string? Error) : INoSerializationVerificationNeeded;
}
