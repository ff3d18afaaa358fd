using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Core.Tests.Groups;
using AkkaReplication.Effects;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>A consumer as our client is one: its membership machine, connections that break, and a caller that commits.</summary>
internal sealed class SimulatedConsumer(
    SimulatedGroup group, int number, string? instance, ImmutableArray<IPartitionAssignor> assignors, int partitions)
{
    private const int MaxPollIntervalMs = 8_000;

    public static readonly ImmutableArray<BrokerId> Brokers = [new(0), new(1), new(2)];

    private readonly EffectList _effects = new();
    private readonly SortedDictionary<long, BrokerId> _connections = [];
    private readonly bool _isCooperative = assignors.All(static a => a.IsCooperative);
    private GroupMembership? _member;
    private int _life;
    private int _timer;
    private long _token;
    private long _offset;

    public bool IsAlive => _member is not null;

    /// <summary>What the caller reads: from when it is assigned until it has let go.</summary>
    public SortedSet<TopicPartition> Reads { get; } = [];

    public bool IsStable => _member is { IsStable: true };

    public int Generation => _member?.Generation ?? -1;

    public int Rebalances { get; private set; }

    public int Committed { get; private set; }

    public List<ErrorCode> Failures { get; } = [];

    public override string ToString() =>
        $"c{number} {instance} in {Generation}{(IsStable ? "" : ", not stable")}: reads {string.Join(',', Reads)}"
        + $", owns {string.Join(',', _member?.Owned ?? [])}";

    public void Start()
    {
        if (IsAlive)
            return;

        var life = ++_life;
        _member = new GroupMembership(
            new GroupMembershipSettings
            {
                ClientId = $"c{number}",
                Bootstrap = Brokers,
                GroupId = SimulatedGroup.Id,
                GroupInstanceId = instance,
                SessionTimeoutMs = 6_000,
                HeartbeatIntervalMs = 1_500,
                MaxPollIntervalMs = MaxPollIntervalMs,
                AutoCommitIntervalMs = 2_000,
                RequestTimeoutMs = 3_000,
                Assignors = assignors,
            },
            group.Random.NextDouble);
        _member.Subscribe(group.Now, [SimulatedGroup.Topic]);
        _member.BeginPoll();
        Turn(static _ => { });
        Commit(life);
    }

    public void Crash()
    {
        _member = null;
        _life++;
        _connections.Clear();
        Reads.Clear();
    }

    public void Leave()
    {
        Reads.Clear();
        Turn(static m => m.Leave());
    }

    public void BreakConnections()
    {
        foreach (var connection in _connections.Keys.ToArray())
        {
            _connections.Remove(connection);
            Input(m => m.OnClosed(group.Now, connection, _effects));
        }
    }

    /// <summary>Reads nothing for longer than its group puts up with, then goes on.</summary>
    public void StopReading()
    {
        var life = _life;
        Turn(m => m.EndPoll(group.Now));
        group.At(group.Now + MaxPollIntervalMs + 5_000, () =>
        {
            if (life == _life)
                Turn(static m => m.BeginPoll());
        });
    }

    private void Commit(int life)
    {
        if (life != _life)
            return;

        if (Reads.Count > 0)
        {
            _offset = Math.Max(_offset + 1, group.Now * 10 + number);
            ImmutableArray<OffsetToCommit> offsets = [.. Reads.Select(p => new OffsetToCommit(p, _offset, LeaderEpoch.None))];
            Turn(m =>
            {
                foreach (var offset in offsets)
                    m.Store(group.Now, offset, out _);
                if (group.Random.Next(4) > 0)
                    m.Commit(group.Now, ++_token, offsets);
            });
        }

        group.At(group.Now + 500 + group.Random.Next(1_500), () => Commit(life));
    }

    private void Turn(Action<GroupMembership> change) => Input(m =>
    {
        change(m);
        m.OnTimer(group.Now, _effects);
    });

    private void Input(Action<GroupMembership> input)
    {
        if (_member is null)
            return;

        input(_member);
        var effects = _effects.AsReadOnly().ToArray();
        _effects.Clear();
        foreach (var effect in effects)
            Perform(effect);
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case OpenConnection open:
                Later(() =>
                {
                    _connections[open.Connection] = open.Broker;
                    Input(m => m.OnOpened(group.Now, open.Connection, _effects));
                });
                break;
            case CloseConnection close:
                _connections.Remove(close.Connection);
                break;
            case SendCall send:
                Send(send.Connection, send.Call);
                break;
            case StartClientTimer timer:
                var timerNumber = ++_timer;
                var life = _life;
                group.At(group.Now + timer.DelayMs, () =>
                {
                    if (timerNumber == _timer && life == _life)
                        Input(m => m.OnTimer(group.Now, _effects));
                });
                break;
            case PartitionsAssigned assigned:
                Rebalances++;
                Reads.UnionWith(assigned.All);
                break;
            case PartitionsRevoked revoked:
                var lifeThen = _life;
                group.At(group.Now + group.Random.Next(300), () =>
                {
                    if (lifeThen != _life)
                        return;
                    Reads.ExceptWith(revoked.Partitions.Except(_isCooperative ? _member!.Owned : []));
                    Turn(m => m.OnRevoked(revoked.Round));
                });
                break;
            case PartitionsLost lost:
                Reads.ExceptWith(lost.Partitions);
                break;
            case GroupCallCompleted completed:
                if (completed.Response is OffsetCommitResponse committed)
                    Committed += committed.Results.Count(r => r.Error == ErrorCode.None);
                break;
            case MembershipFailed { Error: ErrorCode.FencedInstanceId } when instance is not null:
                // By a join of its own that came late; whoever runs it starts it again.
                Later(() =>
                {
                    Crash();
                    Start();
                });
                break;
            case MembershipFailed failed:
                Failures.Add(failed.Error);
                break;
        }
    }

    private void Later(Action action)
    {
        var life = _life;
        group.At(group.Now + group.Delay(), () =>
        {
            if (life == _life)
                action();
        });
    }

    private void Send(long connection, ClientCall call)
    {
        var broker = _connections[connection];
        if (call.Request is OffsetCommitRequest commit)
            Assert.All(commit.Offsets, o => Assert.Contains(o.Partition, Reads));
        var life = _life;
        void Reply(ClientResponse response)
        {
            if (life == _life && _connections.ContainsKey(connection))
                Input(m => m.OnReply(group.Now, connection, new ClientReply(call.CorrelationId, response), _effects));
        }

        switch (call.Request)
        {
            case MetadataRequest metadata:
                Later(() => Reply(Describe(metadata)));
                break;
            case FindCoordinatorRequest:
                Later(() => Reply(new FindCoordinatorResponse(SimulatedGroup.Id, ErrorCode.None, null, group.Broker)));
                break;
            default:
                var identity = instance ?? (call.Request as SyncGroupRequest)?.MemberId ?? $"c{number}";
                group.Send(call.Request, identity, Reply, broker);
                break;
        }
    }

    private MetadataResponse Describe(MetadataRequest request) => new(
        "model",
        1,
        Brokers[0],
        [.. Brokers.Select(static b => new BrokerInfo(b, null, false))],
        [
            .. request.Topics!.Value.Select(name => new TopicInfo(
                name,
                new TopicId(new Guid(1, 2, 3, new byte[8])),
                ErrorCode.None,
                [
                    .. Enumerable.Range(0, partitions).Select(i => new PartitionInfo(
                        i, ErrorCode.None, Brokers[0], new LeaderEpoch(1), new PartitionEpoch(1), Brokers, Brokers, [])),
                ],
                ImmutableSortedDictionary<string, string>.Empty)),
        ]);
}
