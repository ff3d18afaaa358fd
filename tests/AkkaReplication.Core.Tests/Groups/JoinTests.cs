using AkkaReplication.Clients;
using AkkaReplication.Groups;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>Who is admitted to a group, and when the next generation begins.</summary>
public class JoinTests
{
    private readonly GroupUnderTest _group = new();

    [Fact]
    public void The_first_member_leads_generation_1()
    {
        var joined = _group.Joined(_group.Join());

        Assert.Equal(1, joined.Generation);
        Assert.Equal(joined.MemberId, joined.LeaderId);
        Assert.Equal(("consumer", "range"), (joined.ProtocolType, joined.ProtocolName));
        Assert.Equal(joined.MemberId, Assert.Single(joined.Members).MemberId);
        Assert.Equal(GroupState.CompletingRebalance, _group.Coordinator.State);
    }

    [Fact]
    public void A_member_id_begins_with_the_client_id() =>
        Assert.StartsWith("c-", _group.Joined(_group.Join()).MemberId, StringComparison.Ordinal);

    [Fact]
    public void Nobody_hears_of_a_generation_that_is_not_stored()
    {
        _group.StoresAtOnce = false;
        var token = _group.Join();

        Assert.True(_group.IsWaiting(token));
        _group.Store(Assert.Single(_group.Writes));
        Assert.Equal(1, _group.Joined(token).Generation);
    }

    [Theory]
    [InlineData(ErrorCode.NotEnoughReplicas, ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ErrorCode.RequestTimedOut, ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ErrorCode.NotLeaderOrFollower, ErrorCode.NotCoordinator)]
    [InlineData(ErrorCode.FencedLeaderEpoch, ErrorCode.NotCoordinator)]
    [InlineData(ErrorCode.MessageTooLarge, ErrorCode.UnknownServerError)]
    public void A_generation_that_cannot_be_stored_is_not_used_again(ErrorCode log, ErrorCode answered)
    {
        _group.StoresAtOnce = false;
        var token = _group.Join();
        _group.Fail(Assert.Single(_group.Writes), log);
        var refused = _group.Answer<JoinGroupResponse>(token);
        Assert.Equal((answered, -1, ""), (refused.Error, refused.Generation, refused.LeaderId));

        _group.StoresAtOnce = true;
        Assert.Equal(2, _group.Joined(_group.Join(refused.MemberId)).Generation);
    }

    [Fact]
    public void A_client_that_understands_gets_an_id_first()
    {
        var first = _group.Answer<JoinGroupResponse>(_group.Join(known: true));
        Assert.Equal(ErrorCode.MemberIdRequired, first.Error);
        Assert.Equal(GroupState.Empty, _group.Coordinator.State);

        Assert.Equal(first.MemberId, _group.Joined(_group.Join(first.MemberId, known: true)).MemberId);
    }

    [Fact]
    public void A_promised_id_lapses_with_the_session()
    {
        var promised = _group.Answer<JoinGroupResponse>(_group.Join(known: true, sessionMs: 6_000));
        _group.Advance(6_001);
        Assert.Equal(ErrorCode.UnknownMemberId, _group.JoinError(_group.Join(promised.MemberId)));
    }

    [Fact]
    public void A_rebalance_waits_for_promised_ids()
    {
        var leader = _group.Stable()[0];
        var promised = _group.Answer<JoinGroupResponse>(_group.Join(known: true));
        var rejoin = _group.Join(leader);
        Assert.True(_group.IsWaiting(rejoin));

        var second = _group.Join(promised.MemberId, known: true);
        Assert.Equal(2, _group.Joined(rejoin).Members.Length);
        Assert.Empty(_group.Joined(second).Members);
    }

    [Fact]
    public void A_rebalance_goes_on_when_a_promised_id_lapses_or_leaves()
    {
        var leader = _group.Stable()[0];
        _group.Answer<JoinGroupResponse>(_group.Join(known: true, sessionMs: 6_000));
        var other = _group.Answer<JoinGroupResponse>(_group.Join(known: true, sessionMs: 6_000));
        var rejoin = _group.Join(leader);
        Assert.Equal(ErrorCode.None, _group.Leave(other.MemberId));
        Assert.True(_group.IsWaiting(rejoin));

        _group.Advance(6_001);
        Assert.Single(_group.Joined(rejoin).Members);
    }

    [Theory]
    [InlineData(5_999)]
    [InlineData(1_800_001)]
    public void Session_timeouts_outside_the_limits_are_refused(int sessionMs) => Assert.Equal(
        ErrorCode.InvalidSessionTimeout, _group.JoinError(_group.Join(sessionMs: sessionMs)));

