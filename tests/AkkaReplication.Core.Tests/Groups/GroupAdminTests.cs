using AkkaReplication.Clients;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>Describing groups and deleting them or their offsets.</summary>
public class GroupAdminTests
{
    private readonly GroupUnderTest _group = new();

    private ErrorCode Delete() => _group.Ask<DeleteGroupResponse>(new DeleteGroupRequest("g")).Error;

    private OffsetDeleteResponse DeleteOffsets(params TopicPartition[] partitions) =>
        _group.Ask<OffsetDeleteResponse>(new OffsetDeleteRequest("g", [.. partitions]));

    [Fact]
    public void An_unknown_group_is_dead()
    {
        var described = _group.Describe();
        Assert.Equal(
            (ErrorCode.None, "Dead", "", "", 0),
            (described.Error, described.State, described.ProtocolType, described.ProtocolData, described.Members.Length));
    }

    [Fact]
    public void A_stable_group_shows_its_members_with_what_they_said_and_got()
    {
        var member = _group.Stable()[0];
        var described = _group.Describe();
        Assert.Equal(("Stable", "consumer", "range"), (described.State, described.ProtocolType, described.ProtocolData));
        var shown = Assert.Single(described.Members);
        Assert.Equal((member, null, "c", "/h"), (shown.MemberId, shown.GroupInstanceId, shown.ClientId, shown.ClientHost));
        Assert.Equal(GroupUnderTest.Range[0].Metadata.ToArray(), shown.Metadata.ToArray());
        Assert.Equal("a0"u8.ToArray(), shown.Assignment.ToArray());
    }

    [Fact]
    public void Between_generations_members_are_shown_without_assignments()
    {
        var joined = _group.Joined(_group.Join());
        var described = _group.Describe();
        Assert.Equal(("CompletingRebalance", ""), (described.State, described.ProtocolData));
        Assert.Empty(Assert.Single(described.Members).Metadata.ToArray());

        _group.Sync(joined);
        _group.Join();
        Assert.Equal(("PreparingRebalance", 2), (_group.Describe().State, _group.Describe().Members.Length));
        _group.Leave(joined.MemberId);
    }

    [Fact]
    public void A_group_without_members_is_empty()
    {
        _group.Commit("", -1, 5);
        Assert.Equal(("Empty", ""), (_group.Describe().State, _group.Describe().ProtocolType));
    }

    [Fact]
    public void An_empty_group_is_deleted_with_all_its_offsets()
    {
        _group.Leave(_group.Stable()[0]);
        _group.Commit("", -1, 5);
        Assert.Equal(ErrorCode.None, Delete());
        Assert.Equal(-1, _group.Fetch());
        Assert.Equal("Dead", _group.Describe().State);
        Assert.True(_group.Coordinator.IsBlank);

        _group.Restart();
        Assert.True(_group.Coordinator.IsBlank);
    }

    [Fact]
    public void A_group_with_members_or_an_unknown_one_is_not_deleted()
    {
        Assert.Equal(ErrorCode.GroupIdNotFound, Delete());
        _group.Stable();
        Assert.Equal(ErrorCode.NonEmptyGroup, Delete());
    }

    [Fact]
    public void A_deletion_is_answered_once_it_is_stored_and_takes_offsets_on_their_way_along()
    {
        _group.StoresAtOnce = false;
        var commit = _group.Commit("", -1, 5);
        var delete = _group.Send(new DeleteGroupRequest("g"));
        Assert.True(_group.IsWaiting(delete));
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, _group.JoinError(_group.Join()));
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, _group.CommitError(_group.Commit("", -1, 6)));

        _group.StoreAll();
        Assert.Equal(ErrorCode.None, _group.CommitError(commit));
        Assert.Equal(ErrorCode.None, _group.Answer<DeleteGroupResponse>(delete).Error);
        Assert.Equal(-1, _group.Fetch());
        _group.Restart();
        Assert.Equal(-1, _group.Fetch());
    }

    [Fact]
    public void A_deletion_that_cannot_be_stored_changes_nothing()
    {
        _group.Commit("", -1, 5);
        _group.StoresAtOnce = false;
        var delete = _group.Send(new DeleteGroupRequest("g"));
        _group.Fail(Assert.Single(_group.Writes), ErrorCode.NotEnoughReplicas);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, _group.Answer<DeleteGroupResponse>(delete).Error);
        Assert.Equal((5, "Empty"), (_group.Fetch(), _group.Describe().State));
    }

    [Fact]
    public void Offsets_of_topics_that_are_not_subscribed_can_be_deleted()
    {
        var member = _group.Stable()[0];
        _group.Commit(member, 1, 5, topic: "t");
        _group.Commit(member, 1, 6, topic: "other");
        var deleted = DeleteOffsets(
            GroupUnderTest.Partition(0),
            GroupUnderTest.Partition(0, "other"),
            GroupUnderTest.Partition(9, "other"),
            GroupUnderTest.Partition(0, "missing"));
        Assert.Equal(ErrorCode.None, deleted.Error);
        Assert.Equal(
            [ErrorCode.GroupSubscribedToTopic, ErrorCode.None, ErrorCode.None, ErrorCode.UnknownTopicOrPartition],
            deleted.Results.Select(r => r.Error).ToArray());
        Assert.Equal((5, -1), (_group.Fetch(), _group.Fetch(topic: "other")));
        _group.Restart();
        Assert.Equal((5, -1), (_group.Fetch(), _group.Fetch(topic: "other")));
    }

    [Fact]
    public void In_an_empty_group_any_offset_can_be_deleted()
    {
        _group.Commit("", -1, 5);
        Assert.Equal(ErrorCode.None, Assert.Single(DeleteOffsets(GroupUnderTest.Partition(0)).Results).Error);
        Assert.Equal(-1, _group.Fetch());
    }

    [Fact]
    public void Offsets_of_unknown_groups_and_of_members_of_another_kind_are_not_deleted()
    {
        Assert.Equal(ErrorCode.GroupIdNotFound, DeleteOffsets(GroupUnderTest.Partition(0)).Error);
        _group.Ask<JoinGroupResponse>(GroupUnderTest.JoinRequest(type: "connect"));
        Assert.Equal(ErrorCode.NonEmptyGroup, DeleteOffsets(GroupUnderTest.Partition(0)).Error);
    }
}
