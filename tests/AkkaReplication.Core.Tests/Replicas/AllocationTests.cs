using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Records;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>What a batch costs the leader's machine in garbage, the log apart.</summary>
public sealed class AllocationTests
{
    private readonly Replica _leader = Leading();
    private readonly EffectList _effects = new();
    private long _end;

    [Fact]
    public void A_batch_costs_the_same_however_many_records_it_holds()
    {
        var small = PerBatch(ReplicaUnderTest.Batch("x"));
        var large = PerBatch(ReplicaUnderTest.Batch([.. Enumerable.Repeat("x", 500)]));

        Assert.InRange(large, 0, small + 64);
    }

    [Fact]
    public void A_batch_with_two_followers_costs_a_bounded_number_of_small_objects() =>
        Assert.InRange(PerBatch(ReplicaUnderTest.Batch("x")), 0, 1500);

    private static Replica Leading()
    {
        var replica = new Replica(
            ReplicaUnderTest.Partition,
            new ReplicaOptions(new BrokerId(0), 10_000, 1000, FlushPolicy.Replicated, 9000),
            new CountingLog(),
            0);
        var effects = new EffectList();
        var context = new ReplicaUnderTest();
        replica.OnOwnEpoch(ReplicaUnderTest.EpochOf(0));
        replica.OnBrokersChanged(0, context.Brokers, effects);
        replica.OnLease(0, long.MaxValue / 2, effects);
        replica.OnPartitionUpdate(0, new PartitionUpdate(2000, context.Registration, TopicSettings.Default), effects);
        return replica;
    }

    private long PerBatch(byte[] batch)
    {
        const int Batches = 200;
        Cycle(batch, Batches);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(batch, Batches);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Batches;
    }

    private void Cycle(byte[] batch, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var input = new ProduceInput(new RequestToken(i), -1, batch, LeaderEpoch.None, 30_000);
            _leader.OnProduce(100, 1000, input, _effects);
            _end = _leader.LogEndOffset;
            Fetch(1);
            Fetch(2);
            Assert.Equal(_end, _leader.HighWatermark);
            _effects.Clear();
        }
    }

    private void Fetch(int follower) => _leader.OnFollowerFetch(
        100,
        new FollowerFetch(
            ReplicaUnderTest.Partition, new BrokerId(follower), ReplicaUnderTest.EpochOf(follower), new LeaderEpoch(5),
            _end, new LeaderEpoch(5), 0),
        _effects);

    /// <summary>Keeps nothing but its end.</summary>
    private sealed class CountingLog : IReplicaLog, ILogView
    {
        public long LogStartOffset => 0;

        public long LogEndOffset { get; private set; }

        public long FlushedEndOffset => LogEndOffset;

        public EpochCache Epochs { get; } = new();

        public ProducerStates Producers { get; } = new();

        public long TruncationGeneration => 0;

        public bool IsCurrent => true;

        public void AssignEpoch(LeaderEpoch epoch, long startOffset) => Epochs.Assign(epoch, startOffset);

        public void AppendAsLeader(
            ReadOnlyMemory<byte> batch, in BatchHeader header, LeaderEpoch epoch, long? appendTimeMs) =>
            LogEndOffset += header.RecordCount;

        public void AppendAsFollower(ReadOnlyMemory<byte> batches) => throw new NotSupportedException();

        public void TruncateTo(long offset) => throw new NotSupportedException();

        public void TruncateFullyAndStartAt(long offset, ProducerStates producers) => throw new NotSupportedException();

        public void AdvanceLogStart(long offset) => throw new NotSupportedException();

        public bool ApplyRetention(long highWatermark, long nowMs) => false;

        public void CheckpointHighWatermark(long highWatermark)
        {
        }

        public ILogView View() => this;

        public ReadOnlyMemory<byte> Read(long offset, long upToOffset, int maxBytes, bool atLeastOneBatch) => default;

        public TimestampAndOffset? FindByTime(long timestampMs, long upToOffset) => null;

        public TimestampAndOffset? FindLatest(long upToOffset) => null;
    }
}
