using AkkaReplication.Clients;
using AkkaReplication.Groups;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>Who may store offsets, and when they are to be seen.</summary>
public class OffsetTests
{
    private readonly GroupUnderTest _group = new();

    [Fact]
    public void A_commit_is_answered_and_seen_only_once_it_is_stored()
    {
        var member = _group.Stable()[0];
        Assert.Equal(ErrorCode.None, _group.CommitError(_group.Commit(member, 1, 10)));
        _group.StoresAtOnce = false;
        var token = _group.Commit(member, 1, 11);
        Assert.True(_group.IsWaiting(token));
        Assert.Equal(10, _group.Fetch());

        _group.StoreAll();
        Assert.Equal(ErrorCode.None, _group.CommitError(token));
        Assert.Equal(11, _group.Fetch());
    }

    [Fact]
    public void What_was_stored_is_fetched_with_epoch_and_metadata()
    {
        _group.Commit("", -1, 10, partition: 1, metadata: "m");
        _group.Commit("", -1, 20, partition: 0);
        Assert.Equal(
            [
                new FetchedOffset(GroupUnderTest.Partition(0), 20, new LeaderEpoch(3), "", ErrorCode.None),
                new FetchedOffset(GroupUnderTest.Partition(1), 10, new LeaderEpoch(3), "m", ErrorCode.None),
            ],
            _group.FetchAll().Offsets.ToArray());
    }

    [Fact]
    public void What_was_never_stored_is_minus_1_also_in_an_unknown_group()
    {
        var missing = _group.Ask<OffsetFetchResponse>(new OffsetFetchRequest("g", [GroupUnderTest.Partition(4)]));
        Assert.Equal(
            new FetchedOffset(GroupUnderTest.Partition(4), -1, LeaderEpoch.None, "", ErrorCode.None),
            Assert.Single(missing.Offsets));
        Assert.Equal(ErrorCode.None, missing.Error);
        Assert.Empty(_group.FetchAll().Offsets);
        Assert.True(_group.Coordinator.IsBlank);
    }

    [Theory]
    [InlineData(ErrorCode.UnknownTopicOrPartition, ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ErrorCode.NotEnoughReplicas, ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ErrorCode.NotEnoughReplicasAfterAppend, ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ErrorCode.NotLeaderOrFollower, ErrorCode.NotCoordinator)]
    [InlineData(ErrorCode.KafkaStorageError, ErrorCode.NotCoordinator)]
    [InlineData(ErrorCode.FencedLeaderEpoch, ErrorCode.NotCoordinator)]
    [InlineData(ErrorCode.MessageTooLarge, ErrorCode.InvalidCommitOffsetSize)]
    [InlineData(ErrorCode.RecordListTooLarge, ErrorCode.InvalidCommitOffsetSize)]
    [InlineData(ErrorCode.RequestTimedOut, ErrorCode.RequestTimedOut)]
    public void A_commit_that_cannot_be_stored_is_refused_and_never_seen(ErrorCode log, ErrorCode answered)
    {
        _group.StoresAtOnce = false;
        var token = _group.Commit("", -1, 10);
        _group.Fail(Assert.Single(_group.Writes), log);
        Assert.Equal(answered, _group.CommitError(token));
        Assert.Equal(-1, _group.Fetch());
    }

    [Fact]
    public void A_member_commits_in_its_own_generation_alone()
    {
        var members = _group.Stable(2);
        Assert.Equal(ErrorCode.None, _group.CommitError(_group.Commit(members[1], 2, 1)));
        Assert.Equal(ErrorCode.IllegalGeneration, _group.CommitError(_group.Commit(members[1], 1, 2)));
        Assert.Equal(ErrorCode.IllegalGeneration, _group.CommitError(_group.Commit(members[1], 3, 3)));
        Assert.Equal(ErrorCode.IllegalGeneration, _group.CommitError(_group.Commit(members[1], -1, 4)));
        Assert.Equal(ErrorCode.UnknownMemberId, _group.CommitError(_group.Commit("other", 2, 5)));
        Assert.Equal(ErrorCode.UnknownMemberId, _group.CommitError(_group.Commit("", -1, 6)));
        Assert.Equal(1, _group.Fetch());
    }

