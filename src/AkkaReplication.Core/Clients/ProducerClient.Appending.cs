using System.Text;
using AkkaReplication.Effects;
using AkkaReplication.Records;

namespace AkkaReplication.Clients;

/// <summary>How records come in: memory, partitions, batches.</summary>
public sealed partial class ProducerClient
{
    /// <summary>What a record takes beside its key, value and headers, at most.</summary>
    private const int RecordOverheadBytes = 32;

    private const int IdleBuilders = 64;

    private readonly List<ProducerTopic> _waitingTopics = [];
    private readonly Stack<RecordBatchBuilder> _builders = new();

    /// <summary>
    /// Takes a record. Accepted: it is copied, and reported exactly once, later and in a turn. Refused: nothing
    /// happened.
    /// Records of one partition are sent in the order of these calls.
    /// </summary>
    /// <param name="mayWait">Whether it may wait for memory (up to max.block.ms) where buffer.memory is used
    /// up.</param>
    public AppendResult Append(long nowMs, in ProducerRecord record, bool mayWait)
    {
        if (_closed)
            return Refused(ErrorCode.InvalidRequest, "The producer is closed.");

        var size = SizeOf(record);
        if (size + BatchHeader.Size > _settings.MaxRequestSize)
        {
            return Refused(
                ErrorCode.MessageTooLarge,
                $"The record takes {size + BatchHeader.Size} bytes in a batch of its own; max.request.size allows"
                + $" {_settings.MaxRequestSize}.");
        }

        if (_blocked.Count == 0 && _memoryBytes + size <= _settings.BufferMemory)
            return Admit(nowMs, record, (int)size, waiting: null);
        if (!mayWait)
        {
            return Refused(
                ErrorCode.RequestTimedOut,
                $"buffer.memory ({_settings.BufferMemory} bytes) is used up by records that are not reported yet.");
        }

        _blocked.Enqueue(Wait(nowMs, record, (int)size));
        return Accepted(wake: _blocked.Count == 1);
    }

    private AppendResult Admit(long nowMs, in ProducerRecord record, int size, WaitingRecord? waiting)
    {
        if (!_topicsByName.TryGetValue(record.Topic, out var topic))
            topic = Track(record.Topic);
        if (topic.Known is { } known && known.Error != ErrorCode.None && !known.Error.IsRetriable() && waiting is null)
        {
            Updater.Want();
            return Refused(known.Error, $"Topic '{record.Topic}' cannot be written to.", wake: true);
        }

        // A usable topic keeps only records of partitions waiting that it does not have: none is overtaken here.
        if (topic.CanTake(record.Partition))
        {
            if (Choose(topic, record, size, out var partition) is { } refused)
                return refused;

            _memoryBytes += size;
            var wake = AddToBatch(nowMs, topic, partition, record, size, waiting?.FlushRound ?? _flushes.Current);
            if (waiting is not null)
                _flushes.Leave(waiting.FlushRound);
            return Accepted(wake);
        }

        _memoryBytes += size;
        if (topic.Waiting.Count == 0)
            _waitingTopics.Add(topic);
        topic.Waiting.Enqueue(waiting ?? Wait(nowMs, record, size));
        Updater.Want();
        return Accepted(wake: true);
    }

    private ProducerTopic Track(string name)
    {
        var sticky = new StickyPartition(_settings.BatchSize, Random);
        var topic = new ProducerTopic(name, sticky) { Known = Metadata.Find(name) };
        _topics.Add(name, topic);
        _topicsByName.Add(name, topic);
        Updater.Track(name);
        return topic;
    }

    /// <summary>
    /// Adds the record to its partition's open batch, or begins one. True where there is something new to send or to
    /// time.
    /// </summary>
    private bool AddToBatch(
        long nowMs, ProducerTopic topic, int partition, in ProducerRecord record, int size, long flushRound)
    {
        var known = topic.Known!;
        var queue = QueueOf(topic, partition);
        var limit = Math.Min(_settings.BatchSize, known.MaxMessageBytes ?? int.MaxValue);
        var begun = queue.Open is null
            || queue.Open.FlushRound > flushRound
            || !TryAdd(queue.Open, record, size, limit);
        if (!begun)
            return queue.Open!.SizeBytes >= limit;

        queue.CloseOpen();
        queue.Open = new PendingBatch(queue, TakeBuilder(), nowMs, flushRound);
        _flushes.Enter(queue.Open.FlushRound);
        if (!TryAdd(queue.Open, record, size, int.MaxValue))
            throw new InvalidOperationException($"A record of {size} bytes does not fit an empty batch.");
        if (!queue.IsActive)
        {
            queue.IsActive = true;
            _active.Add(queue);
        }

        return true;
    }

    private static bool TryAdd(PendingBatch batch, in ProducerRecord record, int size, int limit)
    {
        var fits = batch.Builder!.TryAppend(
            record.TimestampMs, record.Key, record.KeyIsNull, record.Value, record.ValueIsNull, record.Headers, limit);
        if (!fits)
            return false;

        batch.Completions.Add(record.Completion);
        batch.MemoryBytes += size;
        return true;
    }

    private static ProducerQueue QueueOf(ProducerTopic topic, int partition)
    {
        if (topic.Queues.Length <= partition)
        {
            var queues = topic.Queues;
            Array.Resize(ref queues, topic.Known!.Partitions.Length);
            topic.Queues = queues;
        }

        if (topic.Queues[partition] is { } queue)
            return queue;

        queue = new ProducerQueue(new TopicPartition(topic.Name, partition), topic);
        if (topic.Known!.TryGetLeader(partition, out var leader))
            queue.LeaderEpoch = leader.Epoch;
        return topic.Queues[partition] = queue;
    }

