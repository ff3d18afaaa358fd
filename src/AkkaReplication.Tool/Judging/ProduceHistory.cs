namespace AkkaReplication.Tool.Judging;

/// <summary>
/// What the producer sent and what became of it, by the client's clock. Written from the client's threads, read by the
/// drill at any time.
/// </summary>
internal sealed class ProduceHistory(int partitions)
{
    private readonly Lock _lock = new();
    private readonly List<AcknowledgedRecord> _acknowledged = [];
    private readonly long[] _acknowledgedByPartition = new long[partitions];
    private readonly SortedDictionary<ErrorCode, long> _refused = [];
    private readonly UnavailabilityMeter _meter = new(partitions);
    private long _probes;

    public long Sent { get; private set; }

    public long Probes => Interlocked.Read(ref _probes);

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

    /// <summary>The number of the record that is being sent: 1, 2, 3, ...</summary>
    public long OnSent(int partition, long nowMs)
    {
        lock (_lock)
        {
            _meter.OnSent(partition, nowMs);
            return ++Sent;
        }
    }

    /// <summary>The number of the probe that is being sent: -1, -2, -3, ...</summary>
    public long OnProbe() => -Interlocked.Increment(ref _probes);

    public void OnAcknowledged(AcknowledgedRecord record, long nowMs)
    {
        lock (_lock)
        {
            _acknowledged.Add(record);
            _acknowledgedByPartition[record.Partition]++;
            _meter.OnAcknowledged(record.Partition, nowMs);
        }
    }

    public void OnRefused(int partition, ErrorCode error)
    {
        lock (_lock)
        {
            _refused[error] = _refused.GetValueOrDefault(error) + 1;
            _meter.OnRefused(partition);
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