    [Theory]
    [InlineData(6_000)]
    [InlineData(1_800_000)]
    public void Session_timeouts_at_the_limits_are_accepted(int sessionMs) =>
        _group.Joined(_group.Join(sessionMs: sessionMs));

    [Fact]
    public void A_group_needs_a_name()
    {
        var group = new GroupUnderTest(groupId: "");
        Assert.Equal(
            ErrorCode.InvalidGroupId, group.Ask<JoinGroupResponse>(GroupUnderTest.JoinRequest(group: "")).Error);
        Assert.Equal(ErrorCode.InvalidGroupId, group.Heartbeat("m", 1));
        Assert.Equal(ErrorCode.None, group.CommitError(group.Commit("", -1, 5)));
    }

    [Fact]
    public void An_id_is_unknown_where_the_group_is_unknown()
    {
        Assert.Equal(ErrorCode.UnknownMemberId, _group.JoinError(_group.Join("somebody")));
        Assert.True(_group.Coordinator.IsBlank);
    }

    [Fact]
    public void An_unknown_id_is_refused_in_every_state()
    {
        _group.Stable();
        Assert.Equal(ErrorCode.UnknownMemberId, _group.JoinError(_group.Join("somebody")));
    }

    [Theory]
    [InlineData("", "range")]
    [InlineData("consumer")]
    public void A_member_must_offer_something(string type, params string[] protocols) => Assert.Equal(
        ErrorCode.InconsistentGroupProtocol,
        _group.Ask<JoinGroupResponse>(
            GroupUnderTest.JoinRequest(type: type, protocols: GroupUnderTest.Offer(protocols))).Error);

    [Fact]
    public void All_members_must_have_a_protocol_in_common()
    {
        _group.Joined(_group.Join(protocols: GroupUnderTest.Offer("range", "sticky")));
        Assert.Equal(
            ErrorCode.InconsistentGroupProtocol,
            _group.JoinError(_group.Join(protocols: GroupUnderTest.Offer("roundrobin"))));
        Assert.Equal(
            ErrorCode.InconsistentGroupProtocol,
            _group.Ask<JoinGroupResponse>(GroupUnderTest.JoinRequest(type: "connect")).Error);
    }

    [Fact]
    public void The_protocol_with_the_most_votes_wins()
    {
        var first = _group.Joined(_group.Join(protocols: GroupUnderTest.Offer("x", "a", "b")));
        var second = _group.Join(protocols: GroupUnderTest.Offer("b", "a"));
        _group.Join(protocols: GroupUnderTest.Offer("b", "a"));
        var rejoin = _group.Join(first.MemberId, protocols: GroupUnderTest.Offer("x", "a", "b"));

        Assert.Equal("b", _group.Joined(rejoin).ProtocolName);
        Assert.Equal("b", _group.Joined(second).ProtocolName);
    }

    [Fact]
    public void A_new_member_makes_the_others_join_again_and_only_the_leader_learns_of_all()
    {
        var leader = _group.Stable()[0];
        var newcomer = _group.Join();
        Assert.Equal(GroupState.PreparingRebalance, _group.Coordinator.State);
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.Heartbeat(leader));
        Assert.True(_group.IsWaiting(newcomer));

