using System.Buffers.Binary;
using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.History;
using AkkaReplication.Records;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>Reads partitions that it assigned itself, now and then from elsewhere.</summary>
internal sealed class ConsumerProcess : ClientProcess
{
    private readonly ConsumerSettings _settings;
    private readonly bool _isFinal;
    private readonly Dictionary<TopicPartition, long> _reached = [];

    // Up to where it has read without a break, and the epoch of the last record.
    private readonly Dictionary<TopicPartition, (long NextOffset, LeaderEpoch Epoch)> _readTo = [];
    private ConsumerClient _machine = null!;
    private int _process;
    private PendingOperation? _poll;

    /// <param name="isFinal">It reads everything once, from the beginning, when the faults are over.</param>
    public ConsumerProcess(Cluster cluster, int node, bool isFinal)
        : base(cluster, node)
    {
        _isFinal = isFinal;
        _settings = new ConsumerSettings
        {
            Bootstrap = [.. cluster.BrokerIds],
            AutoOffsetReset = AutoOffsetReset.Earliest,
            FetchMaxWaitMs = World.Workload.Between(50, 500),
            MaxPartitionFetchBytes = isFinal ? 100_000 : World.Workload.Between(300, 5_000),
            FetchMaxBytes = isFinal ? 1_000_000 : World.Workload.Between(1_000, 20_000),
            RequestTimeoutMs = World.Workload.Between(1_000, 2_500),
            MetadataMaxAgeMs = 4_000,
            RetryBackoffMs = 50,
            RetryBackoffMaxMs = 500,
            ReconnectBackoffMaxMs = 500,
            HedgeAfterMs = 500,
            ConnectionSetupTimeoutMs = 1_000,
        };
    }

    protected override ClientMachine Machine => _machine;

    /// <summary>Where it has come to.</summary>
    public long ReachedIn(TopicPartition partition) => _reached.GetValueOrDefault(partition);

    public void Start()
    {
        BeginLife();
        _process = Cluster.NextHistoryProcess();
        _machine = new ConsumerClient(_settings, World.Workload.NextDouble);
        _poll = null;
        _reached.Clear();
        _readTo.Clear();
        AssignAll();
        AfterUs(0, Poll);
        if (!_isFinal)
            AfterUs(World.Workload.Between(5_000_000, 20_000_000), MoveAbout);
    }

    public override void Kill()
    {
        base.Kill();
        _poll?.Fail();
        _poll = null;
    }

    private void AssignAll()
    {
        var partitions = Cluster.JudgedPartitions;
        _readTo.Clear();
        _machine.Assign(partitions.Select(partition => (partition, ConsumerClient.Beginning)));
        SayPositions();
        Wake();
    }

    /// <summary>Assigns anew, or seeks.</summary>
    private void MoveAbout()
    {
        if (!Cluster.IsProducing)
            return;
        var partition = World.Workload.Pick(Cluster.JudgedPartitions);
        if (World.Workload.Hits(0.5))
        {
            AssignAll();
        }
        else if (_machine.Position(partition) is { } position and >= 0)
        {
            SeekTo(partition, World.Workload.Next(position + 1));
        }

        AfterUs(World.Workload.Between(5_000_000, 20_000_000), MoveAbout);
    }

    private void SeekTo(TopicPartition partition, long offset)
    {
        _machine.Seek(partition, offset);
        SayPosition(partition);
        Wake();
    }

    private void SayPosition(TopicPartition changed)
    {
        World.Trace.Line($"consumer {Node} reads {changed} from elsewhere");
        _readTo.Remove(changed);
        SayPositions();
    }

    /// <summary>
    /// Where something is read from changed: what is polled from now on need not follow what was polled before. The history
    /// knows only whole assignments, so all of them are stated.
    /// </summary>
    private void SayPositions()
    {
        _poll?.Ok();
        Cluster.History.Assign(
            _process, [.. Cluster.JudgedPartitions.Select(p => (Cluster.KeyOf(p), OperationStep.UnknownOffset))]);
        _poll = BeginPoll();
    }

    private PendingOperation BeginPoll() =>
        _isFinal ? Cluster.History.BeginFinalRead(_process) : Cluster.History.BeginPoll(_process);

    private void Poll()
    {
        _poll ??= BeginPoll();
        while (true)
        {
            var fetched = _machine.TryTake(out var failure);
            if (failure is not null)
                OnFailure(failure);
            else if (fetched is not null)
                Read(_machine, fetched);
            else
                return;
            Wake();
        }
    }

