using System.Runtime.CompilerServices;
using AkkaReplication.History;

namespace AkkaReplication.Testing.Clients;

/// <summary>A consumer that writes down what it reads, and from where it is told to read.</summary>
internal sealed class RecordingConsumer<TKey, TValue>(
    IConsumer<TKey, TValue> consumer, TestHistory history, Isolation isolation)
    : IConsumer<TKey, TValue>
{
    private readonly int _process = history.NextProcess();
    private readonly List<TopicPartition> _rebalanced = [];

    public IReadOnlyList<TopicPartition> Assignment => consumer.Assignment;

    public IReadOnlyList<TopicPartition> Paused => consumer.Paused;

    public void Assign(IEnumerable<TopicPartitionOffset> partitions) => Moved(() => consumer.Assign(partitions));

    public void IncrementalAssign(IEnumerable<TopicPartitionOffset> partitions) =>
        Moved(() => consumer.IncrementalAssign(partitions));

    public void IncrementalUnassign(IEnumerable<TopicPartition> partitions) =>
        Moved(() => consumer.IncrementalUnassign(partitions));

    public void Unassign() => Moved(consumer.Unassign);

    public IReadOnlyList<string> Subscription => consumer.Subscription;

    public string MemberId => consumer.MemberId;

    public ConsumerGroupMetadata GroupMetadata => consumer.GroupMetadata;

    public void Subscribe(string topic, RebalanceHandlers? handlers = null) => Subscribe([topic], handlers);

    public void Subscribe(IEnumerable<string> topics, RebalanceHandlers? handlers = null)
    {
        consumer.Subscribe(topics, Recording(handlers));
        history.Subscribe(_process, [.. consumer.Subscription]);
    }

    public async Task UnsubscribeAsync()
    {
        await consumer.UnsubscribeAsync().ConfigureAwait(false);
        Moved(static () => { });
    }

    public Task<IReadOnlyList<TopicPartitionOffset>> CommitAsync(CancellationToken ct = default) => consumer.CommitAsync(ct);

    public Task<IReadOnlyList<TopicPartitionOffset>> CommitAsync(
        IEnumerable<TopicPartitionOffset> offsets, CancellationToken ct = default) => consumer.CommitAsync(offsets, ct);

    public Task<IReadOnlyList<TopicPartitionOffset>> CommitAsync(
        ConsumeResult<TKey, TValue> result, CancellationToken ct = default) => consumer.CommitAsync(result, ct);

    public Task<IReadOnlyList<TopicPartitionOffset>> CommittedAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken ct = default) => consumer.CommittedAsync(partitions, ct);

    public void StoreOffset(TopicPartitionOffset offset) => consumer.StoreOffset(offset);

    public void StoreOffset(ConsumeResult<TKey, TValue> result) => consumer.StoreOffset(result);

    public void Seek(TopicPartitionOffset position) => Moved(() => consumer.Seek(position));

    public void SeekToBeginning(IEnumerable<TopicPartition> partitions) => Moved(() => consumer.SeekToBeginning(partitions));

    public void SeekToEnd(IEnumerable<TopicPartition> partitions) => Moved(() => consumer.SeekToEnd(partitions));

    public async Task SeekToTimeAsync(IEnumerable<TopicPartitionTimestamp> moments, CancellationToken ct = default)
    {
        await consumer.SeekToTimeAsync(moments, ct).ConfigureAwait(false);
        Moved(() => { });
    }

    public void Pause(IEnumerable<TopicPartition> partitions) => consumer.Pause(partitions);

    public void Resume(IEnumerable<TopicPartition> partitions) => consumer.Resume(partitions);

    public Offset Position(TopicPartition partition) => consumer.Position(partition);

    public long? Lag(TopicPartition partition) => consumer.Lag(partition);

    public async IAsyncEnumerable<ConsumeResult<TKey, TValue>> ReadAsync(
        [EnumeratorCancellation] CancellationToken ct = default)
    {
        while (true)
            yield return await ConsumeAsync(ct).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<ConsumeBatch<TKey, TValue>> ReadBatchesAsync(
        int maxRecords = IConsumer<TKey, TValue>.DefaultMaxRecords, [EnumeratorCancellation] CancellationToken ct = default)
    {
        while (true)
            yield return await ConsumeBatchAsync(maxRecords, ct).ConfigureAwait(false);
    }

    public async ValueTask<ConsumeResult<TKey, TValue>> ConsumeAsync(CancellationToken ct = default) =>
        (await PollAsync(async () => (ConsumeResult<TKey, TValue>?)await consumer.ConsumeAsync(ct).ConfigureAwait(false))
            .ConfigureAwait(false))!;

    public ValueTask<ConsumeResult<TKey, TValue>?> ConsumeAsync(TimeSpan timeout, CancellationToken ct = default) =>
        PollAsync(() => consumer.ConsumeAsync(timeout, ct));

    public async ValueTask<ConsumeBatch<TKey, TValue>> ConsumeBatchAsync(
        int maxRecords = IConsumer<TKey, TValue>.DefaultMaxRecords, CancellationToken ct = default)
    {
        var poll = history.BeginPoll(_process, isolation);
        ConsumeBatch<TKey, TValue> batch;
        try
        {
            batch = await consumer.ConsumeBatchAsync(maxRecords, ct).ConfigureAwait(false);
        }
        catch
        {
            poll.Fail();
            throw;
        }

        TellRebalanced(poll);
        var records = batch.Records.ToArray();
        for (var i = 0; i < records.Length; i++)
        {
            history.Read(poll, batch.TopicPartition, records[i].Offset.Value, RecordIdentity.Of(records[i].Headers));
            records[i] = records[i] with { Headers = RecordIdentity.Remove(records[i].Headers) };
        }

        poll.Ok();
        return new ConsumeBatch<TKey, TValue>(batch.TopicPartition, records);
    }

    public Task<IReadOnlyList<TopicPartitionOffset>> EndOffsetsAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken ct = default) => consumer.EndOffsetsAsync(partitions, ct);

    public Task<IReadOnlyList<TopicPartitionOffset>> BeginningOffsetsAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken ct = default) =>
        consumer.BeginningOffsetsAsync(partitions, ct);

    public Task<IReadOnlyList<TopicPartitionOffset>> OffsetsForTimesAsync(
        IEnumerable<TopicPartitionTimestamp> moments, CancellationToken ct = default) =>
        consumer.OffsetsForTimesAsync(moments, ct);

    public ValueTask DisposeAsync() => consumer.DisposeAsync();

    private async ValueTask<ConsumeResult<TKey, TValue>?> PollAsync(
        Func<ValueTask<ConsumeResult<TKey, TValue>?>> consume)
    {
        var poll = history.BeginPoll(_process, isolation);
        ConsumeResult<TKey, TValue>? result;
        try
        {
            result = await consume().ConfigureAwait(false);
        }
        catch
        {
            poll.Fail();
            throw;
        }

        TellRebalanced(poll);
        if (result is not null)
        {
            history.Read(poll, result.TopicPartition, result.Offset.Value, RecordIdentity.Of(result.Message.Headers));
            result.Message.Headers = RecordIdentity.Remove(result.Message.Headers);
        }

        poll.Ok();
        return result;
    }

    private RebalanceHandlers Recording(RebalanceHandlers? handlers) => new()
    {
        PartitionsAssigned = partitions => Rebalanced(partitions, handlers?.PartitionsAssigned),
        PartitionsRevoked = partitions => Rebalanced(partitions, handlers?.PartitionsRevoked),
        PartitionsLost = partitions => Rebalanced(partitions, handlers?.PartitionsLost ?? handlers?.PartitionsRevoked),
    };

    /// <summary>In the poll that is going on.</summary>
    private Task Rebalanced(
        IReadOnlyList<TopicPartition> partitions, Func<IReadOnlyList<TopicPartition>, Task>? handler)
    {
        _rebalanced.AddRange(partitions);
        return handler?.Invoke(partitions) ?? Task.CompletedTask;
    }

    private void TellRebalanced(PendingOperation poll)
    {
        TestHistory.Rebalanced(poll, _rebalanced.Distinct());
        _rebalanced.Clear();
    }

    /// <summary>From here on each partition is read from where it stands now, if that is known.</summary>
    private void Moved(Action move)
    {
        move();
        history.Assign(_process, [.. consumer.Assignment.Select(partition => (partition, consumer.Position(partition)))]);
    }
}
