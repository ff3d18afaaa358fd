using System.Collections.Immutable;
using System.Text;
using Akka.Actor;
using AkkaReplication.Brokers;
using AkkaReplication.Links;
using AkkaReplication.Metadata;
using AkkaReplication.Records;
using AkkaReplication.Replicas;
using AkkaReplication.Storage;
using AkkaReplication.Tests.Disks;

namespace AkkaReplication.Tests.Actors;

/// <summary>
/// What the actors of broker 1 share, over a log directory of its own, for tests of one of them: topic "t" has partitions
/// with replicas on brokers 1, 2 and 3.
/// </summary>
internal sealed class BrokerUnderTest : IAsyncDisposable
{
    public const string Cluster = "acts";
    public const string ClusterId = "acts-id";
    public static readonly BrokerId One = new(1);
    public static readonly BrokerId Two = new(2);
    public static readonly BrokerId Three = new(3);
    public static readonly TopicId Topic = new(new Guid(9, 0, 0, new byte[8]));
    private const string Dispatcher = "akka.actor.default-dispatcher";

    private readonly string _directory = Directory.CreateTempSubdirectory("akkarepl-actors-").FullName;

    /// <param name="readers">Stand where the readers of the log directory stand, to lose or to hold reads; null for real ones.</param>
    public BrokerUnderTest(ActorSystem system, ReplicationSettings? settings = null, IActorRef? readers = null)
    {
        LogPath = Path.Combine(_directory, "data");
        Storage = StorageSession.Open(new StorageSessionOptions
        {
            ClusterId = ClusterId,
            NodeId = One,
            Directories = [LogPath],
            Files = Files,
            RecoveryThreads = 1,
        });
        Reader = readers ?? system.ActorOf(LogDirWorker.Props(Dispatcher));
        LogDir = new LogDir(0, LogPath, Dispatcher, Reader, Reader);
        Context = new BrokerContext(
            Cluster, ClusterId, One, settings ?? new ReplicationSettings(), new DirectCarrier(), Storage, [LogDir])
        {
            Epoch = EpochOf(One),
            LeaseEndMs = long.MaxValue,
        };
    }

    public BrokerContext Context { get; }

    public StorageSession Storage { get; }

    public FaultyFileSystem Files { get; } = new();

    public string LogPath { get; }

    public LogDir LogDir { get; }

    public IActorRef Reader { get; }

    public static BrokersView Alive { get; } = new(1000, new[] { One, Two, Three }.ToImmutableSortedDictionary(
        id => id, id => new BrokerStatus(EpochOf(id), Fenced: false, InControlledShutdown: false)));

    public static BrokerEpoch EpochOf(BrokerId broker) => new(100 + broker.Value);

    public static TopicIdPartition Partition(int number = 0) => new(Topic, number);

    /// <summary>A partition as metadata has it.</summary>
    public static PartitionRegistration Registration(
        BrokerId leader, int epoch = 1, int partition = 0, int minIsr = 2, params BrokerId[] isr) => new(
            Topic,
            "t",
            partition,
            [One, Two, Three],
            isr.Length == 0 ? [One, Two, Three] : [.. isr],
            [],
            [],
            leader,
            new LeaderEpoch(epoch),
            new PartitionEpoch(epoch),
            LeaderRecoveryState.Recovered,
            minIsr);

    public static ReplicaProtocol.Update Update(PartitionRegistration registration, TopicSettings? settings = null) =>
        new(new PartitionUpdate(1000 + registration.PartitionEpoch.Value, registration, settings ?? TopicSettings.Default), Alive);

    public static byte[] Batch(params string[] values)
    {
        var builder = new RecordBatchBuilder();
        foreach (var value in values)
            Assert.True(builder.TryAppend(1000, [], true, Encoding.UTF8.GetBytes(value), false, null, int.MaxValue));
        return builder.Build();
    }

    /// <summary>The batch as a leader of that epoch has stamped it.</summary>
    public static byte[] Stamped(int epoch, long baseOffset, params string[] values)
    {
        var batch = Batch(values);
        BatchHeader.Stamp(batch, baseOffset, new LeaderEpoch(epoch));
        return batch;
    }

    /// <summary>A follower's position.</summary>
    public static FollowerFetch Fetch(BrokerId follower, long offset, int epoch = 1, int lastEpoch = -1) => new(
        Partition(), follower, EpochOf(follower), new LeaderEpoch(epoch), offset, new LeaderEpoch(lastEpoch), 0);

    public ReplicaHandle Handle(int partition = 0) => new(Partition(partition), "t", LogDir);

    /// <summary>A log with one record per value, as the leader of epoch 1 wrote it.</summary>
    public PartitionLog Log(int partition = 0, params string[] values)
    {
        var log = Storage.GetOrCreateLog(Partition(partition), "t", LogSettings.Default);
        if (log.Epochs.IsEmpty)
            log.AssignEpoch(new LeaderEpoch(1), log.LogEndOffset);
        foreach (var value in values)
            log.AppendAsFollower(Stamped(1, log.LogEndOffset, value));
        return log;
    }

    /// <summary>What a leader of this log would publish.</summary>
    public ReadView View(
        PartitionLog log, long? highWatermark = null, ReplicaRole role = ReplicaRole.Leader, int epoch = 1) => new(
            log.Id,
            role,
            One,
            new LeaderEpoch(epoch),
            log.LogStartOffset,
            highWatermark ?? log.LogEndOffset,
            highWatermark ?? log.LogEndOffset,
            log.LogEndOffset,
            0,
            long.MaxValue,
            log.View());

    /// <summary>A replica whose actor is a probe, that leads and has published these records.</summary>
    public ReplicaHandle Leads(IActorRef replica, int partition = 0, params string[] values)
    {
        var handle = Handle(partition);
        handle.Replica = replica;
        handle.Publish(View(Log(partition, values)));
        Context.Replicas.Add(handle);
        return handle;
    }

    public async ValueTask DisposeAsync()
    {
        Files.LetGo(LogPath);
        await Storage.KillAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private sealed class DirectCarrier : IPeerCarrier
    {
        public void Send(BrokerId from, BrokerId to, IActorRef target, object message, IActorRef sender) =>
            target.Tell(message, sender);
    }
}
