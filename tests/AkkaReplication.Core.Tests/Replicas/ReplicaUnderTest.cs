using System.Collections.Immutable;
using System.Text;
using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Records;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>
/// Broker 0's replica of one partition with its surroundings: metadata, time, timers, and the effects of the last turn.
/// The With methods arrange; everything else acts.
/// </summary>
internal sealed class ReplicaUnderTest
{
    public const long Lag = 10_000;
    public const long Session = 9_000;
    public const long Backoff = 1_000;
    public static readonly TopicIdPartition Partition = new(new TopicId(new Guid(7, 0, 0, new byte[8])), 0);

    private readonly SortedDictionary<ReplicaTimer, long> _timers = [];
    private long _nextToken;

    public ReplicaUnderTest(FlushPolicy flush = FlushPolicy.Replicated, MemoryLog? log = null, long highWatermark = 0)
    {
        Log = log ?? new MemoryLog();
        Options = new ReplicaOptions(new BrokerId(0), Lag, Backoff, flush, Session);
        Registration = new PartitionRegistration(
            Partition.TopicId, "t", 0, Ids(0, 1, 2), Ids(0, 1, 2), [], [], new BrokerId(0),
            new LeaderEpoch(5), new PartitionEpoch(20), LeaderRecoveryState.Recovered, MinIsr: 2);
        Brokers = new BrokersView(1000, Enumerable.Range(0, 5).ToImmutableSortedDictionary(
            id => new BrokerId(id), id => new BrokerStatus(EpochOf(id), Fenced: false, InControlledShutdown: false)));
        Replica = CreateReplica(highWatermark);
    }

    public ReplicaOptions Options { get; }

    public MemoryLog Log { get; }

    public Replica Replica { get; private set; }

    public PartitionRegistration Registration { get; private set; }

    public TopicSettings Settings { get; private set; } = TopicSettings.Default;

    public BrokersView Brokers { get; private set; }

    /// <summary>Offset of the metadata log; grows with every change told.</summary>
    public long MetadataOffset { get; private set; } = 1000;

    public long NowMs { get; private set; } = 50_000;

    public EffectList Effects { get; } = new();

    public IReadOnlyDictionary<ReplicaTimer, long> Timers => _timers;

    public static ImmutableArray<BrokerId> Ids(params int[] ids) => [.. ids.Select(id => new BrokerId(id))];

    public static BrokerEpoch EpochOf(int broker) => new(100 + broker);

    public static byte[] Batch(params string[] values)
    {
        var builder = new RecordBatchBuilder();
        foreach (var value in values)
            Assert.True(builder.TryAppend(1000, [], true, Encoding.UTF8.GetBytes(value), false, null, int.MaxValue));
        return builder.Build();
    }

    public static byte[] IdempotentBatch(long producerId, short producerEpoch, int sequence, string value = "v")
    {
        var batch = Batch(value);
        RecordBatch.SetProducer(batch, producerId, producerEpoch, sequence);
        return batch;
    }

    /// <summary>Batches of one record each, as a leader of that epoch stamped them.</summary>
    public static byte[] Stamped(int epoch, long baseOffset, params string[] values)
    {
        var bytes = new List<byte>();
        foreach (var value in values)
        {
            var batch = Batch(value);
            BatchHeader.Stamp(batch, baseOffset++, new LeaderEpoch(epoch));
            bytes.AddRange(batch);
        }

        return [.. bytes];
    }

    public ReplicaUnderTest WithReplicas(params int[] ids) => With(r => r with { Replicas = Ids(ids) });

    public ReplicaUnderTest WithIsr(params int[] ids) => With(r => r with { Isr = Ids(ids) });

    public ReplicaUnderTest WithElr(params int[] ids) => With(r => r with { Elr = Ids(ids) });

    public ReplicaUnderTest WithMinIsr(int minIsr) => With(r => r with { MinIsr = minIsr });

    public ReplicaUnderTest WithSettings(Func<TopicSettings, TopicSettings> change)
    {
        Settings = change(Settings);
        return this;
    }

    /// <summary>Records that are in the log before anything happens, one per batch.</summary>
    public ReplicaUnderTest WithRecords(int epoch, int count)
    {
        for (var i = 0; i < count; i++)
            Log.AppendAsFollower(Stamped(epoch, Log.LogEndOffset, $"{epoch}/{Log.LogEndOffset}"));
        return this;
    }

    /// <summary>A checkpointed high watermark.</summary>
    public ReplicaUnderTest WithHighWatermark(long offset)
    {
        Replica = CreateReplica(offset);
        return this;
    }

