using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Groups;

/// <summary>
/// The groups of one partition of __consumer_offsets on one broker: loads them when the broker comes to lead it, and lets
/// go of them when it does not lead it any more. Its leader epoch is in everything that they write, so that an earlier
/// leader's groups can store nothing.
/// </summary>
/// <param name="partitionExists">Whether the cluster has that partition: offsets are stored for no other.</param>
/// <param name="newId">Makes the unique parts of member ids.</param>
public sealed class GroupShard(
    GroupCoordinatorOptions options, Func<TopicPartition, bool> partitionExists, Func<Guid> newId)
{
    private readonly SortedDictionary<string, GroupCoordinator> _groups = new(StringComparer.Ordinal);
    private bool _isLoading;

    /// <summary>The leadership that it serves, or <see cref="LeaderEpoch.None"/>.</summary>
    public LeaderEpoch LeaderEpoch { get; private set; } = LeaderEpoch.None;

    /// <summary>It answers for its groups.</summary>
    public bool IsActive => LeaderEpoch != LeaderEpoch.None && !_isLoading;

    /// <summary>
    /// The broker leads the partition in that epoch. Everything committed up to the log's end at that moment is to be loaded
    /// before <see cref="OnLoaded"/>: what the leader before acknowledged lies there. An epoch not above the present one is
    /// old news and changes nothing.
    /// </summary>
    public void OnLeader(LeaderEpoch epoch, EffectList effects)
    {
        if (epoch <= LeaderEpoch)
            return;

        Clear(effects);
        LeaderEpoch = epoch;
        _isLoading = true;
    }

    /// <summary>The broker does not lead the partition any more; who waits is told so.</summary>
    public void OnResigned(EffectList effects)
    {
        Clear(effects);
        LeaderEpoch = LeaderEpoch.None;
        _isLoading = false;
    }

    /// <summary>The next record of the log, in its order.</summary>
    /// <exception cref="InvalidOperationException">Nothing is being loaded.</exception>
    public void Load(GroupRecord record)
    {
        if (!_isLoading)
            throw new InvalidOperationException("Nothing is being loaded.");
        if (!_groups.TryGetValue(record.GroupId, out var group))
            _groups.Add(record.GroupId, group = Create(record.GroupId));
        group.Load(record);
    }

    /// <summary>The log of that leadership is loaded; an answer for another one changes nothing.</summary>
    public void OnLoaded(GroupTime time, LeaderEpoch epoch, EffectList effects)
    {
        if (!_isLoading || epoch != LeaderEpoch)
            return;

        _isLoading = false;
        foreach (var group in _groups.Values.ToArray())
        {
            group.OnLoaded(time, effects);
            ForgetBlank(group);
        }
    }

    /// <summary>A request to a group of this partition.</summary>
    /// <exception cref="ArgumentException">It is no request to a group.</exception>
    public void OnRequest(
        GroupTime time, RequestToken token, GroupClient client, ClientRequest request, EffectList effects)
    {
        var groupId = GroupRefusals.GroupOf(request);
        if (!IsActive)
        {
            effects.Add(new AnswerGroupRequest(token, _isLoading
                ? GroupRefusals.RefuseWhileLoading(request)
                : GroupRefusals.Refuse(request, ErrorCode.NotCoordinator)));
            return;
        }

        if (!_groups.TryGetValue(groupId, out var group))
        {
            _groups.Add(groupId, group = Create(groupId));
            group.OnLoaded(time, effects);
        }

        group.OnRequest(time, token, client, request, effects);
        ForgetBlank(group);
    }

    /// <summary>The outcome of a <see cref="PersistGroupRecords"/> of that leadership.</summary>
    public void OnPersisted(
        GroupTime time, LeaderEpoch epoch, string groupId, long persistId, ErrorCode error, EffectList effects)
    {
        if (epoch != LeaderEpoch || !_groups.TryGetValue(groupId, out var group))
            return;

        group.OnPersisted(time, persistId, error, effects);
        ForgetBlank(group);
    }

    /// <summary>The timer of <see cref="StartGroupTimer"/> fired for that group.</summary>
    public void OnTimer(GroupTime time, string groupId, EffectList effects)
    {
        if (!_groups.TryGetValue(groupId, out var group))
            return;

        group.OnTimer(time, effects);
        ForgetBlank(group);
    }

    /// <summary>The cluster's metadata has lost a topic.</summary>
    public void OnTopicDeleted(GroupTime time, string topic, EffectList effects)
    {
        foreach (var group in _groups.Values.ToArray())
        {
            group.OnTopicDeleted(time, topic, effects);
            ForgetBlank(group);
        }
    }

    /// <summary>The groups that there are, by name.</summary>
    /// <param name="states">Kafka's names of the wanted states, in whatever case; none for all. Unknown names match nothing.</param>
    /// <returns>Null while they are being loaded (COORDINATOR_LOAD_IN_PROGRESS).</returns>
    public ImmutableArray<GroupOverview>? List(ImmutableArray<string> states)
    {
        if (_isLoading)
            return null;

        return
        [
            .. _groups.Values
                .Select(static g => g.Overview)
                .Where(g => g.State != GroupState.Dead && Matches(g.State, states)),
        ];
    }

    private static bool Matches(GroupState state, ImmutableArray<string> states) => states.IsDefaultOrEmpty
        || states.Any(s => s.Trim().Equals(state.ToString(), StringComparison.OrdinalIgnoreCase));

    private GroupCoordinator Create(string groupId) => new(groupId, LeaderEpoch, options, partitionExists, newId);

    private void ForgetBlank(GroupCoordinator group)
    {
        if (group.IsBlank)
            _groups.Remove(group.GroupId);
    }

    private void Clear(EffectList effects)
    {
        foreach (var group in _groups.Values)
            group.Unload(effects);
        _groups.Clear();
    }
}
