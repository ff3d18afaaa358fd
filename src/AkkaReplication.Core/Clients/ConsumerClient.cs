using AkkaReplication.Effects;
using AkkaReplication.Logs;

namespace AkkaReplication.Clients;

/// <summary>
/// The consumer of assigned partitions: knows every position, fetches ahead from leaders, and finds out when a log lost
/// what the caller has read (KIP-320). Never hands out a record twice without a seek, and never skips one silently.
/// </summary>
public sealed partial class ConsumerClient : ClientMachine
{
    /// <summary>A second fetch at a broker serves partitions that become free while the first waits for data.</summary>
    private const int FetchesPerBroker = 2;

    private const int FetchesPerBrokerAtMost = 10;

    private readonly ConsumerSettings _settings;
    private readonly SortedDictionary<TopicPartition, ConsumerPartition> _partitions = [];
    private readonly Queue<FetchedRecords> _fetched = new();
    private readonly Queue<ConsumerFailure> _failures = new();
    private readonly OffsetFinder _finder;
    private long _generation;
    private bool _isCallerWaiting;

    /// <param name="random">Numbers in [0, 1) for jitter.</param>
    public ConsumerClient(ConsumerSettings settings, Func<double> random)
        : base(settings, random)
    {
        _settings = settings;
        _finder = new OffsetFinder(settings, Metadata, Connections, Updater, random);
    }

    /// <summary>The end, as a position.</summary>
    public const long End = -1;

    /// <summary>The beginning, as a position.</summary>
    public const long Beginning = -2;

    /// <summary>No position: what the group has committed if there is one, otherwise auto.offset.reset decides.</summary>
    public const long Unset = -1001;

    public IReadOnlyCollection<TopicPartition> Assignment => _partitions.Keys;

    public IEnumerable<TopicPartition> Paused =>
        _partitions.Values.Where(partition => partition.IsPaused).Select(partition => partition.Partition);

    /// <summary>
    /// Reads these partitions from these positions and no others; partitions that stay keep nothing. Needs a turn.
    /// </summary>
    /// <param name="positions">Offsets of 0 or greater, <see cref="End"/>, <see cref="Beginning"/> or
    /// <see cref="Unset"/>.</param>
    public void Assign(IEnumerable<(TopicPartition Partition, long Offset)> positions)
    {
        foreach (var partition in _partitions.Values)
            StopSearch(partition);
        _partitions.Clear();
        IncrementalAssign(positions);
    }

    /// <summary>Reads these partitions, too; one that is assigned already starts anew. Needs a turn.</summary>
    public void IncrementalAssign(IEnumerable<(TopicPartition Partition, long Offset)> positions)
    {
        foreach (var (name, offset) in positions)
        {
            Unassign(name);
            var partition = new ConsumerPartition(name);
            _partitions[name] = partition;
            Updater.Track(name.Topic);
            MoveTo(partition, offset);
        }
    }

    /// <summary>Reads that partition no longer. Needs a turn.</summary>
    /// <returns>False where it is not assigned.</returns>
    public bool Unassign(TopicPartition name)
    {
        if (!_partitions.Remove(name, out var partition))
            return false;

        StopSearch(partition);
        return true;
    }

    /// <summary>Goes on from another offset. Needs a turn.</summary>
    /// <returns>False where the partition is not assigned.</returns>
    public bool Seek(TopicPartition name, long offset)
    {
        if (!_partitions.TryGetValue(name, out var partition))
            return false;

        MoveTo(partition, offset);
        return true;
    }

    /// <summary>Stops or resumes fetching; the position stays. Needs a turn.</summary>
    /// <returns>False where the partition is not assigned.</returns>
    public bool SetPaused(TopicPartition name, bool paused)
    {
        if (!_partitions.TryGetValue(name, out var partition))
            return false;

        // What is fetched would otherwise stand in the way of other partitions, or be handed out in spite of the pause.
        if (paused && !partition.IsPaused && partition.Phase == ConsumerPhase.Fetching)
            partition.Rewind(++_generation);
        partition.IsPaused = paused;
        return true;
    }

    /// <summary>
    /// The next offset the caller gets; -1 while it is being looked up, null where the partition is not assigned.
    /// </summary>
    public long? Position(TopicPartition name) =>
        _partitions.TryGetValue(name, out var partition) ? partition.Position : null;

    /// <summary>
    /// Offsets between the caller's position and the end of what can be read, as the last fetch told it; null while
    /// either is not known, or the partition is not assigned.
    /// </summary>
    public long? Lag(TopicPartition name)
    {
        if (!_partitions.TryGetValue(name, out var partition) || partition.Position < 0)
            return null;

        var end = _settings.IsolationLevel == IsolationLevel.ReadCommitted
            ? partition.LastStableOffset
            : partition.HighWatermark;
        return end < 0 ? null : Math.Max(end - partition.Position, 0);
    }

    /// <summary>Log start, high watermark and last stable offset as the last fetch told them, -1 before it.</summary>
    public (long LogStart, long HighWatermark, long LastStable)? Watermarks(TopicPartition name) =>
        _partitions.TryGetValue(name, out var partition)
            ? (partition.LogStartOffset, partition.HighWatermark, partition.LastStableOffset)
            : null;

    /// <summary>
    /// The next records or the next failure, whichever is there. Neither: <see cref="FetchedRecordsAvailable"/> follows
    /// when it is worth looking again. Needs a turn afterwards, so that the room is filled again.
    /// </summary>
    public FetchedRecords? TryTake(out ConsumerFailure? failure)
    {
        if (_failures.TryDequeue(out failure))
            return null;

        while (_fetched.TryDequeue(out var records))
        {
            if (!IsCurrent(records))
                continue;

            _partitions[records.Partition].BufferedBytes -= records.Batches.Length;
            return records;
        }

        _isCallerWaiting = true;
        return null;
    }

