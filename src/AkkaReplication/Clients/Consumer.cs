using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using AkkaReplication.Effects;
using AkkaReplication.Logs;

namespace AkkaReplication.Clients;

/// <summary>Takes fetched batches apart on the reader's thread, and tells the machine how far the reader is.</summary>
internal sealed class Consumer<TKey, TValue> : IConsumer<TKey, TValue>
{
    private readonly ClientHost<ConsumerClient> _host;
    private readonly IDeserializer<TKey> _keys;
    private readonly IDeserializer<TValue> _values;
    private readonly FetchedBatchReader _reader;
    private readonly SemaphoreSlim _available = new(0);
    private readonly Dictionary<long, TaskCompletionSource<IReadOnlyList<FoundOffset>>> _questions = [];
    private readonly int _apiTimeoutMs;
    private long _lastQuestion;
    private int _reading;
    private bool _closed;

    public Consumer(
        ClientContext context, ConsumerOptions options, IDeserializer<TKey> keys, IDeserializer<TValue> values)
    {
        _keys = keys;
        _values = values;
        _apiTimeoutMs = options.DefaultApiTimeoutMs;
        _reader = new FetchedBatchReader(options.CheckCrcs);
        var settings = options.ToSettings(context.Bootstrap);
        _host = new ClientHost<ConsumerClient>(
            context, "consumer", settings.ClientId, new ConsumerClient(settings, Random.Shared.NextDouble), Perform);
    }

    public IReadOnlyList<TopicPartition> Assignment
    {
        get
        {
            lock (_host.Gate)
                return [.. _host.Machine.Assignment];
        }
    }

    public void Assign(IEnumerable<TopicPartitionOffset> partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        var positions = partitions.Select(p => (p.TopicPartition, p.Offset.Value)).ToArray();
        Change(machine => machine.Assign(positions));
    }

    public void Seek(TopicPartitionOffset position) =>
        Change(
            machine => Require(position.TopicPartition, machine.Seek(position.TopicPartition, position.Offset.Value)));

    public void Pause(IEnumerable<TopicPartition> partitions) => SetPaused(partitions, paused: true);

    public void Resume(IEnumerable<TopicPartition> partitions) => SetPaused(partitions, paused: false);

    public Offset Position(TopicPartition partition)
    {
        lock (_host.Gate)
        {
            var position = _host.Machine.Position(partition);
            Require(partition, position is not null);
            return position < 0 ? Offset.Unset : new Offset(position!.Value);
        }
    }

    public async IAsyncEnumerable<ConsumeResult<TKey, TValue>> ReadAsync(
        [EnumeratorCancellation] CancellationToken ct = default)
    {
        while (true)
            yield return await ConsumeAsync(ct).ConfigureAwait(false);
    }

    public ValueTask<ConsumeResult<TKey, TValue>> ConsumeAsync(CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        return TryConsumeNow(out var result)
            ? new ValueTask<ConsumeResult<TKey, TValue>>(result)
            : new ValueTask<ConsumeResult<TKey, TValue>>(ConsumeLaterAsync(ct));
    }

    public async ValueTask<ConsumeResult<TKey, TValue>?> ConsumeAsync(TimeSpan timeout)
    {
        if (TryConsumeNow(out var result))
            return result;

        using var deadline = new CancellationTokenSource(timeout);
        try
        {
            return await ConsumeLaterAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return null;
        }
    }