        var again = _group.Joined(_group.Join(leader));
        Assert.Equal((2, leader, 2), (again.Generation, again.LeaderId, again.Members.Length));
        var joined = _group.Joined(newcomer);
        Assert.Equal((2, leader, 0), (joined.Generation, joined.LeaderId, joined.Members.Length));
    }

    [Fact]
    public void Who_does_not_join_in_time_is_dropped()
    {
        var leader = _group.Stable(sessionMs: 600_000)[0];
        var newcomer = _group.Join(rebalanceMs: 60_000);
        _group.Advance(59_999);
        Assert.True(_group.IsWaiting(newcomer));

        _group.Advance(1);
        var joined = _group.Joined(newcomer);
        Assert.Equal(joined.MemberId, joined.LeaderId);
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(leader));
    }

    [Fact]
    public void A_follower_that_joins_again_unchanged_is_told_the_present_generation()
    {
        var members = _group.Stable(2);
        var again = _group.Joined(_group.Join(members[1]));
        Assert.Equal((2, members[0], 0), (again.Generation, again.LeaderId, again.Members.Length));
        Assert.Equal(GroupState.Stable, _group.Coordinator.State);
    }

    [Fact]
    public void A_follower_that_changed_or_the_leader_starts_a_rebalance()
    {
        var members = _group.Stable(2);
        var changed = _group.Join(members[1], protocols: GroupUnderTest.Offer("range", "sticky"));
        Assert.Equal(GroupState.PreparingRebalance, _group.Coordinator.State);
        var leader = _group.Joined(_group.Join(members[0]));
        Assert.Equal(3, leader.Generation);
        Assert.Equal(3, _group.Joined(changed).Generation);

        _group.Sync(leader, (members[0], "x"), (members[1], "y"));
        _group.Join(members[0]);
        Assert.Equal(GroupState.PreparingRebalance, _group.Coordinator.State);
    }

    [Fact]
    public void Who_joins_again_while_assignments_are_awaited_is_told_the_present_generation()
    {
        var joined = _group.Joined(_group.Join());
        var again = _group.Joined(_group.Join(joined.MemberId));
        Assert.Equal((1, 1), (again.Generation, again.Members.Length));
    }

    [Fact]
    public void A_change_while_assignments_are_awaited_starts_over_and_sends_syncs_back()
    {
        var leader = _group.Stable()[0];
        var follower = _group.Join();
        _group.Joined(_group.Join(leader));
        var sync = _group.Sync(_group.Joined(follower));
        Assert.True(_group.IsWaiting(sync));

        _group.Join(leader, protocols: GroupUnderTest.Offer("range", "sticky"));
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.SyncError(sync));
        Assert.Equal(GroupState.PreparingRebalance, _group.Coordinator.State);
    }

    [Fact]
    public void A_repeated_join_takes_the_place_of_the_first()
    {
        var leader = _group.Stable()[0];
        _group.Join();
        var third = _group.Answer<JoinGroupResponse>(_group.Join(known: true));
        var first = _group.Join(third.MemberId, known: true);
        var repeated = _group.Join(third.MemberId, known: true);
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.JoinError(first));

        _group.Join(leader);
        Assert.Equal(third.MemberId, _group.Joined(repeated).MemberId);
    }

    [Fact]
    public void A_member_that_comes_while_a_generation_is_being_stored_gets_into_the_next()
    {
        _group.StoresAtOnce = false;
        var first = _group.Join();
        var second = _group.Join();
        Assert.Equal(2, _group.Writes.Count);
        _group.Store(_group.Writes[0]);
        Assert.True(_group.IsWaiting(first));

        _group.StoreAll();
        Assert.Equal((2, 2), (_group.Joined(first).Generation, _group.Joined(first).Members.Length));
        Assert.Equal(2, _group.Joined(second).Generation);
    }

    [Fact]
    public void A_full_group_takes_nobody_more()
    {
        var group = new GroupUnderTest(new GroupCoordinatorOptions { MaxSize = 2 });
        group.Stable(2);
        Assert.Equal(ErrorCode.GroupMaxSizeReached, group.JoinError(group.Join()));
        Assert.Equal(GroupState.Stable, group.Coordinator.State);
    }

    [Fact]
    public void In_a_group_that_shrank_its_limit_the_last_to_join_is_dropped()
    {
        var group = new GroupUnderTest(new GroupCoordinatorOptions { MaxSize = 1 });
        group.StoresAtOnce = false;
        var first = group.Join();
        Assert.Equal(ErrorCode.GroupMaxSizeReached, group.JoinError(group.Join()));
        group.StoreAll();
        Assert.Single(group.Joined(first).Members);
    }

    [Fact]
    public void The_first_generation_waits_for_more_members()
    {
        var group = new GroupUnderTest(new GroupCoordinatorOptions { InitialRebalanceDelayMs = 3_000 });
        var first = group.Join();
        group.Advance(2_999);
        Assert.True(group.IsWaiting(first));
        group.Advance(1);
        Assert.Equal(1, group.Joined(first).Generation);
    }

    [Fact]
    public void New_members_extend_the_first_wait_up_to_the_rebalance_timeout()
    {
        var group = new GroupUnderTest(new GroupCoordinatorOptions { InitialRebalanceDelayMs = 3_000 });
        var first = group.Join(rebalanceMs: 7_000);
        group.Advance(2_000);
        group.Join(rebalanceMs: 7_000);
        group.Advance(2_000);
        Assert.True(group.IsWaiting(first));
        group.Join(rebalanceMs: 7_000);
        group.Advance(2_500);
        Assert.True(group.IsWaiting(first));
        group.Join(rebalanceMs: 7_000);
        group.Advance(500);
        Assert.Equal(4, group.Joined(first).Members.Length);
    }

    [Fact]
    public void A_new_member_that_nobody_answers_for_five_minutes_is_dropped()
    {
        var leader = _group.Joined(_group.Join(sessionMs: 1_800_000, rebalanceMs: 1_000_000));
        _group.Sync(leader);
        var newcomer = _group.Join(rebalanceMs: 1_000_000);
        _group.Advance(300_000);
        Assert.Equal(ErrorCode.UnknownMemberId, _group.JoinError(newcomer));
        Assert.Single(_group.Joined(_group.Join(leader.MemberId)).Members);
    }
}
