using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// A consumer's membership in its group: runs the machine of it, and tells the reader of rebalances, in his own reads.
/// Offsets are in the other part. Its gate is never held where the consumer's is taken.
/// </summary>
internal sealed partial class ConsumerGroup
{
    /// <summary>Longer than that, brokers that do not answer do not keep a consumer from ending.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(10);

    private readonly GroupMembershipSettings _settings;
    private readonly ClientHost<GroupMembership> _member;
    private readonly ClientHost<ConsumerClient> _consumer;
    private readonly Action _wakeReader;
    private readonly RebalanceSteps _steps = new();
    private RebalanceHandlers _handlers = new();
    private ImmutableArray<string> _subscription = [];
    private volatile MembershipFailed? _failure;
    private volatile bool _hasSteps;
    private TaskCompletionSource? _left;

    public ConsumerGroup(
        ClientContext context,
        GroupMembershipSettings settings,
        bool storesOffsets,
        ClientHost<ConsumerClient> consumer,
        Action wakeReader)
    {
        _settings = settings;
        _storesOffsets = storesOffsets;
        _consumer = consumer;
        _wakeReader = wakeReader;
        _member = new ClientHost<GroupMembership>(
            context, "member", settings.ClientId, new GroupMembership(settings, Random.Shared.NextDouble), Perform);
    }

    /// <summary>The reader has to be told of something before he gets another record.</summary>
    public bool HasSteps => _hasSteps || _failure is not null;

    public ImmutableArray<string> Subscription
    {
        get
        {
            lock (_member.Gate)
                return _subscription;
        }
    }

    public ConsumerGroupMetadata Metadata
    {
        get
        {
            lock (_member.Gate)
            {
                return new ConsumerGroupMetadata(
                    _settings.GroupId, _member.Machine.Generation, _member.Machine.MemberId, _settings.GroupInstanceId);
            }
        }
    }

    public void Subscribe(ImmutableArray<string> topics, RebalanceHandlers? handlers)
    {
        lock (_member.Gate)
        {
            _member.Machine.Subscribe(_member.NowMs, topics);
            _subscription = topics;
            _handlers = handlers ?? new RebalanceHandlers();
            _failure = null;
        }

        _member.Wake();
    }

    /// <summary>The reader begins a read: he is done with what he got before.</summary>
    public void BeginRead()
    {
        StoreHandedOut();
        bool comesBack;
        lock (_member.Gate)
            comesBack = _member.Machine.BeginPoll();
        if (comesBack)
            _member.Wake();
    }

    public void EndRead()
    {
        lock (_member.Gate)
            _member.Machine.EndPoll(_member.NowMs);
    }

    /// <summary>Tells the reader what there is to tell, in his own read.</summary>
    /// <exception cref="ReplicationException">The consumer cannot be a member of the group.</exception>
    public async Task ServeAsync()
    {
        await TellStepsAsync().ConfigureAwait(false);
        if (_failure is { } failure)
            throw new ReplicationException(failure.Error, failure.Message);
    }

    /// <summary>Gives up all partitions, commits what is stored where that is automatic, and leaves the group.</summary>
    /// <param name="tells">The reader is told, as he does not read.</param>
    public async Task LeaveAsync(bool tells)
    {
        try
        {
            if (tells)
            {
                StoreHandedOut();
                await TellStepsAsync().ConfigureAwait(false);
                await TellAsync(_handlers.PartitionsRevoked, Told()).ConfigureAwait(false);
            }
        }
        finally
        {
            await CommitAtLastAsync().ConfigureAwait(false);
            await LeaveAsync().ConfigureAwait(false);
        }
    }

    public Task StopAsync() => _member.StopAsync();

    private async Task TellStepsAsync()
    {
        while (TryTakeStep() is { } step)
            await TellAsync(step).ConfigureAwait(false);
    }

    private RebalanceStep? TryTakeStep()
    {
        lock (_member.Gate)
        {
            var step = _steps.TryTake();
            _hasSteps = !_steps.IsEmpty;
            return step;
        }
    }

    private ImmutableArray<TopicPartition> Told()
    {
        lock (_member.Gate)
            return _steps.Told;
    }

    private async Task TellAsync(RebalanceStep step)
    {
        switch (step.Kind)
        {
            case RebalanceStepKind.Assigned:
                lock (_consumer.Gate)
                    _consumer.Machine.IncrementalAssign(step.Partitions.Select(p => (p, ConsumerClient.Unset)));
                _consumer.Wake();
                await TellAsync(_handlers.PartitionsAssigned, step.Partitions).ConfigureAwait(false);
                break;
            case RebalanceStepKind.Revoked:
                await RevokeAsync(step).ConfigureAwait(false);
                break;
            default:
                Unassign(step.Partitions);
                await TellAsync(_handlers.PartitionsLost ?? _handlers.PartitionsRevoked, step.Partitions)
                    .ConfigureAwait(false);
                break;
        }
    }

    private async Task RevokeAsync(RebalanceStep step)
    {
        try
        {
            await TellAsync(_handlers.PartitionsRevoked, step.Partitions).ConfigureAwait(false);
        }
        finally
        {
            await CommitAtLastAsync().ConfigureAwait(false);
            Unassign(step.Partitions);
            lock (_member.Gate)
                _member.Machine.OnRevoked(step.Round);
            _member.Wake();
        }
    }

    private static Task TellAsync(
        Func<IReadOnlyList<TopicPartition>, Task>? handler, ImmutableArray<TopicPartition> partitions) =>
        handler is null || partitions.IsEmpty ? Task.CompletedTask : handler(partitions);

    private void Unassign(ImmutableArray<TopicPartition> partitions)
    {
        lock (_consumer.Gate)
        {
            foreach (var partition in partitions)
                _consumer.Machine.Unassign(partition);
        }
    }

    private async Task LeaveAsync()
    {
        ImmutableArray<TopicPartition> told;
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_member.Gate)
        {
            told = _steps.Told;
            _steps.Clear();
            _hasSteps = false;
            _failure = null;
            _subscription = [];
            if (_member.Machine.IsAborted || !_member.Machine.Leave())
                left.SetResult();
            else
                _left = left;
        }

        Unassign(told);
        _member.Wake();
        await left.Task.ConfigureAwait(false);
    }

    /// <summary>On the thread of the membership's actor.</summary>
    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case PartitionsAssigned assigned:
                Add(() => _steps.Add(assigned));
                break;
            case PartitionsRevoked revoked:
                Add(() => _steps.Add(revoked));
                break;
            case PartitionsLost lost:
                // Not only when the reader is told: others may read them now.
                Unassign(lost.Partitions);
                Add(() => _steps.Add(lost));
                break;
            case GroupCallCompleted completed:
                Complete(completed);
                break;
            case MembershipFailed failed:
                _failure = failed;
                _wakeReader();
                break;
            case MembershipEnded:
                lock (_member.Gate)
                    _left?.TrySetResult();
                break;
        }
    }

    private void Add(Action add)
    {
        lock (_member.Gate)
        {
            // Who leaves has let go of everything.
            if (_subscription.IsEmpty)
                return;
            add();
            _hasSteps = !_steps.IsEmpty;
        }

        _wakeReader();
    }
}
