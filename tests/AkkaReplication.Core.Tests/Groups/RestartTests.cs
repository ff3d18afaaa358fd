using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Groups;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>What a coordinator makes of the log of the one before it.</summary>
public class RestartTests
{
    private readonly GroupUnderTest _group = new();

    [Fact]
    public void A_stable_group_goes_on_without_a_rebalance()
    {
        var members = _group.Stable(2);
        _group.Restart();
        Assert.Equal((GroupState.Stable, 2), (_group.Coordinator.State, _group.Coordinator.Generation));
        Assert.Equal(ErrorCode.None, _group.Heartbeat(members[1]));
        Assert.Equal("a1", _group.Synced(_group.Send(
            new SyncGroupRequest("g", 2, members[1], null, "consumer", "range", []))));
        Assert.Equal(ErrorCode.None, _group.CommitError(_group.Commit(members[0], 2, 1)));
    }

    [Fact]
    public void Sessions_begin_anew()
    {
        var members = _group.Stable(2);
        _group.Advance(9_000);
        _group.Restart();
        _group.Advance(9_000);
        Assert.Equal(ErrorCode.None, _group.Heartbeat(members[0]));
        _group.Advance(1_001);
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.Heartbeat(members[0]));
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(members[1]));
    }

    [Fact]
    public void A_generation_without_assignment_still_waits_for_it()
    {
        var leader = _group.Stable()[0];
        var follower = _group.Join();
        var leading = _group.Joined(_group.Join(leader));
        _group.Restart();
        Assert.Equal(GroupState.CompletingRebalance, _group.Coordinator.State);

        var sync = _group.Sync(_group.Joined(follower));
        Assert.Equal("L", _group.Synced(_group.Sync(leading, (leader, "L"), (_group.Joined(follower).MemberId, "F"))));
        Assert.Equal("F", _group.Synced(sync));
    }

    [Fact]
    public void A_generation_whose_leader_never_assigns_does_not_last()
    {
        var joined = _group.Joined(_group.Join());
        _group.Restart();
        for (var i = 0; i < 7; i++)
        {
            _group.Heartbeat(joined.MemberId);
            _group.Advance(9_000);
        }

        Assert.Equal(GroupState.Empty, _group.Coordinator.State);
    }

    [Fact]
    public void A_generation_that_was_told_is_never_used_again()
    {
        var first = _group.Joined(_group.Join());
        _group.Restart();
        _group.Leave(first.MemberId);
        Assert.Equal(3, _group.Joined(_group.Join()).Generation);
    }

    [Fact]
    public void An_acknowledged_offset_is_there_and_one_that_was_not_stored_is_not()
    {
        var member = _group.Stable()[0];
        _group.Commit(member, 1, 5);
        _group.StoresAtOnce = false;
        var lost = _group.Commit(member, 1, 6);
        _group.Restart();
        Assert.Equal(ErrorCode.NotCoordinator, _group.CommitError(lost));
        Assert.Equal(5, _group.Fetch());
    }

    [Fact]
    public void Whoever_waits_is_sent_to_the_next_coordinator()
    {
        var leader = _group.Stable()[0];
        var join = _group.Join();
        _group.Unload();
        Assert.Equal(ErrorCode.NotCoordinator, _group.JoinError(join));
        Assert.Equal(ErrorCode.NotCoordinator, _group.Heartbeat(leader));
        Assert.Equal(ErrorCode.NotCoordinator, _group.FetchAll().Error);
    }

    [Fact]
    public void Waiting_syncs_and_deletions_are_sent_to_the_next_coordinator()
    {
        var leader = _group.Stable()[0];
        var follower = _group.Join();
        _group.Join(leader);
        var sync = _group.Sync(_group.Joined(follower));
        _group.Unload();
        Assert.Equal(ErrorCode.NotCoordinator, _group.SyncError(sync));

        var other = new GroupUnderTest();
        other.Commit("", -1, 5);
        other.StoresAtOnce = false;
        var delete = other.Send(new DeleteGroupRequest("g"));
        other.Unload();
        Assert.Equal(ErrorCode.NotCoordinator, other.Answer<DeleteGroupResponse>(delete).Error);
    }

    [Fact]
    public void A_loaded_group_that_is_too_large_rebalances()
    {
        var large = new GroupUnderTest();
        var members = large.Stable(3);
        var small = new GroupUnderTest(new GroupCoordinatorOptions { MaxSize = 2 });
        small.Log.AddRange(large.Log);
        small.Restart();
        Assert.Equal(GroupState.PreparingRebalance, small.Coordinator.State);
        small.Join(members[0]);
        small.Join(members[1]);
        Assert.Equal(ErrorCode.GroupMaxSizeReached, small.JoinError(small.Join(members[2])));
        Assert.Equal(2, small.Describe().Members.Length);
    }

    [Fact]
    public void While_it_is_loaded_members_are_kept_patient()
    {
        var effects = new EffectList();
        var group = new GroupCoordinator("g", new LeaderEpoch(1), new GroupCoordinatorOptions(), _ => true, () => Guid.Empty);
        ClientResponse Ask(ClientRequest request)
        {
            effects.Clear();
            group.OnRequest(_group.Time, new RequestToken(1), new GroupClient("c", "/h"), request, effects);
            return Assert.IsType<AnswerGroupRequest>(effects[0]).Response;
        }

        Assert.Equal(ErrorCode.None, Assert.IsType<HeartbeatResponse>(Ask(new HeartbeatRequest("g", 1, "m", null))).Error);
        Assert.Equal(
            ErrorCode.RebalanceInProgress,
            Assert.IsType<SyncGroupResponse>(Ask(new SyncGroupRequest("g", 1, "m", null, null, null, []))).Error);
        Assert.Equal(
            ErrorCode.CoordinatorLoadInProgress,
            Assert.IsType<JoinGroupResponse>(Ask(GroupUnderTest.JoinRequest())).Error);
        Assert.Equal(
            ErrorCode.CoordinatorLoadInProgress,
            Assert.IsType<OffsetFetchResponse>(Ask(new OffsetFetchRequest("g", null))).Error);
        Assert.Equal(
            ErrorCode.CoordinatorLoadInProgress,
            Assert.IsType<DescribeGroupResponse>(Ask(new DescribeGroupRequest("g"))).Error);
    }

    [Fact]
    public void A_record_of_another_group_is_not_taken() => Assert.Throws<ArgumentException>(
        () => new GroupCoordinator("g", new LeaderEpoch(1), new GroupCoordinatorOptions(), _ => true, () => Guid.Empty)
            .Load(new GroupMetadataRecord("h", null)));
}
