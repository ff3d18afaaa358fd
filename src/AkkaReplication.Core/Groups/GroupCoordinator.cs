using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Groups;

/// <summary>
/// The coordinator of one group of the classic protocol: who is a member, in which generation, with which assignment, and
/// the offsets. Says nothing that is not stored, and is rebuilt from what is stored alone. Never touches a clock, a log or
/// a connection.
/// </summary>
/// <remarks>
/// Empty → PreparingRebalance (a member joins) → CompletingRebalance (all have joined and the generation is stored) → Stable
/// (the leader's assignment is stored) → PreparingRebalance (membership or metadata change) → Empty (the last one is gone) →
/// Dead (nothing is left). Every input is one turn.
/// </remarks>
public sealed partial class GroupCoordinator
{
    private readonly LeaderEpoch _epoch;
    private readonly GroupCoordinatorOptions _options;
    private readonly Func<TopicPartition, bool> _partitionExists;
    private readonly Func<Guid> _newId;
    private Phase _phase = Phase.Loading;

    /// <param name="epoch">The leader epoch of the group's partition under which this coordinator writes.</param>
    /// <param name="partitionExists">Whether the cluster has that partition: offsets are stored for no other.</param>
    /// <param name="newId">Makes the unique parts of member ids.</param>
    public GroupCoordinator(
        string groupId,
        LeaderEpoch epoch,
        GroupCoordinatorOptions options,
        Func<TopicPartition, bool> partitionExists,
        Func<Guid> newId)
    {
        GroupId = groupId;
        _epoch = epoch;
        _options = options;
        _partitionExists = partitionExists;
        _newId = newId;
    }

    private enum Phase : byte
    {
        Loading,
        Active,
        Unloaded,
    }

    public string GroupId { get; }

    /// <summary>Dead while nothing is known of the group.</summary>
    public GroupState State { get; private set; }

    /// <summary>Of the members' present assignment, or of the last one.</summary>
    public int Generation { get; private set; }

    /// <summary>"consumer" for consumers; empty for a group that has only ever stored offsets.</summary>
    public string ProtocolType { get; private set; } = "";

    /// <summary>It knows nothing that another coordinator would not know without it, and nobody waits for it.</summary>
    public bool IsBlank => State == GroupState.Dead && _writes.Count == 0;

    /// <summary>A request to this group; answered now or in a later turn, exactly once.</summary>
    /// <exception cref="ArgumentException">It is no request to a group.</exception>
    public void OnRequest(
        GroupTime time, RequestToken token, GroupClient client, ClientRequest request, EffectList effects)
    {
        if (_phase != Phase.Active)
        {
            effects.Add(new AnswerGroupRequest(token, _phase == Phase.Loading
                ? GroupRefusals.RefuseWhileLoading(request)
                : GroupRefusals.Refuse(request, ErrorCode.NotCoordinator)));
            return;
        }

        if (RefusalOf(request) is { } error)
            effects.Add(new AnswerGroupRequest(token, GroupRefusals.Refuse(request, error)));
        else
            Carry(time, token, client, request, effects);
        EndTurn(time, effects);
    }

    /// <summary>
    /// The cluster's metadata has lost a topic: nobody needs the offsets in it any more.
    /// </summary>
    public void OnTopicDeleted(GroupTime time, string topic, EffectList effects)
    {
        if (_phase != Phase.Active || _isDeleting)
            return;

        Bury(new Tombstones(TombstoneReason.Expiry, null), StoredOrComing(p => p.Topic == topic), group: false, effects);
        EndTurn(time, effects);
    }

    /// <summary>
    /// The partition has another leader, or none: everybody who waits is sent there, and nothing is written any more.
    /// </summary>
    public void Unload(EffectList effects)
    {
        _phase = Phase.Unloaded;
        foreach (var member in _members.Values)
            Release(member, ErrorCode.NotCoordinator, effects);
        foreach (var write in _writes.Values)
            Fail(write, ErrorCode.NotCoordinator, effects);
        _writes.Clear();
    }

    private ErrorCode? RefusalOf(ClientRequest request)
    {
        var isMembership = request is JoinGroupRequest or SyncGroupRequest or HeartbeatRequest or LeaveGroupRequest;
        if (isMembership && GroupId.Length == 0)
            return ErrorCode.InvalidGroupId;
        if (!StoredTexts.Fits(GroupId))
            return ErrorCode.InvalidGroupId;
        return _isDeleting && request is not (OffsetFetchRequest or DescribeGroupRequest)
            ? ErrorCode.CoordinatorNotAvailable
            : null;
    }

    private void Carry(
        GroupTime time, RequestToken token, GroupClient client, ClientRequest request, EffectList effects)
    {
        switch (request)
        {
            case JoinGroupRequest join:
                OnJoin(time, token, client, join, effects);
                break;
            case SyncGroupRequest sync:
                OnSync(time, token, sync, effects);
                break;
            case HeartbeatRequest heartbeat:
                Answer(token, new HeartbeatResponse(OnHeartbeat(time, heartbeat)), effects);
                break;
            case LeaveGroupRequest leave:
                OnLeave(time, token, leave, effects);
                break;
            case OffsetCommitRequest commit:
                OnCommit(time, token, commit, effects);
                break;
            case OffsetFetchRequest fetch:
                Answer(token, OnFetch(fetch), effects);
                break;
            case DescribeGroupRequest:
                Answer(token, Describe(), effects);
                break;
            case DeleteGroupRequest delete:
                OnDelete(token, delete, effects);
                break;
            case OffsetDeleteRequest delete:
                OnDeleteOffsets(token, delete, effects);
                break;
            default:
                throw new ArgumentException($"{request} is no request to a group.", nameof(request));
        }
    }

    private static void Answer(RequestToken token, ClientResponse response, EffectList effects) =>
        effects.Add(new AnswerGroupRequest(token, response));

    private void Observe(string what, EffectList effects) =>
        effects.Add(new GroupObserved(GroupId, State, Generation, what));
}
