using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>Our rule D2: in flush=fsync, acknowledged means flushed by every in-sync replica.</summary>
public sealed class FlushedReplicaTests
{
    [Fact]
    public void The_leaders_part_in_the_high_watermark_is_its_flushed_end()
    {
        var leader = new ReplicaUnderTest(FlushPolicy.Fsync).Leading().CatchUp(1, 2);
        var token = leader.Produce();
        Assert.Equal(1, leader.Only<FlushLog>().UpToOffset);

        leader.CatchUp(1, 2);
        Assert.Equal(0, leader.Replica.HighWatermark);

        leader.Flush();
        Assert.Equal(1, leader.Replica.HighWatermark);
        Assert.Equal(ErrorCode.None, leader.AnswerTo(token));
    }

    [Fact]
    public void Acks_one_is_answered_after_the_local_flush()
    {
        var leader = new ReplicaUnderTest(FlushPolicy.Fsync).Leading().CatchUp(1, 2);
        var token = leader.Produce(acks: 1);
        Assert.Null(leader.AnswerTo(token));

        leader.Flush();

        Assert.Equal(ErrorCode.None, leader.AnswerTo(token));
    }

    [Fact]
    public void Appends_during_a_flush_share_the_next_one()
    {
        var leader = new ReplicaUnderTest(FlushPolicy.Fsync).Leading().CatchUp(1, 2);
        leader.Produce();
        leader.Produce();
        leader.No<FlushLog>();
        leader.Produce();
        leader.No<FlushLog>();

        // The flush that was under way covers only the first record: another one is due.
        leader.Turn(fx => leader.Replica.OnFlushed(leader.NowMs, 1, fx));
        Assert.Equal(3, leader.Only<FlushLog>().UpToOffset);
        leader.Flush();
        leader.No<FlushLog>();
    }

    [Fact]
    public void A_completion_says_nothing_that_the_log_does_not_say()
    {
        var leader = new ReplicaUnderTest(FlushPolicy.Fsync).WithReplicas(0).WithIsr(0).WithMinIsr(1).Leading();
        leader.Produce();

        leader.Turn(fx => leader.Replica.OnFlushed(leader.NowMs, 99, fx));

        Assert.Equal(0, leader.Replica.HighWatermark);
    }

    [Fact]
    public void A_new_leader_flushes_what_it_has_before_it_counts_it()
    {
        var leader = new ReplicaUnderTest(FlushPolicy.Fsync)
            .WithReplicas(0).WithIsr(0).WithMinIsr(1).WithRecords(4, 3).Leading();

        Assert.Equal(3, leader.Only<FlushLog>().UpToOffset);
        Assert.Equal(0, leader.Replica.HighWatermark);
        leader.Flush();
        Assert.Equal(3, leader.Replica.HighWatermark);
    }

    [Fact]
    public void A_leader_whose_flush_hangs_goes_offline_and_answers_nobody_well()
    {
        var leader = new ReplicaUnderTest(FlushPolicy.Fsync).Leading().CatchUp(1, 2);
        var token = leader.Produce(timeoutMs: 1_000_000);

        leader.Advance(ReplicaUnderTest.Lag - 1);
        Assert.Equal(ReplicaRole.Leader, leader.Replica.Role);
        leader.Advance(1);

        Assert.Equal(ReplicaRole.Offline, leader.Replica.Role);
        Assert.Equal(ErrorCode.KafkaStorageError, leader.AnswerTo(token));
        Assert.Equal(new LeaderEpoch(5), leader.Only<ReplicaFailed>().LeaderEpoch);
    }

    [Fact]
    public void Flushes_that_complete_one_after_another_do_not_hang()
    {
        var leader = new ReplicaUnderTest(FlushPolicy.Fsync).Leading().CatchUp(1, 2);
        for (var i = 0; i < 8; i++)
        {
            leader.Produce();
            leader.Advance(ReplicaUnderTest.Lag / 2);
            leader.CatchUp(1, 2).Flush();
        }

        Assert.Equal(ReplicaRole.Leader, leader.Replica.Role);
        Assert.Equal(8, leader.Replica.HighWatermark);
    }

    [Fact]
    public void A_failed_flush_takes_the_replica_offline()
    {
        var leader = new ReplicaUnderTest(FlushPolicy.Fsync).Leading().CatchUp(1, 2);
        leader.Produce();

        leader.Turn(fx => leader.Replica.OnFlushFailed(leader.NowMs, "EIO", fx));

        Assert.Equal("EIO", leader.Only<ReplicaFailed>().Reason);
        Assert.Equal(ReplicaRole.Offline, leader.Replica.Role);
    }

    [Fact]
    public void A_follower_fetches_on_only_after_what_it_fetched_is_flushed()
    {
        var follower = new ReplicaUnderTest(FlushPolicy.Fsync).Following();

        follower.Fetched(ReplicaUnderTest.Stamped(5, 0, "a", "b"), leaderEnd: 2);
        Assert.Equal(2, follower.Only<FlushLog>().UpToOffset);
        follower.No<FetchFrom>();

        follower.Flush();
        Assert.Equal(2, follower.Only<FetchFrom>().FetchOffset);
    }

    [Fact]
    public void A_follower_with_an_unflushed_log_flushes_before_its_first_fetch()
    {
        var follower = new ReplicaUnderTest(FlushPolicy.Fsync).WithRecords(4, 2).Following();

        follower.No<FetchFrom>();
        Assert.Equal(2, follower.Only<FlushLog>().UpToOffset);
        follower.Flush();
        Assert.Equal(2, follower.Only<FetchFrom>().FetchOffset);
    }

    [Fact]
    public void An_answer_that_comes_while_a_follower_flushes_is_ignored()
    {
        var follower = new ReplicaUnderTest(FlushPolicy.Fsync).Following();
        var position = follower.Replica.Position!;
        follower.Fetched(ReplicaUnderTest.Stamped(5, 0, "a"), leaderEnd: 1);

        follower.Fetched(ReplicaUnderTest.Stamped(5, 0, "a"), leaderEnd: 1, to: position);

        Assert.Empty(follower.Effects.AsReadOnly());
        Assert.Equal(1, follower.Log.LogEndOffset);
    }

    [Fact]
    public void In_flush_replicated_nothing_waits_for_the_disk()
    {
        var leader = new ReplicaUnderTest().WithReplicas(0).WithIsr(0).WithMinIsr(1).Leading();

        var token = leader.Produce();

        Assert.Equal(ErrorCode.None, leader.AnswerTo(token));
        leader.No<FlushLog>();
    }
}
