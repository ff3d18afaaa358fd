using System.Collections.Immutable;

namespace AkkaReplication.Clients;

/// <summary>Subscriptions, and the group's offsets.</summary>
internal sealed partial class Consumer<TKey, TValue>
{
    public IReadOnlyList<string> Subscription => _group?.Subscription ?? [];

    public string MemberId => _group?.Metadata.MemberId ?? "";

    public ConsumerGroupMetadata GroupMetadata => Group.Metadata;

    private ConsumerGroup Group => _group
        ?? throw new InvalidOperationException("This consumer has no group: its option group.id is not set.");

    public void Subscribe(string topic, RebalanceHandlers? handlers = null) => Subscribe([topic], handlers);

    public void Subscribe(IEnumerable<string> topics, RebalanceHandlers? handlers = null)
    {
        ArgumentNullException.ThrowIfNull(topics);
        ImmutableArray<string> named = [.. topics.Distinct()];
        if (named.IsEmpty)
            throw new ArgumentException("No topic is named; UnsubscribeAsync ends a subscription.", nameof(topics));
        foreach (var topic in named)
            ArgumentException.ThrowIfNullOrEmpty(topic, nameof(topics));

        var group = Group;
        lock (_host.Gate)
        {
            RequireAlive();
            if (group.Subscription.IsEmpty && _host.Machine.Assignment.Count > 0)
            {
                throw new InvalidOperationException(
                    "This consumer was told by Assign what to read: a subscription and an assignment of one's own exclude"
                    + " each other. Unassign comes before Subscribe.");
            }

            group.Subscribe(named, handlers);
        }
    }

    public async Task UnsubscribeAsync()
    {
        lock (_host.Gate)
            RequireAlive();
        if (_group is not { Subscription.IsEmpty: false } group)
            return;

        BeginExclusive();
        try
        {
            await group.LeaveAsync(tells: true).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    public Task<IReadOnlyList<TopicPartitionOffset>> CommitAsync(CancellationToken ct = default) =>
        Group.CommitStoredAsync(ct);

    public Task<IReadOnlyList<TopicPartitionOffset>> CommitAsync(
        IEnumerable<TopicPartitionOffset> offsets, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        ImmutableArray<OffsetToCommit> asked = [.. offsets.Select(ToCommit)];
        if (asked.GroupBy(o => o.Partition).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"{twice.Key} is named twice.", nameof(offsets));
        return Group.CommitAsync(asked, ct);
    }

    public Task<IReadOnlyList<TopicPartitionOffset>> CommitAsync(
        ConsumeResult<TKey, TValue> result, CancellationToken ct = default) => Group.CommitAsync([ToCommit(result)], ct);

    public Task<IReadOnlyList<TopicPartitionOffset>> CommittedAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        return Group.CommittedAsync([.. partitions], ct);
    }

    public void StoreOffset(TopicPartitionOffset offset) => Store(ToCommit(offset));

    public void StoreOffset(ConsumeResult<TKey, TValue> result) => Store(ToCommit(result));

    private static OffsetToCommit ToCommit(TopicPartitionOffset offset)
    {
        Check(offset);
        return offset.Offset.IsSpecial
            ? throw new ArgumentOutOfRangeException(nameof(offset), offset.Offset.Value, "0 and greater is accepted.")
            : new OffsetToCommit(offset.TopicPartition, offset.Offset.Value, LeaderEpoch.None);
    }

    private static OffsetToCommit ToCommit(ConsumeResult<TKey, TValue> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new OffsetToCommit(result.TopicPartition, result.Offset.Value + 1, result.LeaderEpoch);
    }

    private void Store(OffsetToCommit offset)
    {
        lock (_host.Gate)
            RequireAlive();
        Group.Store(offset);
    }

    private void RequireOwnAssignment()
    {
        if (_group is { Subscription.IsEmpty: false })
        {
            throw new InvalidOperationException(
                "This consumer is subscribed, and its group says what it reads: a subscription and an assignment of one's own"
                + " exclude each other. UnsubscribeAsync comes before Assign.");
        }
    }

    /// <summary>A read that waits ends; whoever is in the middle of one is told nothing any more.</summary>
    private async Task LeaveAtLastAsync(ConsumerGroup group)
    {
        var isReading = Interlocked.Exchange(ref _reading, 1) != 0;
        if (isReading)
            _available.Release();
        await group.LeaveAsync(tells: !isReading).ConfigureAwait(false);
    }
}
