using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// The producer: gathers records into batches per partition, sends them to leaders, repeats what failed, and reports
/// every record exactly once. Never sends a batch under a new identity while a copy under the old one may still be
/// appended, and never overtakes a partition's older batch.
/// </summary>
/// <remarks>
/// A batch of a partition: open (takes records) → full → numbered and on the wire → reported. From the wire it comes
/// back
/// into line, with its number, after a retriable or unknown outcome. While the oldest is not confirmed it travels
/// alone.
/// A gap in the numbers, left by a batch that was given up, shows as OUT_OF_ORDER_SEQUENCE_NUMBER of the oldest batch;
/// then the partition gets a new producer epoch and its batches new numbers (KIP-360).
/// </remarks>
public sealed partial class ProducerClient : ClientMachine
{
    /// <summary>
    /// So many of a producer's last batches a leader recognizes; more must not be unreported at once (KIP-98).
    /// </summary>
    private const int RememberedBatches = 5;

    private readonly ProducerSettings _settings;
    private readonly SortedDictionary<string, ProducerTopic> _topics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProducerTopic> _topicsByName = new(StringComparer.Ordinal);
    private readonly List<ProducerQueue> _active = [];
    private readonly Queue<WaitingRecord> _blocked = new();
    private readonly FlushRounds _flushes = new();
    private long _memoryBytes;
    private bool _wakePending;
    private bool _closed;

    /// <param name="random">Numbers in [0, 1) for jitter and for the choice of partitions.</param>
    public ProducerClient(ProducerSettings settings, Func<double> random)
        : base(settings, random) => _settings = settings;

    /// <summary>Bytes of records that are appended and not reported.</summary>
    public long BufferedBytes => _memoryBytes;

    /// <summary>Records that wait for memory.</summary>
    public int BlockedCount => _blocked.Count;

    /// <summary>The producer id of an idempotent producer, -1 before it has one.</summary>
    public long ProducerId => _producerId;

    /// <summary>
    /// Sends everything appended so far without lingering; ends in <see cref="FlushCompleted"/>. Needs a turn.
    /// </summary>
    public void Flush(long token)
    {
        _flushes.Begin(token);
        foreach (var queue in _active)
            queue.CloseOpen();
    }

    /// <summary>Refuses records from now on; what was accepted is still sent and reported.</summary>
    public void Close() => _closed = true;

    private protected override void Work(long nowMs, EffectList effects)
    {
        _wakePending = false;
        ExpireWaiting(nowMs, effects);
        ExpireBatches(nowMs, effects);
        foreach (var queue in _active)
            Renumber(queue, effects);
        do
        {
            AdmitBlocked(nowMs, effects);
        }
        while (SendSome(nowMs, effects));

        EnsureProducerId(nowMs, effects);
        ForgetEmpty();
        while (_flushes.TryComplete(out var token))
            effects.Add(new FlushCompleted(token));
    }

    private protected override void OnMetadata(long nowMs, EffectList effects)
    {
        foreach (var topic in _topics.Values)
        {
            var known = Metadata.Find(topic.Name);
            if (known is null || ReferenceEquals(known, topic.Known))
                continue;

            topic.Known = known;
            if (known.Error != ErrorCode.None && !known.Error.IsRetriable())
                FailWaiting(topic, known.Error, $"Topic '{topic.Name}' cannot be written to.", effects);
            TakeWaiting(nowMs, topic, effects);
            foreach (var queue in topic.Queues)
            {
                if (queue is not null && known.TryGetLeader(queue.Partition.Partition, out var leader))
                    FollowLeader(queue, leader);
            }
        }
    }

    private protected override void OnAbort(long nowMs, ErrorCode error, string message, EffectList effects)
    {
        _closed = true;
        foreach (var topic in _topics.Values)
            FailWaiting(topic, error, message, effects);
        while (_blocked.TryDequeue(out var record))
            Refuse(record, error, message, effects);
        foreach (var queue in _active)
        {
            while (queue.Oldest is { } batch)
                Fail(batch, error, message, effects);
        }

        _active.Clear();
        while (_flushes.TryComplete(out var token))
            effects.Add(new FlushCompleted(token));
    }

    private protected override long NextWorkMs(long nowMs)
    {
        var next = long.MaxValue;
        if (_blocked.TryPeek(out var blocked))
            next = Earlier(next, blocked.DeadlineMs, nowMs);
        foreach (var topic in _waitingTopics)
        {
            if (topic.Waiting.TryPeek(out var waiting))
                next = Earlier(next, waiting.DeadlineMs, nowMs);
        }

        if (_producerId < 0)
            next = Earlier(next, _askIdAtMs, nowMs);
        foreach (var queue in _active)
        {
            next = Earlier(next, queue.Oldest!.CreatedAtMs + _settings.DeliveryTimeoutMs, nowMs);
            next = Earlier(next, queue.RetryAtMs, nowMs);
            next = Earlier(next, queue.SuspectAtMs, nowMs);
            if (queue.Open is { } open)
                next = Earlier(next, open.CreatedAtMs + _settings.LingerMs, nowMs);
        }

        return next;
    }

    private void ForgetEmpty()
    {
        for (var i = _active.Count - 1; i >= 0; i--)
        {
            if (!_active[i].IsEmpty)
                continue;

            _active[i].IsActive = false;
            _active.RemoveAt(i);
        }
    }

    /// <summary>What is due already waits for another input, not for the timer.</summary>
    private static long Earlier(long next, long candidate, long nowMs) =>
        candidate > nowMs && candidate < next ? candidate : next;
}
