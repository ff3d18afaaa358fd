using System.Collections.Immutable;
using System.Text;
using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Groups;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>A group's coordinator over a log in memory, with a clock that the test moves.</summary>
internal sealed class GroupUnderTest
{
    public const string Id = "g";
    public const long WallClockAtStartMs = 1_700_000_000_000;

    private readonly GroupCoordinatorOptions _options;
    private readonly EffectList _effects = new();
    private long _tokens;
    private int _ids;
    private long _timerAtMs = long.MaxValue;

    public GroupUnderTest(GroupCoordinatorOptions? options = null, string groupId = Id)
    {
        GroupId = groupId;
        _options = options ?? new GroupCoordinatorOptions();
        Coordinator = Create();
        Input(() => Coordinator.OnLoaded(Time, _effects));
    }

    public string GroupId { get; }

    public GroupCoordinator Coordinator { get; private set; }

    public long NowMs { get; private set; } = 5_000;

    public GroupTime Time => new(NowMs, WallClockAtStartMs + NowMs);

    /// <summary>The group's partition, as keys and values.</summary>
    public List<(byte[] Key, byte[]? Value)> Log { get; } = [];

    /// <summary>Batches that have not been decided yet.</summary>
    public List<PersistGroupRecords> Writes { get; } = [];

    /// <summary>Batches are stored as soon as they are asked for.</summary>
    public bool StoresAtOnce { get; set; } = true;

    public Dictionary<RequestToken, ClientResponse> Answers { get; } = [];

    public int Removals { get; private set; }

    public static ImmutableArray<GroupProtocol> Range { get; } = Offer("range");

    public static ImmutableArray<GroupProtocol> Offer(params string[] names) => OfTopics(["t"], names);

