using System.Collections.Immutable;

namespace AkkaReplication.Clients;

internal sealed partial class ConsumerGroup
{
    private readonly bool _storesOffsets;
    private readonly Dictionary<long, TaskCompletionSource<GroupCallCompleted>> _calls = [];
    private readonly Dictionary<long, long> _positionsWanted = [];
    private TopicPartition? _handedOut;
    private long _lastCall;

    /// <summary>The reader has got records of that partition; with his next read he is done with them.</summary>
    public void OnHandedOut(TopicPartition partition)
    {
        if (!_storesOffsets)
            return;
        lock (_calls)
            _handedOut = partition;
    }

    /// <exception cref="InvalidOperationException">The partition is not this member's.</exception>
    public void Store(OffsetToCommit offset)
    {
        if (!TryStore(offset))
            throw new InvalidOperationException($"{offset.Partition} is not assigned to this consumer.");
    }

    public async Task<IReadOnlyList<TopicPartitionOffset>> CommitStoredAsync(CancellationToken ct)
    {
        StoreHandedOut();
        var call = await CallAsync((machine, token) => machine.CommitStored(_member.NowMs, token), ct)
            .ConfigureAwait(false);
        return Committed(call);
    }

    public async Task<IReadOnlyList<TopicPartitionOffset>> CommitAsync(
        ImmutableArray<OffsetToCommit> offsets, CancellationToken ct)
    {
        if (offsets.IsEmpty)
            return [];
        var call = await CallAsync((machine, token) => machine.Commit(_member.NowMs, token, offsets), ct)
            .ConfigureAwait(false);
        return Committed(call);
    }

    public async Task<IReadOnlyList<TopicPartitionOffset>> CommittedAsync(
        ImmutableArray<TopicPartition> partitions, CancellationToken ct)
    {
        if (partitions.IsEmpty)
            return [];
        var call = await CallAsync((machine, token) => machine.FindCommitted(_member.NowMs, token, partitions), ct)
            .ConfigureAwait(false);
        if (call.Error != ErrorCode.None)
            throw new ReplicationException(call.Error, $"Group {_settings.GroupId} does not tell what it has committed.");

        var offsets = ((OffsetFetchResponse)call.Response!).Offsets;
        if (offsets.FirstOrDefault(o => o.Error != ErrorCode.None) is { Error: not ErrorCode.None } refused)
            throw new ReplicationException(refused.Error, $"Nothing is told of {refused.Partition}.");
        return
        [
            .. offsets.Select(o => new TopicPartitionOffset(o.Partition, o.Offset < 0 ? Offset.Unset : new Offset(o.Offset))),
        ];
    }

    /// <summary>The consumer wants positions of the group's: on the thread of its actor.</summary>
    public void FindPositions(CommittedOffsetsWanted wanted)
    {
        var isAborted = false;
        lock (_member.Gate)
        {
            isAborted = _member.Machine.IsAborted;
            if (!isAborted)
            {
                _positionsWanted.Add(++_lastCall, wanted.Token);
                _member.Machine.FindCommitted(_member.NowMs, _lastCall, wanted.Partitions);
            }
        }

        if (!isAborted)
            _member.Wake();
    }

    private void StoreHandedOut()
    {
        TopicPartition? handedOut;
        lock (_calls)
            (handedOut, _handedOut) = (_handedOut, null);
        if (handedOut is not { } partition)
            return;

        OffsetToCommit? reached;
        lock (_consumer.Gate)
            reached = _consumer.Machine.Reached(partition);
        if (reached is not null)
            TryStore(reached);
    }

    private bool TryStore(OffsetToCommit offset)
    {
        bool isStored;
        bool needsTurn;
        lock (_member.Gate)
            isStored = _member.Machine.Store(_member.NowMs, offset, out needsTurn);
        if (needsTurn)
            _member.Wake();
        return isStored;
    }

    /// <summary>
    /// Before partitions go. Where it fails, whoever reads them next begins where the last commit was: nothing is skipped.
    /// </summary>
    private async Task CommitAtLastAsync()
    {
        if (!_settings.EnableAutoCommit)
            return;
        try
        {
            await CommitStoredAsync(CancellationToken.None).WaitAsync(CloseTimeout).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ReplicationException or TimeoutException or ObjectDisposedException)
        {
            // It is in the log of the membership, if it was refused.
        }
    }

    private async Task<GroupCallCompleted> CallAsync(Action<GroupMembership, long> begin, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var call = new TaskCompletionSource<GroupCallCompleted>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_member.Gate)
        {
            ObjectDisposedException.ThrowIf(_member.Machine.IsAborted, typeof(IConsumer<,>));
            _calls.Add(++_lastCall, call);
            begin(_member.Machine, _lastCall);
        }

        _member.Wake();
        return await call.Task.WaitAsync(ct).ConfigureAwait(false);
    }

    private void Complete(GroupCallCompleted completed)
    {
        TaskCompletionSource<GroupCallCompleted>? call;
        long positions;
        bool isPositions;
        lock (_member.Gate)
        {
            _calls.Remove(completed.Token, out call);
            isPositions = _positionsWanted.Remove(completed.Token, out positions);
        }

        call?.TrySetResult(completed);
        if (!isPositions)
            return;

        lock (_consumer.Gate)
        {
            _consumer.Machine.OnCommittedFound(
                _consumer.NowMs, positions, completed.Error, (completed.Response as OffsetFetchResponse)?.Offsets);
        }

        _consumer.Wake();
    }

    private IReadOnlyList<TopicPartitionOffset> Committed(GroupCallCompleted call)
    {
        var results = call.Response is OffsetCommitResponse response && response.Results.Length == call.Offsets.Length
            ? response.Results.Select(r => r.Error).ToArray()
            : [.. call.Offsets.Select(_ => call.Error)];
        if (results.Any(e => e != ErrorCode.None))
        {
            throw new CommitFailedException(
                [.. call.Offsets.Select((o, i) => new TopicPartitionOffsetError(PlaceOf(o), results[i]))]);
        }

        if (call.Error != ErrorCode.None)
            throw new ReplicationException(call.Error, $"Group {_settings.GroupId} has confirmed no commit.");
        return [.. call.Offsets.Select(PlaceOf)];
    }

    private static TopicPartitionOffset PlaceOf(OffsetToCommit offset) => new(offset.Partition, new Offset(offset.Offset));
}
