using AkkaReplication.Clients;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>Our rules E1-E3: a leader that may have been replaced stops serving by itself.</summary>
public sealed class LeaderLeaseTests
{
    private const long Session = ReplicaUnderTest.Session;

    [Fact]
    public void Without_a_lease_a_leader_serves_nothing_before_its_followers_were_heard()
    {
        var leader = new ReplicaUnderTest().WithRecords(4, 1).Leading(leased: false);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, leader.AnswerTo(leader.Produce(acks: 1)));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Read(leader));
        Assert.Equal(1, leader.Log.LogEndOffset);
    }

    [Fact]
    public void A_leader_goes_on_without_a_lease_while_all_who_could_replace_it_follow_it()
    {
        var leader = new ReplicaUnderTest().WithElr(3).WithReplicas(0, 1, 2, 3).Leading(leased: false);

        leader.CatchUp(1, 2);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Read(leader));

        leader.CatchUp(3);
        Assert.Equal(ErrorCode.None, Read(leader));
        Assert.Null(leader.AnswerTo(leader.Produce()));
        leader.Advance(Session);
        Assert.Equal(ErrorCode.None, Read(leader));
        leader.Advance(1);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Read(leader));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, leader.AnswerTo(leader.Produce()));
    }

    [Fact]
    public void One_silent_member_is_enough_to_stop()
    {
        var leader = new ReplicaUnderTest().Leading(leased: false).CatchUp(1, 2);

        leader.Advance(Session + 1).CatchUp(1);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, Read(leader));
    }

    [Fact]
    public void The_lease_is_compared_in_the_turn_that_serves_not_by_a_timer()
    {
        var leader = new ReplicaUnderTest().Leading();
        leader.Lease(leader.NowMs + 100).CatchUp(1, 2);
        leader.Advance(Session + 1);

        // No timer has run, nothing was told: the time of the turn alone decides.
        Assert.Equal(ErrorCode.NotLeaderOrFollower, leader.AnswerTo(leader.Produce()));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Read(leader));
    }

    [Fact]
    public void A_lone_replica_needs_no_lease()
    {
        var leader = new ReplicaUnderTest().WithReplicas(0).WithIsr(0).WithMinIsr(1).Leading(leased: false);

        Assert.Equal(ErrorCode.None, leader.AnswerTo(leader.Produce()));
        Assert.Equal(ErrorCode.None, Read(leader));
        Assert.Equal(long.MaxValue, leader.Replica.View.LeaseEndMs);
    }

    [Fact]
    public void A_leader_alone_in_isr_and_elr_needs_no_lease()
    {
        var leader = new ReplicaUnderTest().WithIsr(0).WithMinIsr(1).Leading(leased: false);

        Assert.Equal(ErrorCode.None, leader.AnswerTo(leader.Produce()));
    }

    [Fact]
    public void Where_unclean_election_is_enabled_the_lease_alone_counts()
    {
        var leader = new ReplicaUnderTest()
            .WithSettings(settings => settings with { UncleanLeaderElectionEnable = true }).Leading(leased: false);

        leader.CatchUp(1, 2);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, Read(leader));
    }

    [Fact]
    public void A_member_that_left_counts_until_metadata_says_whether_it_is_in_the_elr()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading().CatchUp(1);
        leader.Produce();
        leader.Advance(ReplicaUnderTest.Lag * 3 / 2);
        leader.AnswerIsr(leader.Only<ProposeIsr>().Proposal).Lease(leader.NowMs - 1);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, Read(leader));

        leader.Tell(leader.Registration with
        {
            Isr = ReplicaUnderTest.Ids(0),
            Elr = [],
            PartitionEpoch = leader.Replica.PartitionEpoch,
        });
        Assert.Equal(ErrorCode.None, Read(leader));
    }

    [Fact]
    public void Follower_fetches_are_answered_whatever_the_lease()
    {
        var leader = new ReplicaUnderTest().WithRecords(4, 3).Leading(leased: false);

        var answer = leader.Fetch(1, 1);

        Assert.Equal(ErrorCode.None, answer.Error);
        Assert.Equal(3, answer.View!.LogEndOffset);
    }

    [Fact]
    public void A_produce_that_became_committed_while_the_lease_was_lapsed_is_acknowledged_when_it_is_regained()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        var token = leader.Produce(timeoutMs: 100_000);
        leader.CatchUp(2).Lease(leader.NowMs).Advance(Session + 1);

        leader.CatchUp(1);
        Assert.Equal(1, leader.Replica.HighWatermark);
        Assert.Null(leader.AnswerTo(token));

        leader.Lease(leader.NowMs + 1000);
        Assert.Equal(ErrorCode.None, leader.AnswerTo(token));
    }

    [Fact]
    public void A_produce_committed_while_the_lease_was_lapsed_times_out_when_it_is_not_regained()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        var token = leader.Produce(timeoutMs: Session + 5000);
        leader.CatchUp(2).Lease(leader.NowMs).Advance(Session + 1);
        leader.CatchUp(1);

        leader.Advance(5000);

        Assert.Equal(ErrorCode.RequestTimedOut, leader.AnswerTo(token));
    }

    [Fact]
    public void The_link_of_an_idle_follower_speaks_for_it()
    {
        var leader = new ReplicaUnderTest().Leading(leased: false).CatchUp(1, 2).Advance(Session - 10);
        Contact(leader, follower: 1, epoch: 5, leader.NowMs - 5);
        Contact(leader, follower: 2, epoch: 5, leader.NowMs - 5);

        leader.Advance(Session - 5);
        Assert.Equal(ErrorCode.None, Read(leader));
        leader.Advance(1);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Read(leader));
    }

    [Fact]
    public void A_link_cannot_speak_for_a_follower_of_another_epoch_or_one_that_never_fetched()
    {
        var leader = new ReplicaUnderTest().Leading(leased: false).CatchUp(1);

        Contact(leader, follower: 2, epoch: 5, leader.NowMs);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Read(leader));

        leader.CatchUp(2).Advance(Session + 1);
        Contact(leader, follower: 1, epoch: 4, leader.NowMs);
        Contact(leader, follower: 2, epoch: 4, leader.NowMs);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Read(leader));
    }

    private static void Contact(ReplicaUnderTest leader, int follower, int epoch, long atMs) => leader.Turn(
        fx => leader.Replica.OnFollowerContact(
            leader.NowMs, new BrokerId(follower), new LeaderEpoch(epoch), atMs, fx));

    private static ErrorCode Read(ReplicaUnderTest leader) => ConsumerRead.Decide(
        leader.Replica.View, LeaderEpoch.None, 0, LeaderEpoch.None, IsolationLevel.ReadUncommitted, leader.NowMs).Error;
}