    /// <summary>Puts records that waited for their topic, or partition, into batches.</summary>
    private void TakeWaiting(long nowMs, ProducerTopic topic, EffectList effects)
    {
        if (topic.Waiting.Count == 0 || topic.Known is not { IsUsable: true })
            return;

        var stillWaiting = new Queue<WaitingRecord>();
        while (topic.Waiting.TryDequeue(out var waiting))
        {
            if (!topic.CanTake(waiting.Partition))
            {
                stillWaiting.Enqueue(waiting);
                continue;
            }

            if (Choose(topic, waiting.AsRecord(), waiting.SizeBytes, out var partition) is { } refused)
            {
                _memoryBytes -= waiting.SizeBytes;
                Refuse(waiting, refused.Error, refused.Message!, effects);
                continue;
            }

            AddToBatch(nowMs, topic, partition, waiting.AsRecord(), waiting.SizeBytes, waiting.FlushRound);
            _flushes.Leave(waiting.FlushRound);
        }

        topic.Waiting = stillWaiting;
        if (stillWaiting.Count == 0)
            _waitingTopics.Remove(topic);
    }

    private void AdmitBlocked(long nowMs, EffectList effects)
    {
        while (_blocked.TryPeek(out var record) && _memoryBytes + record.SizeBytes <= _settings.BufferMemory)
        {
            _blocked.Dequeue();
            var result = Admit(nowMs, record.AsRecord(), record.SizeBytes, record);
            if (!result.IsAccepted)
                Refuse(record, result.Error, result.Message!, effects);
        }
    }

    private void ExpireWaiting(long nowMs, EffectList effects)
    {
        while (_blocked.TryPeek(out var record) && nowMs >= record.DeadlineMs)
        {
            _blocked.Dequeue();
            var message = $"buffer.memory was used up for {_settings.MaxBlockMs} ms (max.block.ms).";
            Refuse(record, ErrorCode.RequestTimedOut, message, effects);
        }

        for (var i = _waitingTopics.Count - 1; i >= 0; i--)
        {
            var topic = _waitingTopics[i];
            Updater.Want();
            while (topic.Waiting.TryPeek(out var record) && nowMs >= record.DeadlineMs)
            {
                topic.Waiting.Dequeue();
                _memoryBytes -= record.SizeBytes;
                Refuse(record, ErrorCode.UnknownTopicOrPartition, Unknown(topic, record), effects);
            }

            if (topic.Waiting.Count == 0)
                _waitingTopics.RemoveAt(i);
        }
    }

    private string Unknown(ProducerTopic topic, WaitingRecord record) => topic.Known is { IsUsable: true } known
        ? $"Topic '{topic.Name}' has partitions 0 to {known.Partitions.Length - 1}; there is no {record.Partition}."
        : $"Topic '{topic.Name}' did not become known within {_settings.MaxBlockMs} ms (max.block.ms).";

    private void FailWaiting(ProducerTopic topic, ErrorCode error, string message, EffectList effects)
    {
        while (topic.Waiting.TryDequeue(out var record))
        {
            _memoryBytes -= record.SizeBytes;
            Refuse(record, error, message, effects);
        }

        _waitingTopics.Remove(topic);
    }

    private void Refuse(WaitingRecord record, ErrorCode error, string message, EffectList effects)
    {
        _flushes.Leave(record.FlushRound);
        effects.Add(new RecordsReported(
            new TopicPartition(record.Topic, record.Partition),
            [record.Completion],
            error,
            message,
            BaseOffset: -1,
            LogAppendTimeMs: -1,
            PersistenceStatus.NotPersisted));
    }

    private WaitingRecord Wait(long nowMs, in ProducerRecord record, int size)
    {
        _flushes.Enter(_flushes.Current);
        return WaitingRecord.Copy(record, size, nowMs + _settings.MaxBlockMs, _flushes.Current);
    }

    private RecordBatchBuilder TakeBuilder() =>
        _builders.TryPop(out var builder) ? builder : new RecordBatchBuilder(_settings.BatchSize);

    private void GiveBack(RecordBatchBuilder builder)
    {
        // One huge record must not keep its buffer for ever.
        if (_builders.Count >= IdleBuilders || builder.Capacity > 2 * _settings.BatchSize)
            return;

        builder.Reset();
        _builders.Push(builder);
    }

    /// <summary>What a record takes of buffer.memory, in bytes.</summary>
    public static long SizeOf(in ProducerRecord record)
    {
        var size = (long)RecordOverheadBytes + record.Key.Length + record.Value.Length;
        for (var i = 0; i < (record.Headers?.Count ?? 0); i++)
        {
            var header = record.Headers![i];
            size += Encoding.UTF8.GetByteCount(header.Key) + (header.Value?.Length ?? 0) + 2 * sizeof(int);
        }

        return size;
    }

    private AppendResult Accepted(bool wake)
    {
        wake &= !_wakePending;
        _wakePending |= wake;
        return new AppendResult(ErrorCode.None, null, wake);
    }

    private AppendResult Refused(ErrorCode error, string message, bool wake = false)
    {
        wake &= !_wakePending;
        _wakePending |= wake;
        return new AppendResult(error, message, wake);
    }
}