    public ReplicaUnderTest Leading(int epoch = 5, bool leased = true)
    {
        Begin(leased ? NowMs + 1_000_000 : NowMs - 1);
        return Update(r => r with { Leader = new BrokerId(0), LeaderEpoch = new LeaderEpoch(epoch) });
    }

    public ReplicaUnderTest Following(int leader = 1, int epoch = 5)
    {
        Begin(NowMs + 1_000_000);
        return Update(r => r with { Leader = new BrokerId(leader), LeaderEpoch = new LeaderEpoch(epoch) });
    }

    /// <summary>Metadata changes the partition; its partition epoch grows by one.</summary>
    public ReplicaUnderTest Update(Func<PartitionRegistration, PartitionRegistration> change)
    {
        With(r => change(r) with { PartitionEpoch = Max(r.PartitionEpoch, Replica.PartitionEpoch).Next() });
        return Tell();
    }

    /// <summary>The replica hears the present registration, perhaps again.</summary>
    public ReplicaUnderTest Tell(PartitionRegistration? registration = null)
    {
        MetadataOffset++;
        return Turn(fx => Replica.OnPartitionUpdate(
            NowMs, new PartitionUpdate(MetadataOffset, registration ?? Registration, Settings), fx));
    }

    public ReplicaUnderTest ChangeBroker(int id, Func<BrokerStatus, BrokerStatus> change)
    {
        var broker = new BrokerId(id);
        MetadataOffset++;
        Brokers = new BrokersView(MetadataOffset, Brokers.Brokers.SetItem(broker, change(Brokers.Brokers[broker])));
        return Turn(fx => Replica.OnBrokersChanged(NowMs, Brokers, fx));
    }

    /// <summary>Metadata goes on, with the same brokers as before.</summary>
    public ReplicaUnderTest PassMetadata()
    {
        Brokers = Brokers with { MetadataOffset = ++MetadataOffset };
        return Turn(fx => Replica.OnBrokersChanged(NowMs, Brokers, fx));
    }

    public ReplicaUnderTest Fence(int id) => ChangeBroker(id, status => status with { Fenced = true });

    public ReplicaUnderTest Unfence(int id) => ChangeBroker(id, status => status with { Fenced = false });

    public RequestToken Produce(
        short acks = -1, byte[]? batch = null, int? epoch = null, long timeoutMs = 30_000)
    {
        var token = new RequestToken(++_nextToken);
        var input = new ProduceInput(
            token,
            acks,
            batch ?? Batch($"record {token.Value}"),
            epoch is { } e ? new LeaderEpoch(e) : LeaderEpoch.None,
            NowMs + timeoutMs);
        Turn(fx => Replica.OnProduce(NowMs, 1_700_000_000_000, input, fx));
        return token;
    }

    public RequestToken DeleteRecords(long offset, int? epoch = null, long timeoutMs = 30_000)
    {
        var token = new RequestToken(++_nextToken);
        var expected = epoch is { } e ? new LeaderEpoch(e) : LeaderEpoch.None;
        var input = new DeleteRecordsInput(token, offset, expected, NowMs + timeoutMs);
        Turn(fx => Replica.OnDeleteRecords(NowMs, input, fx));
        return token;
    }

    /// <summary>A follower states its position, and its link says that it has heard us until now.</summary>
    public FollowerFetchAnswered Fetch(
        int follower,
        long offset,
        int? lastEpoch = null,
        int? epoch = null,
        BrokerEpoch? brokerEpoch = null,
        long logStart = 0)
    {
        var last = lastEpoch is { } e ? new LeaderEpoch(e) : Log.Epochs.EpochAt(offset - 1) ?? LeaderEpoch.None;
        var fetch = new FollowerFetch(
            Partition,
            new BrokerId(follower),
            brokerEpoch ?? EpochOf(follower),
            epoch is { } asked ? new LeaderEpoch(asked) : Replica.LeaderEpoch,
            offset,
            last,
            logStart);
        Turn(fx =>
        {
            Replica.OnFollowerFetch(NowMs, fetch, fx);
            Replica.OnFollowerContact(NowMs, fetch.Follower, fetch.CurrentLeaderEpoch, NowMs, fx);
        });
        return Assert.Single(All<FollowerFetchAnswered>());
    }

    /// <summary>Followers fetch up to the log's end.</summary>
    public ReplicaUnderTest CatchUp(params int[] followers)
    {
        foreach (var follower in followers)
            Fetch(follower, Log.LogEndOffset);
        return this;
    }