    [Fact]
    public void An_unknown_group_takes_offsets_of_no_generation_alone()
    {
        Assert.Equal(ErrorCode.IllegalGeneration, _group.CommitError(_group.Commit("m", 1, 1)));
        Assert.True(_group.Coordinator.IsBlank);
        Assert.Equal(ErrorCode.None, _group.CommitError(_group.Commit("", -1, 1)));
        Assert.Equal(GroupState.Empty, _group.Coordinator.State);
    }

    [Fact]
    public void An_empty_group_takes_offsets_of_nobody_but_not_of_a_former_member()
    {
        var member = _group.Stable()[0];
        _group.Leave(member);
        Assert.Equal(ErrorCode.UnknownMemberId, _group.CommitError(_group.Commit(member, 1, 1)));
        Assert.Equal(ErrorCode.None, _group.CommitError(_group.Commit("", -1, 2)));
        Assert.Equal(2, _group.Fetch());
    }

    [Fact]
    public void While_members_are_awaited_the_present_generation_may_still_commit()
    {
        var leader = _group.Stable()[0];
        _group.Join();
        Assert.Equal(ErrorCode.None, _group.CommitError(_group.Commit(leader, 1, 5)));
    }

    [Fact]
    public void While_assignments_are_awaited_nobody_commits()
    {
        var joined = _group.Joined(_group.Join());
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.CommitError(_group.Commit(joined.MemberId, 1, 5)));
    }

    [Fact]
    public void A_generation_that_is_being_replaced_in_the_log_takes_no_more_offsets()
    {
        var leader = _group.Stable()[0];
        _group.Join();
        _group.StoresAtOnce = false;
        _group.Join(leader);
        Assert.Equal(ErrorCode.RebalanceInProgress, _group.CommitError(_group.Commit(leader, 1, 5)));
        Assert.Single(_group.Writes);
    }

    [Fact]
    public void Each_offset_has_its_own_result()
    {
        var response = _group.Ask<OffsetCommitResponse>(new OffsetCommitRequest(
            "g",
            -1,
            "",
            null,
            [
                new OffsetToCommit(GroupUnderTest.Partition(0), 1, LeaderEpoch.None, new string('x', 4096)),
                new OffsetToCommit(GroupUnderTest.Partition(1), 2, LeaderEpoch.None, new string('\u00e9', 2049)),
                new OffsetToCommit(GroupUnderTest.Partition(0, "missing"), 3, LeaderEpoch.None),
            ]));
        Assert.Equal(
            [ErrorCode.None, ErrorCode.OffsetMetadataTooLarge, ErrorCode.UnknownTopicOrPartition],
            response.Results.Select(r => r.Error).ToArray());
        Assert.Equal(GroupUnderTest.Partition(0), Assert.Single(_group.FetchAll().Offsets).Partition);
    }

    [Fact]
    public void Nothing_is_written_for_a_request_without_a_valid_offset()
    {
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, _group.CommitError(_group.Commit("", -1, 1, topic: "missing")));
        Assert.Empty(_group.Log);
        Assert.True(_group.Coordinator.IsBlank);
    }

    [Fact]
    public void Of_several_commits_on_their_way_the_last_counts()
    {
        _group.StoresAtOnce = false;
        _group.Commit("", -1, 1);
        var refused = _group.Commit("", -1, 2);
        _group.Commit("", -1, 3);
        _group.Fail(_group.Writes[1], ErrorCode.NotEnoughReplicas);
        _group.StoreAll();
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, _group.CommitError(refused));
        Assert.Equal(3, _group.Fetch());
    }

    [Fact]
    public void A_log_that_reports_batches_out_of_order_is_not_believed()
    {
        _group.StoresAtOnce = false;
        _group.Commit("", -1, 1);
        _group.Commit("", -1, 2);
        _group.Store(_group.Writes[1]);
        Assert.Throws<InvalidOperationException>(() => _group.Store(_group.Writes[0]));
    }
}