    public Task<IReadOnlyList<TopicPartitionOffset>> EndOffsetsAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken ct = default) =>
        FindAsync(partitions.Select(p => (p, ConsumerClient.End)), ct);

    public Task<IReadOnlyList<TopicPartitionOffset>> BeginningOffsetsAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken ct = default) =>
        FindAsync(partitions.Select(p => (p, ConsumerClient.Beginning)), ct);

    public Task<IReadOnlyList<TopicPartitionOffset>> OffsetsForTimesAsync(
        IEnumerable<TopicPartitionTimestamp> moments, CancellationToken ct = default) =>
        FindAsync(moments.Select(m => (m.TopicPartition, Math.Max(m.Timestamp.ToUnixTimeMilliseconds(), 0))), ct);

    public async ValueTask DisposeAsync()
    {
        lock (_host.Gate)
        {
            if (_closed)
                return;

            _closed = true;
        }

        await _host.StopAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Begins a read, and ends it where a record is there. Otherwise <see cref="ConsumeLaterAsync"/> ends it.
    /// </summary>
    private bool TryConsumeNow([NotNullWhen(true)] out ConsumeResult<TKey, TValue>? result)
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0)
            throw new InvalidOperationException("Another read of this consumer is going on.");

        var isOver = true;
        try
        {
            return isOver = TryConsume(out result);
        }
        finally
        {
            if (isOver)
                EndRead();
        }
    }

    private async Task<ConsumeResult<TKey, TValue>> ConsumeLaterAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await _available.WaitAsync(ct).ConfigureAwait(false);
                if (TryConsume(out var result))
                    return result;
            }
        }
        finally
        {
            EndRead();
        }
    }

    private void EndRead() => Volatile.Write(ref _reading, 0);

    private bool TryConsume([NotNullWhen(true)] out ConsumeResult<TKey, TValue>? result)
    {
        while (true)
        {
            if (TryNext(out var record, out var partition))
            {
                result = Deserialize(partition, record);
                return true;
            }

            if (!TryTake())
            {
                result = null;
                return false;
            }
        }
    }

    /// <summary>
    /// The next record of what was taken, unless a seek, a pause or another assignment has made it void.
    /// </summary>
    private bool TryNext(out FetchedRecord record, out TopicPartition partition)
    {
        record = default;
        partition = default;
        if (_reader.Fetched is not { } fetched)
            return false;

        partition = fetched.Partition;
        bool found;
        try
        {
            found = _reader.TryNext(out record);
        }
        catch (Exception e) when (e is CorruptBatchException or ReplicationException)
        {
            _reader.Begin(null);
            throw Unreadable(fetched, e);
        }

        lock (_host.Gate)
        {
            found &= _host.Machine.IsCurrent(fetched);
            _host.Machine.Advance(fetched, found ? record.Offset + 1 : fetched.NextOffset, _reader.LeaderEpoch);
        }

        if (!found)
            _reader.Begin(null);
        return found;
    }

    private ConsumeException Unreadable(FetchedRecords fetched, Exception cause)
    {
        var error = (cause as ReplicationException)?.Error ?? ErrorCode.CorruptMessage;
        lock (_host.Gate)
        {
            var position = _host.Machine.Position(fetched.Partition) ?? -1;
            var at = new TopicPartitionOffset(fetched.Partition, position);
            _host.Machine.Fail(fetched);
            return new ConsumeException(error, cause.Message, at, cause);
        }
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
        return failure.DivergedAt >= 0
            ? new LogTruncationException(failure.Message, position, failure.DivergedAt)
            : new ConsumeException(failure.Error, failure.Message, position);
    }

    private ConsumeResult<TKey, TValue> Deserialize(TopicPartition partition, in FetchedRecord record) => new()
    {
        TopicPartitionOffset = new TopicPartitionOffset(partition, record.Offset),
        LeaderEpoch = record.LeaderEpoch,
        Message = new Message<TKey, TValue>
        {
            Key = _keys.Deserialize(
                record.Key,
                record.KeyIsNull,
                new SerializationContext(MessageComponentType.Key, partition.Topic, record.Headers)),
            Value = _values.Deserialize(
                record.Value,
                record.ValueIsNull,
                new SerializationContext(MessageComponentType.Value, partition.Topic, record.Headers)),
            Headers = record.Headers,
            Timestamp = new Timestamp(record.TimestampMs, record.TimestampType),
        },
    };

    private void SetPaused(IEnumerable<TopicPartition> partitions, bool paused)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        var named = partitions.ToArray();
        Change(machine =>
        {
            foreach (var partition in named)
                Require(partition, machine.SetPaused(partition, paused));
        });
    }

    private void Change(Action<ConsumerClient> change)
    {
        lock (_host.Gate)
        {
            RequireAlive();
            change(_host.Machine);
        }

        _host.Wake();
    }

    private static void Require(TopicPartition partition, bool isAssigned)
    {
        if (!isAssigned)
            throw new InvalidOperationException($"{partition} is not assigned to this consumer.");
    }

    /// <exception cref="ObjectDisposedException">The consumer was disposed of, or its actor system has
    /// ended.</exception>
    private void RequireAlive() =>
        ObjectDisposedException.ThrowIf(_closed || _host.Machine.IsAborted, typeof(IConsumer<TKey, TValue>));

    private async Task<IReadOnlyList<TopicPartitionOffset>> FindAsync(
        IEnumerable<(TopicPartition Partition, long TimestampMs)> searches, CancellationToken ct)
    {
        var asked = searches.ToArray();
        if (asked.Length == 0)
            return [];

        var question = new TaskCompletionSource<IReadOnlyList<FoundOffset>>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_host.Gate)
        {
            RequireAlive();
            _questions.Add(++_lastQuestion, question);
            _host.Machine.FindOffsets(_host.NowMs, _lastQuestion, asked, _apiTimeoutMs);
        }

        _host.Wake();
        var found = await question.Task.WaitAsync(ct).ConfigureAwait(false);
        return
        [
            .. found.Select(
                f => new TopicPartitionOffset(f.Partition, f.Offset < 0 ? Offset.End : new Offset(f.Offset))),
        ];
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case FetchedRecordsAvailable:
                _available.Release();
                break;
            case OffsetsFound found:
                TaskCompletionSource<IReadOnlyList<FoundOffset>>? question;
                lock (_host.Gate)
                    _questions.Remove(found.Token, out question);
                if (found.Error == ErrorCode.None)
                    question?.TrySetResult(found.Offsets);
                else
                    question?.TrySetException(new ReplicationException(found.Error, found.Message ?? ""));
                break;
        }
    }
}
