using AkkaReplication.Clients;
using AkkaReplication.Groups;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>Heartbeats, leaving and the end of sessions.</summary>
public class SessionTests
{
    private readonly GroupUnderTest _group = new();

    [Fact]
    public void A_heartbeat_is_checked()
    {
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat("m", 1));
        var member = _group.Stable()[0];
        Assert.Equal(ErrorCode.None, _group.Heartbeat(member));
        Assert.Equal(ErrorCode.IllegalGeneration, _group.Heartbeat(member, generation: 7));
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat("other"));
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(member, instance: "other"));
    }

    [Fact]
    public void A_heartbeat_before_the_sync_is_fine() =>
        Assert.Equal(ErrorCode.None, _group.Heartbeat(_group.Joined(_group.Join()).MemberId));

    [Fact]
    public void Heartbeats_keep_a_member_in_the_group()
    {
        var member = _group.Stable()[0];
        for (var i = 0; i < 10; i++)
        {
            _group.Advance(9_999);
            Assert.Equal(ErrorCode.None, _group.Heartbeat(member));
        }
    }

    [Fact]
    public void Commits_keep_a_member_in_the_group()
    {
        var member = _group.Stable()[0];
        for (var i = 0; i < 5; i++)
        {
            _group.Advance(9_999);
            Assert.Equal(ErrorCode.None, _group.CommitError(_group.Commit(member, 1, i)));
        }
    }

    [Fact]
    public void A_silent_member_is_dropped_and_the_others_rebalance()
    {
        var members = _group.Stable(2);
        _group.Advance(5_000);
        _group.Heartbeat(members[0]);
        _group.Advance(5_001);
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.Heartbeat(members[0]));
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(members[1]));
        Assert.Single(_group.Joined(_group.Join(members[0])).Members);
    }

    [Fact]
    public void The_last_silent_member_leaves_an_empty_group()
    {
        _group.Stable();
        _group.Advance(10_001);
        Assert.Equal(GroupState.Empty, _group.Coordinator.State);
        Assert.Equal(2, _group.Coordinator.Generation);
    }

    [Fact]
    public void A_member_that_leaves_makes_the_others_rebalance()
    {
        var members = _group.Stable(2);
        Assert.Equal(ErrorCode.None, _group.Leave(members[0]));
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.Heartbeat(members[1]));
        var joined = _group.Joined(_group.Join(members[1]));
        Assert.Equal((members[1], 3), (joined.LeaderId, joined.Generation));
    }

    [Fact]
    public void The_last_member_that_leaves_leaves_an_empty_group()
    {
        var member = _group.Stable()[0];
        Assert.Equal(ErrorCode.None, _group.Leave(member));
        Assert.Equal(GroupState.Empty, _group.Coordinator.State);
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Leave(member));
    }

    [Fact]
    public void Whoever_leaves_while_waiting_is_told_so()
    {
        var leader = _group.Stable()[0];
        var promised = _group.Answer<JoinGroupResponse>(_group.Join(known: true)).MemberId;
        var join = _group.Join(promised);
        Assert.Equal(ErrorCode.None, _group.Leave(promised));
        Assert.Equal(ErrorCode.UnknownMemberId, _group.JoinError(join));
        Assert.Single(_group.Joined(_group.Join(leader)).Members);
    }

    [Fact]
    public void Leaving_while_assignments_are_awaited_starts_over()
    {
        var leader = _group.Stable()[0];
        var newcomer = _group.Join();
        _group.Join(leader);
        var sync = _group.Sync(_group.Joined(newcomer));
        Assert.Equal(ErrorCode.None, _group.Leave(leader));
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.SyncError(sync));
    }

    [Fact]
    public void Several_can_leave_at_once_each_with_its_own_result()
    {
        var members = _group.Stable(3);
        var left = _group.Ask<LeaveGroupResponse>(new LeaveGroupRequest(
            "g", [new LeavingMember(members[1], null), new LeavingMember("nobody", null), new LeavingMember(members[2], null)]));
        Assert.Equal(
            [ErrorCode.None, ErrorCode.UnknownMemberId, ErrorCode.None], left.Members.Select(m => m.Error).ToArray());
    }

    [Fact]
    public void After_all_is_over_no_timer_runs_for_nobody()
    {
        var member = _group.Stable()[0];
        _group.Leave(member);
        _group.Advance(3_600_000);
        Assert.Equal(GroupState.Dead, _group.Coordinator.State);
        Assert.True(_group.Coordinator.IsBlank);
        Assert.Equal(1, _group.Removals);
    }
}
