using AkkaReplication.Clients;
using AkkaReplication.Groups;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>Members with an instance id, which come back under another member id (KIP-345, KIP-814).</summary>
public class StaticMemberTests
{
    private readonly GroupUnderTest _group = new();

    private JoinGroupResponse Alone()
    {
        var joined = _group.Joined(_group.Join(instance: "i"));
        _group.Sync(joined, (joined.MemberId, "A"));
        return joined;
    }

    /// <summary>Two stable members; the first leads.</summary>
    private (JoinGroupResponse Leader, JoinGroupResponse Follower) Pair()
    {
        var first = Alone();
        var second = _group.Join(instance: "j");
        var leader = _group.Joined(_group.Join(first.MemberId, instance: "i"));
        var follower = _group.Joined(second);
        _group.Sync(leader, (leader.MemberId, "A"), (follower.MemberId, "B"));
        _group.Sync(follower);
        return (leader, follower);
    }

    [Fact]
    public void A_static_member_is_admitted_at_once_under_its_instance_id() => Assert.StartsWith(
        "i-", _group.Joined(_group.Join(instance: "i", known: true)).MemberId, StringComparison.Ordinal);

    [Fact]
    public void A_restarted_follower_keeps_its_assignment_without_a_rebalance()
    {
        var (leader, follower) = Pair();
        var again = _group.Joined(_group.Join(instance: "j"));

        Assert.Equal(GroupState.Stable, _group.Coordinator.State);
        Assert.NotEqual(follower.MemberId, again.MemberId);
        Assert.Equal((2, leader.MemberId, false), (again.Generation, again.LeaderId, again.SkipAssignment));
        Assert.Equal("B", _group.Synced(_group.Sync(again)));
        Assert.Equal(ErrorCode.FencedInstanceId, _group.Heartbeat(follower.MemberId, instance: "j"));
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(follower.MemberId));
    }

    [Fact]
    public void A_restarted_leader_is_told_to_skip_its_assignment()
    {
        Pair();
        var again = _group.Joined(_group.Join(instance: "i"));
        Assert.True(again.SkipAssignment);
        Assert.Equal(again.MemberId, again.LeaderId);
        Assert.Equal(2, again.Members.Length);
        Assert.Equal("A", _group.Synced(_group.Sync(again)));
    }

    [Fact]
    public void A_restarted_leader_that_cannot_skip_is_told_its_old_id_as_the_leader()
    {
        var (leader, _) = Pair();
        var again = _group.Joined(_group.Join(instance: "i", skips: false));
        Assert.False(again.SkipAssignment);
        Assert.Equal(leader.MemberId, again.LeaderId);
        Assert.Empty(again.Members);
    }

    [Fact]
    public void The_new_id_is_stored_before_it_is_told()
    {
        Pair();
        _group.StoresAtOnce = false;
        var token = _group.Join(instance: "j");
        Assert.True(_group.IsWaiting(token));
        _group.StoreAll();
        var again = _group.Joined(token);

        _group.Restart();
        Assert.Equal(ErrorCode.None, _group.Heartbeat(again.MemberId, instance: "j"));
        _group.StoresAtOnce = true;
        Assert.Equal("B", _group.Synced(_group.Sync(again)));
    }

    [Fact]
    public void A_new_id_that_cannot_be_stored_is_refused_and_the_next_try_succeeds()
    {
        Pair();
        _group.StoresAtOnce = false;
        var token = _group.Join(instance: "j");
        _group.Fail(Assert.Single(_group.Writes), ErrorCode.NotEnoughReplicas);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, _group.JoinError(token));

        _group.StoresAtOnce = true;
        Assert.Equal("B", _group.Synced(_group.Sync(_group.Joined(_group.Join(instance: "j")))));
    }

    [Fact]
    public void A_restart_with_other_topics_starts_a_rebalance()
    {
        Pair();
        var token = _group.Join(instance: "j", protocols: GroupUnderTest.OfTopics(["t", "u"], "range"));
        Assert.True(_group.IsWaiting(token));
        Assert.Equal(GroupState.PreparingRebalance, _group.Coordinator.State);
    }

    [Fact]
    public void A_restart_that_changes_the_vote_starts_a_rebalance()
    {
        var joined = _group.Joined(_group.Join(instance: "i", protocols: GroupUnderTest.Offer("range", "sticky")));
        _group.Sync(joined);
        var again = _group.Joined(_group.Join(instance: "i", protocols: GroupUnderTest.Offer("sticky", "range")));
        Assert.Equal((2, "sticky"), (again.Generation, again.ProtocolName));
    }

    [Fact]
    public void A_restart_while_waiting_fences_what_waited()
    {
        var (leader, _) = Pair();
        _group.Join();
        var waiting = _group.Join(leader.MemberId, instance: "i");
        var again = _group.Join(instance: "i");
        Assert.Equal(ErrorCode.FencedInstanceId, _group.JoinError(waiting));
        Assert.True(_group.IsWaiting(again));
    }

    [Fact]
    public void A_static_member_that_does_not_rejoin_stays_until_its_session_ends()
    {
        var first = _group.Joined(_group.Join(instance: "i", sessionMs: 100_000, rebalanceMs: 20_000));
        _group.Sync(first);
        var second = _group.Join(sessionMs: 100_000, rebalanceMs: 20_000);
        _group.Advance(20_000);
        var joined = _group.Joined(second);
        Assert.Equal(joined.MemberId, joined.LeaderId);
        Assert.Equal("i,", string.Join(',', joined.Members.Select(m => m.GroupInstanceId)));

        _group.Sync(joined);
        _group.Advance(30_000);
        Assert.Equal(GroupState.Stable, _group.Coordinator.State);
        Assert.Equal(ErrorCode.IllegalGeneration, _group.Heartbeat(first.MemberId, generation: 1, instance: "i"));
        Assert.Equal(ErrorCode.None, _group.Heartbeat(joined.MemberId));
        _group.Advance(51_000);
        Assert.Equal(GroupState.PreparingRebalance, _group.Coordinator.State);
    }

    [Fact]
    public void Static_members_of_whom_none_is_back_wait_for_each_other()
    {
        var (leader, follower) = Pair();
        Assert.Equal(ErrorCode.None, _group.Leave(leader.MemberId, "i"));
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.Heartbeat(follower.MemberId, instance: "j"));
        _group.Advance(9_000);
        Assert.Equal(GroupState.PreparingRebalance, _group.Coordinator.State);
        _group.Advance(1_001);
        Assert.Equal(GroupState.Empty, _group.Coordinator.State);
    }

    [Fact]
    public void An_administrator_removes_a_static_member_by_its_instance_id()
    {
        var (_, follower) = Pair();
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Leave("", "nobody"));
        Assert.Equal(ErrorCode.FencedInstanceId, _group.Leave("other", "j"));
        Assert.Equal(ErrorCode.None, _group.Leave("", "j"));
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(follower.MemberId, instance: "j"));
    }

    [Fact]
    public void An_old_id_is_fenced_in_every_request()
    {
        var (_, old) = Pair();
        _group.Joined(_group.Join(instance: "j"));
        Assert.Equal(ErrorCode.FencedInstanceId, _group.JoinError(_group.Join(old.MemberId, instance: "j")));
        Assert.Equal(
            ErrorCode.FencedInstanceId,
            _group.SyncError(_group.Send(GroupUnderTest.SyncRequest(old) with { GroupInstanceId = "j" })));
        var commit = new OffsetCommitRequest(
            "g", 2, old.MemberId, "j", [new OffsetToCommit(GroupUnderTest.Partition(0), 1, LeaderEpoch.None)]);
        Assert.Equal(ErrorCode.FencedInstanceId, _group.CommitError(_group.Send(commit)));
        Assert.Equal(ErrorCode.FencedInstanceId, _group.Leave(old.MemberId, "j"));
    }
}