    /// <summary>Whether records that were taken may still be handed to the caller.</summary>
    public bool IsCurrent(FetchedRecords records) =>
        _partitions.TryGetValue(records.Partition, out var partition) && partition.Generation == records.Generation;

    /// <summary>The caller has got everything below that offset.</summary>
    /// <param name="epoch">Leader epoch of the batch that the last of it came from.</param>
    public void Advance(FetchedRecords records, long nextOffset, LeaderEpoch epoch)
    {
        if (!IsCurrent(records))
            return;

        _partitions[records.Partition].Advance(nextOffset, epoch);
    }

    /// <summary>The caller cannot make sense of these records: the partition waits for a seek.</summary>
    public void Fail(FetchedRecords records)
    {
        if (!IsCurrent(records))
            return;

        var partition = _partitions[records.Partition];
        partition.Rewind(++_generation);
        partition.Phase = ConsumerPhase.Failed;
    }

    private protected override void Work(long nowMs, EffectList effects)
    {
        ExpireQuestions(nowMs, effects);
        foreach (var partition in _partitions.Values)
            StartSearch(partition);
        _finder.Work(nowMs, effects);
        AskForCommitted(nowMs, effects);
        Suspect(nowMs);
        Fetch(nowMs, effects);
        if (_isCallerWaiting && (_fetched.Count > 0 || _failures.Count > 0))
        {
            _isCallerWaiting = false;
            effects.Add(FetchedRecordsAvailable.Instance);
        }
    }

    private protected override void OnMetadata(long nowMs, EffectList effects)
    {
        _finder.OnMetadata();
        foreach (var partition in _partitions.Values)
        {
            if (Metadata.Find(partition.Partition.Topic) is not { } topic)
                continue;

            if (topic.Error != ErrorCode.None && !topic.Error.IsRetriable() && partition.Phase != ConsumerPhase.Failed)
                Fail(partition, topic.Error, $"Topic '{topic.Name}' cannot be read.");
            if (topic.IsUsable)
                FollowTopic(partition, topic, effects);
        }
    }

    private protected override void OnAnswer(long nowMs, PendingCall call, ClientResponse response, EffectList effects)
    {
        switch (call.Context)
        {
            case FetchCall fetch:
                OnFetched(nowMs, call.Broker, fetch, response as FetchResponse, effects);
                break;
            case OffsetCall offsets:
                _finder.OnAnswer(
                    nowMs,
                    offsets,
                    response as ListOffsetsResponse,
                    (search, result) => OnOffsetFound(search, result, effects),
                    (search, error) => OnOffsetRefused(search, error, effects));
                break;
        }
    }

    private protected override void OnLost(long nowMs, PendingCall call, EffectList effects)
    {
        switch (call.Context)
        {
            case FetchCall fetch:
                OnFetchLost(nowMs, call.Broker, fetch);
                break;
            case OffsetCall offsets:
                _finder.OnLost(nowMs, offsets);
                break;
        }
    }

    private protected override void OnAbort(long nowMs, ErrorCode error, string message, EffectList effects)
    {
        FailQuestions(error, message, effects);
        foreach (var partition in _partitions.Values)
            Fail(partition, error, message);
        _fetched.Clear();
        effects.Add(FetchedRecordsAvailable.Instance);
    }

    private protected override long NextWorkMs(long nowMs)
    {
        var next = Math.Min(_finder.NextWorkMs(nowMs), NextQuestionDeadlineMs);
        foreach (var partition in _partitions.Values)
        {
            if (partition.RetryAtMs > nowMs && partition.RetryAtMs < next)
                next = partition.RetryAtMs;
            if (partition.SuspectAtMs > nowMs && partition.SuspectAtMs < next)
                next = partition.SuspectAtMs;
        }

        return next;
    }

    /// <summary>Another identity, or another leadership, of a partition.</summary>
    private void FollowTopic(ConsumerPartition partition, KnownTopic topic, EffectList effects)
    {
        if (partition.TopicId is { } known && known != topic.Id && partition.Phase == ConsumerPhase.Fetching)
        {
            partition.TopicId = topic.Id;
            partition.LeaderEpoch = LeaderEpoch.None;
            partition.ForgetBounds();
            LeavePosition(partition, $"Topic '{topic.Name}' was deleted and created again.", effects);
        }

        partition.TopicId ??= topic.Id;
        if (!topic.TryGetLeader(partition.Partition.Partition, out var leader) || leader.Epoch <= partition.LeaderEpoch)
            return;

        partition.LeaderEpoch = leader.Epoch;
        partition.RetryAtMs = long.MinValue;
        partition.Failures = 0;
        if (partition.AskedBroker != leader.Broker)
            Unask(partition);
    }

    private void MoveTo(ConsumerPartition partition, long offset)
    {
        StopSearch(partition);
        switch (offset)
        {
            case >= 0:
                partition.StartAt(offset, LeaderEpoch.None, ++_generation);
                break;
            case End or Beginning:
                LookUp(partition, offset);
                break;
            default:
                if (_settings.StartsAtCommitted)
                    AwaitCommitted(partition);
                else
                    ResetByPolicy(partition, $"{partition.Partition} has no position.");
                break;
        }
    }

    private void Fail(ConsumerPartition partition, ErrorCode error, string message, EpochEnd? diverging = null)
    {
        _failures.Enqueue(new ConsumerFailure(partition.Partition, error, message, partition.Position, diverging));
        StopSearch(partition);
        partition.Rewind(++_generation);
        partition.Phase = ConsumerPhase.Failed;
    }
}
