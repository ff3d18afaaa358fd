using AkkaReplication.Clients;
using AkkaReplication.Groups;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>How the leader's assignment reaches the members.</summary>
public class SyncTests
{
    private readonly GroupUnderTest _group = new();

    [Fact]
    public void Followers_wait_for_the_leader_and_all_get_what_it_assigned()
    {
        var leader = _group.Stable()[0];
        var follower = _group.Join();
        var third = _group.Join();
        var leading = _group.Joined(_group.Join(leader));
        var followers = _group.Sync(_group.Joined(follower));
        Assert.True(_group.IsWaiting(followers));

        Assert.Equal("L", _group.Synced(_group.Sync(leading, (leader, "L"), (_group.Joined(follower).MemberId, "F"))));
        Assert.Equal("F", _group.Synced(followers));
        Assert.Equal("", _group.Synced(_group.Sync(_group.Joined(third))));
        Assert.Equal(GroupState.Stable, _group.Coordinator.State);
    }

    [Fact]
    public void An_assignment_that_is_not_stored_is_told_to_nobody()
    {
        var joined = _group.Joined(_group.Join());
        _group.StoresAtOnce = false;
        var sync = _group.Sync(joined, (joined.MemberId, "L"));
        Assert.True(_group.IsWaiting(sync));
        Assert.Equal(GroupState.CompletingRebalance, _group.Coordinator.State);

        _group.StoreAll();
        Assert.Equal("L", _group.Synced(sync));
    }

    [Theory]
    [InlineData(ErrorCode.NotEnoughReplicasAfterAppend, ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ErrorCode.UnknownTopicOrPartition, ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ErrorCode.KafkaStorageError, ErrorCode.NotCoordinator)]
    [InlineData(ErrorCode.RequestTimedOut, ErrorCode.RebalanceInProgress)]
    [InlineData(ErrorCode.RecordListTooLarge, ErrorCode.UnknownServerError)]
    public void An_assignment_that_cannot_be_stored_makes_all_join_again(ErrorCode log, ErrorCode answered)
    {
        var joined = _group.Joined(_group.Join());
        _group.StoresAtOnce = false;
        var sync = _group.Sync(joined, (joined.MemberId, "L"));
        _group.Fail(Assert.Single(_group.Writes), log);

        Assert.Equal(answered, _group.SyncError(sync));
        Assert.Equal(GroupState.PreparingRebalance, _group.Coordinator.State);
        _group.StoresAtOnce = true;
        Assert.Equal(2, _group.Joined(_group.Join(joined.MemberId)).Generation);
    }

    [Fact]
    public void One_generation_has_one_assignment_whatever_the_leader_sends_again()
    {
        var joined = _group.Joined(_group.Join());
        _group.StoresAtOnce = false;
        var first = _group.Sync(joined, (joined.MemberId, "first"));
        var second = _group.Sync(joined, (joined.MemberId, "second"));
        Assert.Single(_group.Writes);
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.SyncError(first));

        _group.StoreAll();
        Assert.Equal("first", _group.Synced(second));
        Assert.Equal("first", _group.Synced(_group.Sync(joined, (joined.MemberId, "third"))));
    }

    [Fact]
    public void A_sync_is_checked()
    {
        Assert.Equal(
            ErrorCode.UnknownMemberId,
            _group.SyncError(_group.Send(new SyncGroupRequest("g", 1, "m", null, null, null, []))));
        var joined = _group.Joined(_group.Join());

        ErrorCode Error(Func<SyncGroupRequest, SyncGroupRequest> change) =>
            _group.SyncError(_group.Send(change(GroupUnderTest.SyncRequest(joined))));

        Assert.Equal(ErrorCode.UnknownMemberId, Error(r => r with { MemberId = "other" }));
        Assert.Equal(ErrorCode.UnknownMemberId, Error(r => r with { GroupInstanceId = "other" }));
        Assert.Equal(ErrorCode.IllegalGeneration, Error(r => r with { Generation = 0 }));
        Assert.Equal(ErrorCode.IllegalGeneration, Error(r => r with { Generation = 2 }));
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Error(r => r with { ProtocolType = "connect" }));
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Error(r => r with { ProtocolName = "sticky" }));
        Assert.Equal(ErrorCode.None, Error(r => r with { ProtocolType = null, ProtocolName = null }));
    }

    [Fact]
    public void While_members_are_awaited_nobody_can_sync()
    {
        var leader = _group.Stable()[0];
        _group.Join();
        Assert.Equal(
            ErrorCode.RebalanceInProgress,
            _group.SyncError(_group.Send(new SyncGroupRequest("g", 1, leader, null, null, null, []))));
    }

    [Fact]
    public void A_member_that_never_syncs_is_dropped_though_it_is_alive()
    {
        var leader = _group.Stable(sessionMs: 30_000)[0];
        var newcomer = _group.Join(sessionMs: 30_000, rebalanceMs: 60_000);
        _group.Sync(_group.Joined(_group.Join(leader, sessionMs: 30_000)));
        var silent = _group.Joined(newcomer).MemberId;
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ErrorCode.None, _group.Heartbeat(silent));
            Assert.Equal(ErrorCode.None, _group.Heartbeat(leader));
            _group.Advance(20_000);
        }

        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(silent));
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.Heartbeat(leader));
        Assert.Single(_group.Joined(_group.Join(leader)).Members);
    }

    [Fact]
    public void A_leader_that_never_assigns_is_dropped()
    {
        var first = _group.Joined(_group.Join(rebalanceMs: 20_000));
        _group.Advance(8_000);
        Assert.Equal(ErrorCode.None, _group.Heartbeat(first.MemberId));
        _group.Advance(8_000);
        Assert.Equal(ErrorCode.None, _group.Heartbeat(first.MemberId));
        _group.Advance(4_000);
        Assert.Equal(ErrorCode.UnknownMemberId, _group.Heartbeat(first.MemberId));
        Assert.Equal(GroupState.Empty, _group.Coordinator.State);
    }

    [Fact]
    public void A_waiting_sync_keeps_its_member_alive()
    {
        var leader = _group.Stable()[0];
        var newcomer = _group.Join();
        var leading = _group.Joined(_group.Join(leader));
        var sync = _group.Sync(_group.Joined(newcomer));
        for (var i = 0; i < 5; i++)
        {
            _group.Advance(9_000);
            Assert.Equal(ErrorCode.None, _group.Heartbeat(leader));
        }

        Assert.True(_group.IsWaiting(sync));
        _group.Sync(leading, (_group.Joined(newcomer).MemberId, "F"));
        Assert.Equal("F", _group.Synced(sync));
    }
}
