using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// The consumer's shell: what is read and from where. Reading itself, and questions about offsets, are in the other
/// parts.
/// </summary>
internal sealed partial class Consumer<TKey, TValue> : IConsumer<TKey, TValue>
{
    private readonly ClientHost<ConsumerClient> _host;
    private readonly IDeserializer<TKey> _keys;
    private readonly IDeserializer<TValue> _values;
    private readonly FetchedBatchReader _reader;
    private readonly ConsumerGroup? _group;
    private readonly SemaphoreSlim _available = new(0);
    private readonly int _apiTimeoutMs;
    private bool _closed;

    public Consumer(
        ClientContext context, ConsumerOptions options, IDeserializer<TKey> keys, IDeserializer<TValue> values)
    {
        _keys = keys;
        _values = values;
        _apiTimeoutMs = options.DefaultApiTimeoutMs;
        _reader = new FetchedBatchReader(options.CheckCrcs);
        var settings = context.Brokers.Adapt(options.ToSettings(context.Bootstrap));
        var group = options.ToGroupSettings(context.Bootstrap) is { } membership ? context.Brokers.Adapt(membership) : null;
        if (group is not null && !context.Brokers.HasGroups)
        {
            throw new NotSupportedException(
                "A client that reaches its brokers over sockets has no consumer groups yet: leave group.id out, and assign partitions.");
        }

        _host = new ClientHost<ConsumerClient>(
            context, "consumer", settings.ClientId, new ConsumerClient(settings, Random.Shared.NextDouble), Perform);
        if (group is not null)
            _group = new ConsumerGroup(context, group, options.EnableAutoOffsetStore, _host, () => _available.Release());
    }

    public IReadOnlyList<TopicPartition> Assignment
    {
        get
        {
            lock (_host.Gate)
                return [.. _host.Machine.Assignment];
        }
    }

    public IReadOnlyList<TopicPartition> Paused
    {
        get
        {
            lock (_host.Gate)
                return [.. _host.Machine.Paused];
        }
    }

    public void Assign(IEnumerable<TopicPartitionOffset> partitions)
    {
        var positions = Positions(partitions);
        RequireOwnAssignment();
        Change(machine => machine.Assign(positions));
    }

    public void IncrementalAssign(IEnumerable<TopicPartitionOffset> partitions)
    {
        var positions = Positions(partitions);
        RequireOwnAssignment();
        Change(machine =>
        {
            foreach (var (partition, _) in positions)
            {
                if (machine.Position(partition) is not null)
                    throw new InvalidOperationException($"{partition} is assigned to this consumer already.");
            }

            machine.IncrementalAssign(positions);
        });
    }

    public void IncrementalUnassign(IEnumerable<TopicPartition> partitions)
    {
        RequireOwnAssignment();
        ChangeEach(partitions, static (machine, partition) => machine.Unassign(partition));
    }

    public void Unassign()
    {
        RequireOwnAssignment();
        Change(static machine => machine.Assign([]));
    }

    public void Seek(TopicPartitionOffset position)
    {
        Check(position);
        Change(
            machine => Require(position.TopicPartition, machine.Seek(position.TopicPartition, position.Offset.Value)));
    }

    public void SeekToBeginning(IEnumerable<TopicPartition> partitions) =>
        ChangeEach(partitions, static (machine, partition) => machine.Seek(partition, ConsumerClient.Beginning));

    public void SeekToEnd(IEnumerable<TopicPartition> partitions) =>
        ChangeEach(partitions, static (machine, partition) => machine.Seek(partition, ConsumerClient.End));

    public void Pause(IEnumerable<TopicPartition> partitions) =>
        ChangeEach(partitions, static (machine, partition) => machine.SetPaused(partition, paused: true));

    public void Resume(IEnumerable<TopicPartition> partitions) =>
        ChangeEach(partitions, static (machine, partition) => machine.SetPaused(partition, paused: false));

    public Offset Position(TopicPartition partition)
    {
        lock (_host.Gate)
        {
            var position = _host.Machine.Position(partition);
            Require(partition, position is not null);
            return position < 0 ? Offset.Unset : new Offset(position!.Value);
        }
    }

    public long? Lag(TopicPartition partition)
    {
        lock (_host.Gate)
        {
            Require(partition, _host.Machine.Position(partition) is not null);
            return _host.Machine.Lag(partition);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_host.Gate)
        {
            if (_closed)
                return;

            _closed = true;
        }

        try
        {
            if (_group is not null)
                await LeaveAtLastAsync(_group).ConfigureAwait(false);
        }
        finally
        {
            await _host.StopAsync().ConfigureAwait(false);
            if (_group is not null)
                await _group.StopAsync().ConfigureAwait(false);
        }
    }

    private static (TopicPartition Partition, long Offset)[] Positions(IEnumerable<TopicPartitionOffset> partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        var positions = partitions.ToArray();
        foreach (var position in positions)
            Check(position);
        return Array.ConvertAll(positions, p => (p.TopicPartition, p.Offset.Value));
    }

    private static void Check(TopicPartitionOffset position)
    {
        ArgumentException.ThrowIfNullOrEmpty(position.Topic);
        ArgumentOutOfRangeException.ThrowIfNegative(position.Partition);
        var offset = position.Offset;
        if (offset.IsSpecial && offset != Offset.Beginning && offset != Offset.End && offset != Offset.Unset)
        {
            throw new ArgumentOutOfRangeException(
                nameof(position),
                offset.Value,
                "0 and greater, Offset.Beginning, Offset.End and Offset.Unset are accepted.");
        }
    }

    private void ChangeEach(IEnumerable<TopicPartition> partitions, Func<ConsumerClient, TopicPartition, bool> change)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        var named = partitions.ToArray();
        Change(machine =>
        {
            // All or none.
            foreach (var partition in named)
                Require(partition, machine.Position(partition) is not null);
            foreach (var partition in named)
                change(machine, partition);
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

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case FetchedRecordsAvailable:
                _available.Release();
                break;
            case OffsetsFound found:
                Answer(found);
                break;
            case CommittedOffsetsWanted wanted:
                _group!.FindPositions(wanted);
                break;
        }
    }
}
