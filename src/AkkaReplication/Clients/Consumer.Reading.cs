using System.Runtime.CompilerServices;
using AkkaReplication.Logs;

namespace AkkaReplication.Clients;

/// <summary>
/// Takes fetched batches apart on the reader's thread, and tells the machine how far the reader is. One read at a time.
/// </summary>
internal sealed partial class Consumer<TKey, TValue>
{
    private ConsumeRecord<TKey, TValue>[] _records = new ConsumeRecord<TKey, TValue>[1];
    private int _count;
    private StuckRead? _stuck;
    private int _reading;

    public async IAsyncEnumerable<ConsumeResult<TKey, TValue>> ReadAsync(
        [EnumeratorCancellation] CancellationToken ct = default)
    {
        while (true)
            yield return await ConsumeAsync(ct).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<ConsumeBatch<TKey, TValue>> ReadBatchesAsync(
        int maxRecords = IConsumer<TKey, TValue>.DefaultMaxRecords,
        [EnumeratorCancellation] CancellationToken ct = default)
    {
        while (true)
            yield return await ConsumeBatchAsync(maxRecords, ct).ConfigureAwait(false);
    }

    public ValueTask<ConsumeResult<TKey, TValue>> ConsumeAsync(CancellationToken ct = default) =>
        ReadAsync(maxRecords: 1, static batch => ResultOf(batch), ct);

    public ValueTask<ConsumeBatch<TKey, TValue>> ConsumeBatchAsync(
        int maxRecords = IConsumer<TKey, TValue>.DefaultMaxRecords, CancellationToken ct = default) =>
        ReadAsync(maxRecords, static batch => batch, ct);

    public async ValueTask<ConsumeResult<TKey, TValue>?> ConsumeAsync(TimeSpan timeout, CancellationToken ct = default)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var read = ConsumeAsync(deadline.Token);
        if (!read.IsCompleted)
            deadline.CancelAfter(timeout);
        try
        {
            return await read.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <param name="map">What the caller gets; made before another read may begin.</param>
    private ValueTask<T> ReadAsync<T>(int maxRecords, Func<ConsumeBatch<TKey, TValue>, T> map, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRecords, 1);
        ct.ThrowIfCancellationRequested();
        BeginExclusive();
        var isOver = true;
        try
        {
            _group?.BeginRead();
            if (_group is not { HasSteps: true } && TryRead(maxRecords, out var batch))
                return new ValueTask<T>(map(batch));

            isOver = false;
        }
        finally
        {
            if (isOver)
                EndRead();
        }

        return new ValueTask<T>(ReadLaterAsync(maxRecords, map, ct));
    }

    private async Task<T> ReadLaterAsync<T>(
        int maxRecords, Func<ConsumeBatch<TKey, TValue>, T> map, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                if (_group is { HasSteps: true } group)
                    await group.ServeAsync().ConfigureAwait(false);
                if (TryRead(maxRecords, out var batch))
                    return map(batch);
                await _available.WaitAsync(ct).ConfigureAwait(false);
            }
        }
        finally
        {
            EndRead();
        }
    }

    private void BeginExclusive()
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0)
            throw new InvalidOperationException("Another read of this consumer is going on.");
    }

    private void EndRead()
    {
        _group?.EndRead();
        Volatile.Write(ref _reading, 0);
    }

    private static ConsumeResult<TKey, TValue> ResultOf(ConsumeBatch<TKey, TValue> batch)
    {
        ref readonly var record = ref batch[0];
        return new ConsumeResult<TKey, TValue>
        {
            TopicPartitionOffset = new TopicPartitionOffset(batch.TopicPartition, record.Offset),
            LeaderEpoch = record.LeaderEpoch,
            Message = new Message<TKey, TValue>
            {
                Key = record.Key,
                Value = record.Value,
                Headers = record.Headers,
                Timestamp = record.Timestamp,
            },
        };
    }

    /// <summary>Records that are there already.</summary>
    /// <exception cref="ConsumeException">A partition cannot be read on.</exception>
    private bool TryRead(int maxRecords, out ConsumeBatch<TKey, TValue> batch)
    {
        Array.Clear(_records, 0, _count);
        _count = 0;
        TellStuck();
        while (true)
        {
            if (_reader.Fetched is { } fetched && TryFill(fetched, maxRecords))
            {
                _group?.OnHandedOut(fetched.Partition);
                batch = new ConsumeBatch<TKey, TValue>(fetched.Partition, _records.AsMemory(0, _count));
                return true;
            }

            if (!TryTake())
            {
                batch = default;
                return false;
            }
        }
    }

    /// <summary>
    /// The next records of what was taken, unless a seek, a pause or another assignment has made it void. What cannot
    /// be read stands behind those before it: they are handed out, and the next read tells.
    /// </summary>
    private bool TryFill(FetchedRecords fetched, int maxRecords)
    {
        var hasMore = true;
        var epoch = LeaderEpoch.None;
        StuckRead? stuck = null;
        try
        {
            while (_count < maxRecords && (hasMore = _reader.TryNext(out var record)))
            {
                if (_count > 0 && record.LeaderEpoch != epoch)
                {
                    // Where an epoch began is worth knowing exactly: see ConsumerPartition.
                    _reader.StepBack();
                    break;
                }

                epoch = record.LeaderEpoch;
                stuck = Deserialize(fetched, record);
                if (stuck is not null)
                    break;
            }
        }
        catch (Exception e) when (e is CorruptBatchException or ReplicationException)
        {
            stuck = new StuckRead(fetched, default, default, e);
        }

        lock (_host.Gate)
        {
            if (!_host.Machine.IsCurrent(fetched))
            {
                _reader.Begin(null);
                Array.Clear(_records, 0, _count);
                _count = 0;
                return false;
            }

            if (!hasMore)
                _host.Machine.Advance(fetched, fetched.NextOffset, _count > 0 ? epoch : _reader.LeaderEpoch);
            else if (_count > 0)
                _host.Machine.Advance(fetched, _records[_count - 1].Offset + 1, epoch);
        }

        if (!hasMore || stuck is not null)
            _reader.Begin(null);
        _stuck = stuck;
        if (_count == 0)
            TellStuck();
        return _count > 0;
    }

    /// <summary>Null where the record is among those read.</summary>
    private StuckRead? Deserialize(FetchedRecords fetched, in FetchedRecord record)
    {
        var topic = fetched.Partition.Topic;
        var component = MessageComponentType.Key;
        try
        {
            var key = _keys.Deserialize(
                record.Key, record.KeyIsNull, new SerializationContext(component, topic, record.Headers));
            component = MessageComponentType.Value;
            var value = _values.Deserialize(
                record.Value, record.ValueIsNull, new SerializationContext(component, topic, record.Headers));
            if (_count == _records.Length)
                Array.Resize(ref _records, 2 * _count);
            _records[_count++] = new ConsumeRecord<TKey, TValue>(
                record.Offset,
                record.LeaderEpoch,
                new Timestamp(record.TimestampMs, record.TimestampType),
                key,
                value,
                record.Headers);
            return null;
        }
        catch (Exception e)
        {
            return new StuckRead(fetched, record, component, e);
        }
    }

    /// <summary>A partition that got stuck waits for a seek from now on, and its reader is told why.</summary>
    private void TellStuck()
    {
        if (_stuck is not { } stuck)
            return;

        _stuck = null;
        ConsumeException exception;
        lock (_host.Gate)
        {
            // The reader has gone elsewhere meanwhile.
            if (!_host.Machine.IsCurrent(stuck.Fetched))
                return;

            exception = ExceptionFor(stuck, _host.Machine.Position(stuck.Fetched.Partition) ?? -1);
            _host.Machine.Fail(stuck.Fetched);
        }

        throw exception;
    }

    private ConsumeException ExceptionFor(StuckRead stuck, long position)
    {
        var partition = stuck.Fetched.Partition;
        if (stuck.Record is not { } record)
        {
            var error = (stuck.Cause as ReplicationException)?.Error ?? ErrorCode.CorruptMessage;
            return new ConsumeException(
                error, stuck.Cause.Message, new TopicPartitionOffset(partition, position), stuck.Cause);
        }

        var deserializer = stuck.Component == MessageComponentType.Key ? _keys.GetType().Name : _values.GetType().Name;
        return new RecordDeserializationException(
            new TopicPartitionOffset(partition, record.Offset), stuck.Component, deserializer, record, stuck.Cause);
    }

    private bool TryTake()
    {
        FetchedRecords? fetched;
        ConsumerFailure? failure;
        lock (_host.Gate)
        {
            RequireAlive();
            fetched = _host.Machine.TryTake(out failure);
        }

        if (failure is not null)
            throw ExceptionFor(failure);

        _reader.Begin(fetched);
        if (fetched is null)
            return false;

        _host.Wake();
        return true;
    }

    private static ConsumeException ExceptionFor(ConsumerFailure failure)
    {
        var position = new TopicPartitionOffset(
            failure.Partition, failure.Position < 0 ? Offset.Unset : new Offset(failure.Position));
        return failure.Diverging is { } diverging
            ? new LogTruncationException(failure.Message, position, diverging.EndOffset, diverging.Epoch)
            : new ConsumeException(failure.Error, failure.Message, position);
    }

    /// <summary>Why the records cannot be read on.</summary>
    /// <param name="Record">The one that cannot be deserialized, where it is that.</param>
    private sealed record StuckRead(
        FetchedRecords Fetched, FetchedRecord? Record, MessageComponentType Component, Exception Cause);
}
