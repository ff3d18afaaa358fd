using System.Collections.Immutable;
using System.Text;
using AkkaReplication.Clients;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>A client that does what Kafka's clients do: joins, syncs, heartbeats, commits, and tries again.</summary>
internal sealed class SimulatedMember(SimulatedGroup group, int number, bool isStatic, bool asksForId, int partitions)
{
    private const int SessionMs = 6_000;
    private const int RebalanceMs = 8_000;

    private string _memberId = "";
    private JoinGroupResponse? _joined;
    private int _attempt;
    private int _life;
    private long _offset;

    public bool IsAlive { get; private set; }

    /// <summary>What it has in the present generation; null while it has nothing.</summary>
    public ImmutableArray<int>? Assignment { get; private set; }

    public int Generation => _joined?.Generation ?? -1;

    private string? Instance => isStatic ? $"i{number}" : null;

    // A member that comes back is the same one only where it is static.
    private string Identity => isStatic ? Instance! : _memberId;

    public void Start()
    {
        if (IsAlive)
            return;

        IsAlive = true;
        var life = ++_life;
        _memberId = "";
        Join();
        Beat(life);
        Commit(life);
    }

    /// <summary>Gone without a word.</summary>
    public void Crash()
    {
        IsAlive = false;
        _life++;
        _attempt++;
        (_joined, Assignment) = (null, null);
    }

    public void Leave()
    {
        group.Send(
            new LeaveGroupRequest(SimulatedGroup.Id, [new LeavingMember(_memberId, Instance)]), Identity, static _ => { });
        Crash();
    }

    /// <summary>Joins though nobody has asked it to, with another subscription perhaps.</summary>
    public void Rejoin() => Join();

    private void Join()
    {
        if (!IsAlive)
            return;

        (_joined, Assignment) = (null, null);
        var request = new JoinGroupRequest(
            SimulatedGroup.Id,
            SessionMs,
            RebalanceMs,
            _memberId,
            Instance,
            "consumer",
            [new GroupProtocol("range", Encoding.UTF8.GetBytes($"{number}"))],
            asksForId,
            group.Random.Next(2) == 0,
            null);
        Ask(request, RebalanceMs + 4_000, response => OnJoined((JoinGroupResponse)response));
    }

    private void OnJoined(JoinGroupResponse joined)
    {
        switch (joined.Error)
        {
            case ErrorCode.None:
                _memberId = joined.MemberId;
                _joined = joined;
                Sync(joined);
                break;
            case ErrorCode.MemberIdRequired:
                _memberId = joined.MemberId;
                Join();
                break;
            default:
                Refused(joined.Error);
                break;
        }
    }

    private void Sync(JoinGroupResponse joined)
    {
        var assignments = joined.MemberId == joined.LeaderId && !joined.SkipAssignment ? Assign(joined) : [];
        var request = new SyncGroupRequest(
            SimulatedGroup.Id, joined.Generation, _memberId, Instance, "consumer", "range", assignments);
        Ask(request, 5_000, response => OnSynced((SyncGroupResponse)response));
    }

    private ImmutableArray<MemberAssignment> Assign(JoinGroupResponse joined)
    {
        var assignment = ++group.NextAssignment;
        return
        [
            .. joined.Members.Select((m, i) => new MemberAssignment(m.MemberId, Encoding.UTF8.GetBytes(
                $"{assignment}:{string.Join(',', Enumerable.Range(0, partitions).Where(p => p % joined.Members.Length == i))}"))),
        ];
    }

    private void OnSynced(SyncGroupResponse synced)
    {
        if (synced.Error != ErrorCode.None)
        {
            Refused(synced.Error);
            return;
        }

        var text = Encoding.UTF8.GetString(synced.Assignment.Span);
        Assignment = text.Length == 0
            ? []
            : [.. text.Split(':')[1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    private void Beat(int life)
    {
        if (life != _life)
            return;

        if (_joined is { } joined)
        {
            var attempt = _attempt;
            group.Send(new HeartbeatRequest(SimulatedGroup.Id, joined.Generation, _memberId, Instance), Identity, response =>
            {
                if (attempt == _attempt && ((HeartbeatResponse)response).Error is not ErrorCode.None and var error)
                    Refused(error);
            });
        }

        group.At(group.Now + 1_500, () => Beat(life));
    }

    private void Commit(int life)
    {
        if (life != _life)
            return;

        if (_joined is { } joined && Assignment is { Length: > 0 } assigned)
        {
            var attempt = _attempt;
            // Unique, and greater the later it is made.
            _offset = Math.Max(_offset + 1, group.Now * 10 + number);
            var request = new OffsetCommitRequest(
                SimulatedGroup.Id,
                joined.Generation,
                _memberId,
                Instance,
                [.. assigned.Select(p => new OffsetToCommit(new TopicPartition(SimulatedGroup.Topic, p), _offset, LeaderEpoch.None))]);
            group.Send(request, Identity, response =>
            {
                var error = ((OffsetCommitResponse)response).Results[0].Error;
                if (attempt == _attempt
                    && error is ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId or ErrorCode.IllegalGeneration)
                {
                    Refused(error);
                }
            });
        }

        group.At(group.Now + 700 + group.Random.Next(1_000), () => Commit(life));
    }

    private void Refused(ErrorCode error)
    {
        Assert.NotEqual(ErrorCode.InconsistentGroupProtocol, error);
        Assert.NotEqual(ErrorCode.UnknownServerError, error);
        if (error is ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId)
            _memberId = "";
        (_joined, Assignment) = (null, null);
        var attempt = ++_attempt;
        group.At(group.Now + 100 + group.Random.Next(200), () =>
        {
            if (attempt == _attempt)
                Join();
        });
    }

    private void Ask(ClientRequest request, long timeoutMs, Action<ClientResponse> answered)
    {
        var attempt = ++_attempt;
        group.Send(request, Identity, response =>
        {
            if (attempt != _attempt)
                return;
            _attempt++;
            answered(response);
        });
        group.At(group.Now + timeoutMs, () =>
        {
            if (attempt == _attempt)
                Join();
        });
    }
}