    /// <summary>The leader's answer to the follower's present position.</summary>
    public ReplicaUnderTest Fetched(
        byte[]? records = null,
        ErrorCode error = ErrorCode.None,
        EpochEnd? diverging = null,
        long highWatermark = -1,
        long leaderStart = 0,
        long leaderEnd = -1,
        FetchFrom? to = null,
        ReadOnlyMemory<byte> producers = default)
    {
        var position = to ?? Replica.Position;
        Assert.NotNull(position);
        var answer = new FetchedPartition(
            Partition, position.LeaderEpoch, position.FetchOffset, position.LastFetchedEpoch, error, diverging,
            highWatermark, leaderStart, leaderEnd, records ?? [])
        {
            Producers = producers,
        };
        return Turn(fx => Replica.OnFetched(NowMs, answer, fx));
    }

    public ReplicaUnderTest AnswerIsr(
        IsrProposal proposal,
        ErrorCode error = ErrorCode.None,
        int? partitionEpoch = null,
        ImmutableArray<BrokerId>? isr = null,
        long metadataOffset = long.MaxValue)
    {
        var epoch = partitionEpoch is { } e ? new PartitionEpoch(e) : proposal.PartitionEpoch.Next();
        var answer = new IsrProposalAnswer(
            Partition, proposal.ProposalId, error, new BrokerId(0), proposal.LeaderEpoch, epoch,
            LeaderRecoveryState.Recovered, isr ?? [.. proposal.NewIsr.Select(member => member.Broker)])
        {
            MetadataOffset = metadataOffset,
        };
        return Turn(fx => Replica.OnIsrAnswer(NowMs, answer, fx));
    }

    public ReplicaUnderTest Flush()
    {
        Log.Flush();
        return Turn(fx => Replica.OnFlushed(NowMs, Log.FlushedEndOffset, fx));
    }

    public ReplicaUnderTest RetentionDue(long wallClockMs) => Turn(fx => Replica.OnRetentionDue(NowMs, wallClockMs, fx));

    public ReplicaUnderTest Lease(long untilMs) => Turn(fx => Replica.OnLease(NowMs, untilMs, fx));

    public ReplicaUnderTest Turn(Action<EffectList> turn)
    {
        Effects.Clear();
        turn(Effects);
        Note();
        return this;
    }

    /// <summary>
    /// Lets time pass; timers that run down meanwhile are fed to the replica. Keeps the effects of them all.
    /// </summary>
    public ReplicaUnderTest Advance(long ms)
    {
        var until = NowMs + ms;
        var all = new List<Effect>();
        while (_timers.Count > 0 && _timers.MinBy(timer => timer.Value) is var next && next.Value <= until)
        {
            NowMs = Math.Max(NowMs, next.Value);
            _timers.Remove(next.Key);
            Turn(fx => Replica.OnTimer(NowMs, next.Key, fx));
            all.AddRange(Effects.AsReadOnly());
        }

        NowMs = until;
        Effects.Clear();
        foreach (var effect in all)
            Effects.Add(effect);
        return this;
    }

    public IReadOnlyList<T> All<T>()
        where T : Effect => [.. Effects.AsReadOnly().OfType<T>()];

    public T Only<T>()
        where T : Effect => Assert.Single(All<T>());

    public void No<T>()
        where T : Effect => Assert.Empty(All<T>());

    public T Observed<T>()
        where T : ReplicaObservation => Assert.Single(All<Observe>().Select(effect => effect.Observation).OfType<T>());

    public ErrorCode? AnswerTo(RequestToken token) =>
        All<ProduceCompleted>().SingleOrDefault(completed => completed.Token == token)?.Error;

    public DeleteRecordsCompleted? DeletionOf(RequestToken token) =>
        All<DeleteRecordsCompleted>().SingleOrDefault(completed => completed.Token == token);

    public ReplicaFollower Follower(int id) => Replica.Followers.Single(follower => follower.Broker.Value == id);

    private static PartitionEpoch Max(PartitionEpoch one, PartitionEpoch other) => one > other ? one : other;

    private ReplicaUnderTest With(Func<PartitionRegistration, PartitionRegistration> change)
    {
        Registration = change(Registration);
        return this;
    }

    private Replica CreateReplica(long highWatermark)
    {
        var replica = new Replica(Partition, Options, Log, highWatermark);
        replica.OnOwnEpoch(EpochOf(0));
        return replica;
    }

    private void Begin(long leaseEndMs)
    {
        Turn(fx => Replica.OnBrokersChanged(NowMs, Brokers, fx));
        Lease(leaseEndMs);
    }

    private void Note()
    {
        foreach (var effect in All<StartReplicaTimer>())
            _timers[effect.Timer] = NowMs + effect.DelayMs;
        if (All<PublishView>() is [.., var published])
            Assert.Same(published.View, Replica.View);
    }
}
