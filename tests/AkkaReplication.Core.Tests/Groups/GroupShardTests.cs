using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Groups;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>The groups of one partition, from one leadership to the next.</summary>
public class GroupShardTests
{
    private static readonly GroupTime Time = new(1_000, 2_000);

    private readonly EffectList _effects = new();
    private readonly GroupShard _shard = new(new GroupCoordinatorOptions(), static _ => true, static () => Guid.Empty);
    private long _tokens;

    private ErrorCode Commit(string group, ErrorCode log = ErrorCode.None)
    {
        _effects.Clear();
        Send(new OffsetCommitRequest(
            group, -1, "", null, [new OffsetToCommit(new TopicPartition("t", 0), 5, LeaderEpoch.None)]));
        if (_effects.AsReadOnly().OfType<PersistGroupRecords>().FirstOrDefault() is { } write)
        {
            Assert.Equal(_shard.LeaderEpoch, write.LeaderEpoch);
            _shard.OnPersisted(Time, write.LeaderEpoch, group, write.PersistId, log, _effects);
        }

        return Assert.Single(Answered<OffsetCommitResponse>().Results).Error;
    }

    private T Answered<T>() => Assert.IsType<T>(
        Assert.Single(_effects.AsReadOnly().OfType<AnswerGroupRequest>()).Response, exactMatch: false);

    private void Send(ClientRequest request) =>
        _shard.OnRequest(Time, new RequestToken(++_tokens), new GroupClient("c", "/h"), request, _effects);

    private void Lead(int epoch, params GroupRecord[] records)
    {
        _shard.OnLeader(new LeaderEpoch(epoch), _effects);
        foreach (var record in records)
            _shard.Load(record);
        _shard.OnLoaded(Time, new LeaderEpoch(epoch), _effects);
    }

    private static OffsetRecord Offset(string group, long? offset) => new(
        group,
        new TopicPartition("t", 0),
        offset is { } o ? new CommittedOffset(o, LeaderEpoch.None, "", 2_000) : null);

    private string Listed(params string[] states) => string.Join(',', _shard.List([.. states])!.Value.Select(g => g.GroupId));

    [Fact]
    public void It_answers_for_its_groups_only_while_it_leads()
    {
        Assert.Equal(ErrorCode.NotCoordinator, Commit("g"));
        Lead(3);
        Assert.Equal(ErrorCode.None, Commit("g"));
        _shard.OnResigned(_effects);
        Assert.Equal(ErrorCode.NotCoordinator, Commit("g"));
    }

    [Fact]
    public void While_it_loads_it_says_so()
    {
        _shard.OnLeader(new LeaderEpoch(3), _effects);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, Commit("g"));
        Assert.Null(_shard.List([]));
        _shard.OnLoaded(Time, new LeaderEpoch(2), _effects);
        Assert.False(_shard.IsActive);
        _shard.OnLoaded(Time, new LeaderEpoch(3), _effects);
        Assert.Equal(ErrorCode.None, Commit("g"));
    }

    [Fact]
    public void Groups_are_loaded_from_the_log_of_all()
    {
        Lead(3, Offset("b", 1), Offset("a", 2), Offset("c", 3), Offset("c", null));
        Assert.Equal("a,b", Listed());
    }

    [Fact]
    public void A_new_leadership_loads_anew_and_an_old_one_changes_nothing()
    {
        Lead(3, Offset("a", 1));
        _shard.OnLeader(new LeaderEpoch(2), _effects);
        _shard.OnLeader(new LeaderEpoch(3), _effects);
        Assert.True(_shard.IsActive);
        Lead(4, Offset("b", 1));
        Assert.Equal("b", Listed());
    }

    [Fact]
    public void What_an_earlier_leadership_wrote_is_not_acknowledged_under_a_later_one()
    {
        Lead(3);
        _effects.Clear();
        Send(new OffsetCommitRequest(
            "g", -1, "", null, [new OffsetToCommit(new TopicPartition("t", 0), 5, LeaderEpoch.None)]));
        var write = Assert.Single(_effects.AsReadOnly().OfType<PersistGroupRecords>());
        Lead(4);
        Assert.Equal(ErrorCode.NotCoordinator, Assert.Single(Answered<OffsetCommitResponse>().Results).Error);

        _effects.Clear();
        _shard.OnPersisted(Time, new LeaderEpoch(3), "g", write.PersistId, ErrorCode.None, _effects);
        Assert.Equal(0, _effects.Count);
    }

    [Fact]
    public void Groups_that_were_only_asked_for_are_forgotten()
    {
        Lead(3);
        Send(new HeartbeatRequest("g", 1, "m", null));
        Assert.Equal("", Listed());
    }

    [Fact]
    public void Groups_are_listed_by_state()
    {
        Lead(3, Offset("a", 1));
        Send(new JoinGroupRequest(
            "b", 10_000, 10_000, "", null, "consumer", [new GroupProtocol("range", default)], false, false, null));
        Assert.Equal("a,b", Listed());
        Assert.Equal("a", Listed("empty"));
        Assert.Equal("b", Listed("PreparingRebalance", "Stable"));
        Assert.Equal("", Listed("Nonsense"));
    }

    [Fact]
    public void Timers_and_deleted_topics_reach_the_groups()
    {
        Lead(3, Offset("a", 1));
        _effects.Clear();
        _shard.OnTopicDeleted(Time, "t", _effects);
        var write = Assert.Single(_effects.AsReadOnly().OfType<PersistGroupRecords>());
        _shard.OnPersisted(Time, write.LeaderEpoch, "a", write.PersistId, ErrorCode.None, _effects);
        Assert.Equal("", Listed());

        Send(new JoinGroupRequest(
            "b", 10_000, 10_000, "", null, "consumer", [new GroupProtocol("range", default)], true, false, null));
        Assert.Equal("b", Listed());
        _shard.OnTimer(new GroupTime(3_600_000, 3_600_000), "b", _effects);
        Assert.Equal("", Listed());
    }
}
