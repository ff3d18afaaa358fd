using AkkaReplication.History;

namespace AkkaReplication.Tool.Judging;

/// <summary>
/// What the producer sent and what became of it, by the client's clock: every operation in the recorder, from which the drill
/// is judged, and the counts that the drill goes by while it runs. Written from the client's threads, read by the drill at
/// any time.
/// </summary>
internal sealed class ProduceHistory(string topic, int partitions, HistoryRecorder recorder)
{
    private const int ProcessOfProducer = 1;

    /// <summary>Probes retry nothing and overtake each other, so each is a process of its own.</summary>
    private const int ProcessOfFirstProbe = 1_000_000;

    private readonly Lock _lock = new();
    private readonly List<AcknowledgedRecord> _acknowledged = [];
    private readonly long[] _acknowledgedByPartition = new long[partitions];
    private readonly SortedDictionary<ErrorCode, long> _refused = [];
    private readonly UnavailabilityMeter _meter = new(partitions);
    private long _probes;

    public string Topic => topic;

    public HistoryRecorder Recorder => recorder;

    public long Sent { get; private set; }

    public long AcknowledgedCount
    {
        get
        {
            lock (_lock)
                return _acknowledged.Count;
        }
    }

    public long RefusedCount
    {
        get
        {
            lock (_lock)
                return _refused.Values.Sum();
        }
    }

    public long Outstanding
    {
        get
        {
            lock (_lock)
                return Sent - _acknowledged.Count - _refused.Values.Sum();
        }
    }

    public long AcknowledgedIn(int partition)
    {
        lock (_lock)
            return _acknowledgedByPartition[partition];
    }

    /// <summary>A record is being sent. The numbers are 1, 2, 3, ...</summary>
    public SentRecord OnSent(int partition, ReadOnlySpan<byte> value, long nowMs)
    {
        var digest = ValueDigest.Of(value);
        lock (_lock)
        {
            _meter.OnSent(partition, nowMs);
            var send = recorder.BeginSend(
                ProcessOfProducer, HistoryRecorder.KeyOf(topic, partition), RecordValue.Of(++Sent, digest));
            return new SentRecord(Sent, partition, digest, send);
        }
    }

    /// <summary>A probe is being sent. The numbers are -1, -2, -3, ...</summary>
    public SentRecord OnProbe(int partition, ReadOnlySpan<byte> value)
    {
        var (number, digest) = (Interlocked.Increment(ref _probes), ValueDigest.Of(value));
        var send = recorder.BeginSend(
            ProcessOfFirstProbe + (int)number, HistoryRecorder.KeyOf(topic, partition), RecordValue.Of(-number, digest));
        return new SentRecord(-number, partition, digest, send);
    }

    public void OnAcknowledged(SentRecord sent, long offset, long nowMs)
    {
        sent.Operation.Ok(offset);
        lock (_lock)
        {
            _acknowledged.Add(new AcknowledgedRecord(sent.Record, sent.Partition, offset, sent.Digest));
            _acknowledgedByPartition[sent.Partition]++;
            _meter.OnAcknowledged(sent.Partition, nowMs);
        }
    }

    public void OnRefused(SentRecord sent, ErrorCode error)
    {
        // Of the attempts that the client made, one may have been written although the last was refused.
        sent.Operation.Unknown();
        lock (_lock)
        {
            _refused[error] = _refused.GetValueOrDefault(error) + 1;
            _meter.OnRefused(sent.Partition);
        }
    }

    public Acknowledgements Acknowledgements()
    {
        lock (_lock)
            return new Acknowledgements(partitions, _acknowledged);
    }

    /// <summary>"NOT_ENOUGH_REPLICAS 12, REQUEST_TIMED_OUT 3", or nothing.</summary>
    public string Refusals()
    {
        lock (_lock)
            return string.Join(", ", _refused.Select(pair => $"{pair.Key.KafkaName()} {pair.Value}"));
    }

    public long MaxUnavailableMs(long nowMs)
    {
        lock (_lock)
            return _meter.LongestMs(nowMs);
    }
}

/// <summary>A record that was sent and has no answer yet.</summary>
internal readonly record struct SentRecord(long Record, int Partition, ulong Digest, PendingOperation Operation);