    public static ImmutableArray<GroupProtocol> OfTopics(ImmutableArray<string> topics, params string[] names)
    {
        var metadata = ConsumerProtocol.Encode(new ConsumerSubscription(topics, null, [], -1, null));
        return [.. names.Select(n => new GroupProtocol(n, metadata))];
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public RequestToken Send(ClientRequest request, string clientId = "c")
    {
        var token = new RequestToken(++_tokens);
        Input(() => Coordinator.OnRequest(Time, token, new GroupClient(clientId, "/h"), request, _effects));
        return token;
    }

    public T Ask<T>(ClientRequest request) where T : ClientResponse => Answer<T>(Send(request));

    public T Answer<T>(RequestToken token) where T : ClientResponse
    {
        Assert.True(Answers.TryGetValue(token, out var response), $"{token} is not answered");
        return Assert.IsType<T>(response);
    }

    public bool IsWaiting(RequestToken token) => !Answers.ContainsKey(token);

    public static JoinGroupRequest JoinRequest(
        string memberId = "",
        string? instance = null,
        ImmutableArray<GroupProtocol>? protocols = null,
        int sessionMs = 10_000,
        int rebalanceMs = 60_000,
        bool known = false,
        bool skips = true,
        string type = "consumer",
        string group = Id) =>
        new(group, sessionMs, rebalanceMs, memberId, instance, type, protocols ?? Range, known, skips, null);

    public RequestToken Join(
        string memberId = "",
        string? instance = null,
        ImmutableArray<GroupProtocol>? protocols = null,
        int sessionMs = 10_000,
        int rebalanceMs = 60_000,
        bool known = false,
        bool skips = true) =>
        Send(JoinRequest(memberId, instance, protocols, sessionMs, rebalanceMs, known, skips));

    public JoinGroupResponse Joined(RequestToken token)
    {
        var response = Answer<JoinGroupResponse>(token);
        Assert.Equal(ErrorCode.None, response.Error);
        return response;
    }

    public ErrorCode JoinError(RequestToken token) => Answer<JoinGroupResponse>(token).Error;

    public RequestToken Sync(
        JoinGroupResponse joined, params (string MemberId, string Assignment)[] assignments) =>
        Send(SyncRequest(joined, assignments));

    public static SyncGroupRequest SyncRequest(
        JoinGroupResponse joined, params (string MemberId, string Assignment)[] assignments) =>
        new(
            Id,
            joined.Generation,
            joined.MemberId,
            null,
            joined.ProtocolType,
            joined.ProtocolName,
            [.. assignments.Select(a => new MemberAssignment(a.MemberId, Bytes(a.Assignment)))]);

    public string Synced(RequestToken token)
    {
        var response = Answer<SyncGroupResponse>(token);
        Assert.Equal(ErrorCode.None, response.Error);
        return Encoding.UTF8.GetString(response.Assignment.Span);
    }

    public ErrorCode SyncError(RequestToken token) => Answer<SyncGroupResponse>(token).Error;

    public ErrorCode Heartbeat(string memberId, int? generation = null, string? instance = null) =>
        Ask<HeartbeatResponse>(new HeartbeatRequest(
            GroupId, generation ?? Coordinator.Generation, memberId, instance)).Error;

    public ErrorCode Leave(string memberId, string? instance = null)
    {
        var response = Ask<LeaveGroupResponse>(new LeaveGroupRequest(GroupId, [new LeavingMember(memberId, instance)]));
        return response.Error != ErrorCode.None ? response.Error : Assert.Single(response.Members).Error;
    }

    public static TopicPartition Partition(int number, string topic = "t") => new(topic, number);

    public RequestToken Commit(
        string memberId, int generation, long offset, int partition = 0, string? metadata = null, string topic = "t") =>
        Send(new OffsetCommitRequest(
            GroupId,
            generation,
            memberId,
            null,
            [new OffsetToCommit(Partition(partition, topic), offset, new LeaderEpoch(3), metadata)]));

    public ErrorCode CommitError(RequestToken token) =>
        Assert.Single(Answer<OffsetCommitResponse>(token).Results).Error;

    public long Fetch(int partition = 0, string topic = "t") =>
        Assert.Single(Ask<OffsetFetchResponse>(new OffsetFetchRequest(GroupId, [Partition(partition, topic)])).Offsets)
            .Offset;

    public OffsetFetchResponse FetchAll() => Ask<OffsetFetchResponse>(new OffsetFetchRequest(GroupId, null));

    public DescribeGroupResponse Describe() => Ask<DescribeGroupResponse>(new DescribeGroupRequest(GroupId));

    /// <summary>A stable group of that many members; the first one leads, member i has the assignment "ai".</summary>
    public string[] Stable(int members = 1, int sessionMs = 10_000)
    {
        var first = Joined(Join(sessionMs: sessionMs));
        var tokens = new List<RequestToken>();
        for (var i = 1; i < members; i++)
            tokens.Add(Join(sessionMs: sessionMs));
        if (members > 1)
            first = Joined(Join(first.MemberId, sessionMs: sessionMs));

        string[] ids = [first.MemberId, .. tokens.Select(t => Joined(t).MemberId)];
        Sync(first, [.. ids.Select((id, i) => (id, $"a{i}"))]);
        foreach (var token in tokens)
            Sync(Joined(token));
        Assert.Equal(GroupState.Stable, Coordinator.State);
        return ids;
    }

    /// <summary>Time goes on; timers fire when they are due.</summary>
    public void Advance(long ms)
    {
        var end = NowMs + ms;
        while (_timerAtMs <= end)
        {
            NowMs = _timerAtMs;
            _timerAtMs = long.MaxValue;
            Input(() => Coordinator.OnTimer(Time, _effects));
        }

        NowMs = end;
    }

    public void Store(PersistGroupRecords write)
    {
        Assert.True(Writes.Remove(write));
        Append(write);
        Input(() => Coordinator.OnPersisted(Time, write.PersistId, ErrorCode.None, _effects));
    }

    public void StoreAll()
    {
        while (Writes.Count > 0)
            Store(Writes[0]);
    }

    /// <param name="isInLog">The error says that, but the batch is there.</param>
    public void Fail(PersistGroupRecords write, ErrorCode error, bool isInLog = false)
    {
        Assert.True(Writes.Remove(write));
        if (isInLog)
            Append(write);
        Input(() => Coordinator.OnPersisted(Time, write.PersistId, error, _effects));
    }

    public void TopicDeleted(string topic) => Input(() => Coordinator.OnTopicDeleted(Time, topic, _effects));

    public void Unload() => Input(() => Coordinator.Unload(_effects));

    /// <summary>Another coordinator takes over from what is in the log.</summary>
    public void Restart()
    {
        Unload();
        Writes.Clear();
        Coordinator = Create();
        _timerAtMs = long.MaxValue;
        foreach (var (key, value) in Log)
            Coordinator.Load(GroupRecordCodec.Decode(key, value, value is null)!);
        Input(() => Coordinator.OnLoaded(Time, _effects));
    }

    private GroupCoordinator Create() => new(
        GroupId, new LeaderEpoch(7), _options, static p => p.Topic != "missing", () => new Guid(++_ids, 0, 0, new byte[8]));

    private void Append(PersistGroupRecords write)
    {
        Assert.Equal(new LeaderEpoch(7), write.LeaderEpoch);
        foreach (var record in write.Records)
            Log.Add((GroupRecordCodec.EncodeKey(record), GroupRecordCodec.EncodeValue(record)));
    }

    private void Input(Action input)
    {
        input();
        var effects = _effects.AsReadOnly().ToArray();
        _effects.Clear();
        foreach (var effect in effects)
            Perform(effect);
        // The effects of a turn come before those of the next.
        while (StoresAtOnce && Writes.Count > 0)
            Store(Writes[0]);
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case AnswerGroupRequest answer:
                Assert.True(Answers.TryAdd(answer.Token, answer.Response), $"{answer.Token} is answered twice");
                break;
            case PersistGroupRecords write:
                Writes.Add(write);
                break;
            case StartGroupTimer timer:
                Assert.True(timer.DelayMs > 0);
                _timerAtMs = NowMs + timer.DelayMs;
                break;
            case GroupRemoved:
                Removals++;
                break;
        }
    }
}
