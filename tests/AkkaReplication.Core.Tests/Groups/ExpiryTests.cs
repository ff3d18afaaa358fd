using AkkaReplication.Clients;
using AkkaReplication.Groups;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>offsets.retention.minutes, and what is left of a group.</summary>
public class ExpiryTests
{
    private const long Day = 24L * 60 * 60 * 1000;
    private const long Check = 600_000;

    private readonly GroupUnderTest _group = new();

    [Fact]
    public void Without_members_offsets_last_seven_days_from_the_commit()
    {
        _group.Commit("", -1, 5);
        _group.Advance(3 * Day);
        _group.Commit("", -1, 6, partition: 1);
        _group.Advance(4 * Day - 1);
        Assert.Equal(5, _group.Fetch());
        _group.Advance(Check + 1);
        Assert.Equal((-1, 6), (_group.Fetch(), _group.Fetch(1)));

        _group.Advance(3 * Day);
        Assert.Equal(GroupState.Dead, _group.Coordinator.State);
    }

    [Fact]
    public void Of_a_group_they_last_seven_days_from_when_it_became_empty()
    {
        var member = _group.Stable(sessionMs: 1_800_000)[0];
        _group.Commit(member, 1, 5);
        for (var i = 0; i < 10 * 24 * 3; i++)
        {
            _group.Heartbeat(member);
            _group.Advance(Day / 24 / 3);
        }

        Assert.Equal(5, _group.Fetch());
        _group.Leave(member);
        _group.Advance(7 * Day - Check);
        Assert.Equal(5, _group.Fetch());
        _group.Advance(2 * Check);
        Assert.Equal(-1, _group.Fetch());
        Assert.True(_group.Coordinator.IsBlank);
    }

    [Fact]
    public void An_offset_that_an_administrator_sets_in_an_old_empty_group_lasts_seven_days_too()
    {
        var member = _group.Stable()[0];
        _group.Commit(member, 1, 5);
        _group.Leave(member);
        _group.Advance(6 * Day);
        _group.Commit("", -1, 9);
        _group.Advance(6 * Day);
        Assert.Equal(9, _group.Fetch());
        _group.Advance(Day + Check);
        Assert.Equal(-1, _group.Fetch());
    }

    [Fact]
    public void In_a_living_group_of_consumers_topics_that_nobody_subscribes_to_expire()
    {
        var member = _group.Stable(sessionMs: 1_800_000)[0];
        _group.Commit(member, 1, 5, topic: "t");
        _group.Commit(member, 1, 6, topic: "other");
        for (var i = 0; i < 8 * 24 * 3; i++)
        {
            _group.Heartbeat(member);
            _group.Advance(Day / 24 / 3);
        }

        Assert.Equal((5, -1), (_group.Fetch(), _group.Fetch(topic: "other")));
    }

    [Fact]
    public void In_a_living_group_of_others_nothing_expires()
    {
        var joined = _group.Ask<JoinGroupResponse>(
            GroupUnderTest.JoinRequest(type: "connect", sessionMs: 1_800_000));
        _group.Sync(joined);
        _group.Commit(joined.MemberId, 1, 6, topic: "other");
        for (var i = 0; i < 8 * 24 * 3; i++)
        {
            _group.Heartbeat(joined.MemberId);
            _group.Advance(Day / 24 / 3);
        }

        Assert.Equal(6, _group.Fetch(topic: "other"));
    }

    [Fact]
    public void A_coordinator_that_takes_over_counts_on()
    {
        var member = _group.Stable()[0];
        _group.Commit(member, 1, 5);
        _group.Leave(member);
        _group.Advance(4 * Day);
        _group.Restart();
        _group.Advance(3 * Day - Check);
        Assert.Equal(5, _group.Fetch());
        _group.Advance(2 * Check);
        Assert.Equal(-1, _group.Fetch());

        _group.Restart();
        Assert.Equal(GroupState.Dead, _group.Coordinator.State);
    }

    [Fact]
    public void An_offset_with_an_expiry_of_its_own_keeps_it()
    {
        _group.Commit("", -1, 5, partition: 1);
        var own = new OffsetRecord(
            "g",
            GroupUnderTest.Partition(0),
            new CommittedOffset(4, LeaderEpoch.None, "", 0, _group.Time.WallClockMs + Day));
        _group.Log.Add((GroupRecordCodec.EncodeKey(own), GroupRecordCodec.EncodeValue(own)));
        _group.Restart();
        _group.Advance(Day - Check);
        Assert.Equal(4, _group.Fetch());
        _group.Advance(2 * Check);
        Assert.Equal((-1, 5), (_group.Fetch(), _group.Fetch(1)));
    }

    [Fact]
    public void What_could_not_be_deleted_is_still_there_and_deleted_later()
    {
        _group.Commit("", -1, 5);
        _group.StoresAtOnce = false;
        _group.Advance(7 * Day + Check);
        _group.Fail(Assert.Single(_group.Writes), ErrorCode.NotEnoughReplicas);
        Assert.Equal(5, _group.Fetch());
        _group.Advance(Check + 1);
        _group.StoreAll();
        Assert.Equal(-1, _group.Fetch());
    }

    [Fact]
    public void A_commit_that_meets_its_expiry_stays()
    {
        _group.Commit("", -1, 5);
        _group.StoresAtOnce = false;
        _group.Advance(7 * Day + Check);
        var commit = _group.Commit("", -1, 8);
        _group.StoreAll();
        Assert.Equal(ErrorCode.None, _group.CommitError(commit));
        Assert.Equal(8, _group.Fetch());
        _group.Restart();
        Assert.Equal(8, _group.Fetch());
    }

    [Fact]
    public void Many_offsets_expire_in_batches_that_fit()
    {
        for (var i = 0; i < 2_500; i++)
            _group.Commit("", -1, 5, partition: i);
        var before = _group.Log.Count;
        _group.StoresAtOnce = false;
        _group.Advance(7 * Day + Check);
        Assert.Equal([1000, 1000, 500], _group.Writes.Select(w => w.Records.Length).ToArray());
        _group.StoreAll();
        Assert.Equal(2_500, _group.Log.Count - before);
        Assert.Empty(_group.FetchAll().Offsets);
        Assert.True(_group.Coordinator.IsBlank);
    }

    [Fact]
    public void Offsets_of_a_deleted_topic_go_with_it()
    {
        _group.Commit("", -1, 5);
        _group.Commit("", -1, 6, topic: "other");
        _group.TopicDeleted("other");
        Assert.Equal((5, -1), (_group.Fetch(), _group.Fetch(topic: "other")));
        _group.Restart();
        Assert.Equal((5, -1), (_group.Fetch(), _group.Fetch(topic: "other")));
    }
}