    private void OnFailure(ConsumerFailure failure)
    {
        if (failure.Diverging is { } diverging)
        {
            World.Tally.Seen(Sometimes.LogTruncationSeenByConsumer);
            Cluster.Checks.OnConsumerTruncation(failure.Partition);
            SeekTo(failure.Partition, Math.Max(0, diverging.EndOffset));
            return;
        }

        Violation.Require(
            failure.Error.IsRetriable() || failure.Error is ErrorCode.CorruptMessage or ErrorCode.OffsetOutOfRange,
            "consumer",
            () => $"{failure.Partition} failed with {failure.Error}: {failure.Message}");
        SeekTo(failure.Partition, Math.Max(0, failure.Position));
    }

    private void Read(ConsumerClient machine, FetchedRecords fetched)
    {
        if (!machine.IsCurrent(fetched))
            return;

        if (!IsWhole(fetched))
        {
            OnCorruption(fetched);
            return;
        }

        var key = Cluster.KeyOf(fetched.Partition);
        var epoch = LeaderEpoch.None;
        var batches = new BatchSequence(fetched.Batches);
        var poll = _poll!;
        var count = 0;
        while (batches.MoveNext())
        {
            if (count == 0 && batches.Header.BaseOffset == fetched.FromOffset
                && _readTo.TryGetValue(fetched.Partition, out var last) && last.NextOffset == fetched.FromOffset)
            {
                Cluster.Checks.OnReadOn(fetched.Partition, batches.Header, last.Epoch);
            }

            epoch = batches.Header.PartitionLeaderEpoch;
            var records = new RecordBatchReader(batches.Current);
            while (records.MoveNext())
            {
                if (records.Offset < fetched.FromOffset)
                    continue;
                poll.Record(key, records.Offset, BinaryPrimitives.ReadInt64LittleEndian(records.Value.Span));
                count++;
            }
        }

        machine.Advance(fetched, fetched.NextOffset, epoch);
        _readTo[fetched.Partition] = (fetched.NextOffset, epoch);
        if (machine.Watermarks(fetched.Partition) is { HighWatermark: >= 0 } watermarks)
            poll.HighWatermark(key, watermarks.HighWatermark);
        _reached[fetched.Partition] = fetched.NextOffset;
        World.Tally.Polled += count;
        World.Trace.Line($"consumer {Node} read {count} of {fetched.Partition} up to {fetched.NextOffset}");
        poll.Ok();
        _poll = BeginPoll();
    }

    private static bool IsWhole(FetchedRecords fetched)
    {
        var batches = new BatchSequence(fetched.Batches);
        while (batches.MoveNext())
        {
            if (!RecordBatch.HasValidCrc(batches.Current.Span))
                return false;
        }

        return true;
    }

    /// <summary>
    /// CORRUPT_MESSAGE, as the checksum is there for the reader: a broker sends what is on its disk. Only where a bit was
    /// flipped, and nothing of it is taken for a record; it is read again later, from whoever leads then.
    /// </summary>
    private void OnCorruption(FetchedRecords fetched)
    {
        Violation.Require(
            Cluster.IsFlipped(fetched.Partition), "consumer", $"{fetched.Partition} has a batch with a bad checksum");
        Cluster.OnCorruption?.Invoke(fetched.Partition);
        AfterUs(500_000, () => SeekTo(fetched.Partition, fetched.FromOffset));
    }

    /// <summary>The final reading has come to the end everywhere.</summary>
    public void Conclude(IEnumerable<(TopicPartition Partition, long End)> ends)
    {
        _poll ??= BeginPoll();
        foreach (var (partition, end) in ends)
            _poll.End(Cluster.KeyOf(partition), end);
        _poll.Ok();
        _poll = null;
    }

    protected override void Perform(Effect effect)
    {
        switch (effect)
        {
            case FetchedRecordsAvailable:
                AfterUs(World.Workload.Next(500), Poll);
                break;
            case ClientObserved { Observation: PositionReset reset }:
                SayPosition(reset.Partition);
                break;
            case ClientObserved { Observation: LogTruncationFound found }:
                World.Tally.Seen(Sometimes.LogTruncationSeenByConsumer);
                Cluster.Checks.OnConsumerTruncation(found.Partition);
                SayPosition(found.Partition);
                break;
            case ClientObserved or OffsetsFound:
                break;
            default:
                throw new InvalidOperationException($"A consumer does not know the effect {effect}.");
        }
    }
}
