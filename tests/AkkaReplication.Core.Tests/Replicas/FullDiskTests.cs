using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>A log that says that its disk has no room: refused before anything is appended, and no failure.</summary>
public sealed class FullDiskTests
{
    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_leader_without_room_refuses_with_an_error_that_is_retried_and_goes_on_when_there_is_some(short acks)
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        leader.Log.IsFull = true;

        var refused = leader.Produce(acks: acks);
        Assert.Equal(ErrorCode.KafkaStorageError, leader.AnswerTo(refused));
        Assert.True(ErrorCode.KafkaStorageError.IsRetriable());
        Assert.Equal(0, leader.Log.LogEndOffset);
        Assert.Equal(ReplicaRole.Leader, leader.Replica.Role);
        leader.No<ReplicaFailed>();

        leader.Log.IsFull = false;
        leader.Produce(acks: acks);
        Assert.Equal(1, leader.Log.LogEndOffset);
    }

    [Fact]
    public void What_is_in_the_log_already_is_acknowledged_again_without_room()
    {
        var leader = new ReplicaUnderTest().WithReplicas(0).WithIsr(0).WithMinIsr(1).Leading();
        var batch = ReplicaUnderTest.IdempotentBatch(7, 0, 0);
        leader.Produce(batch: batch);
        leader.Log.IsFull = true;

        var again = leader.Produce(batch: batch);

        Assert.Equal(ErrorCode.None, leader.AnswerTo(again));
        Assert.Equal(1, leader.Log.LogEndOffset);
    }

    [Fact]
    public void A_follower_without_room_appends_nothing_and_asks_again_later()
    {
        var follower = new ReplicaUnderTest().Following();
        follower.Log.IsFull = true;

        follower.Fetched(ReplicaUnderTest.Stamped(5, 0, "a", "b"), leaderEnd: 2);
        Assert.Equal(0, follower.Only<FetchFromAfter>().Position.FetchOffset);
        Assert.Equal(0, follower.Log.LogEndOffset);
        Assert.Equal(ReplicaRole.Follower, follower.Replica.Role);

        follower.Log.IsFull = false;
        follower.Fetched(ReplicaUnderTest.Stamped(5, 0, "a", "b"), leaderEnd: 2);
        Assert.Equal(2, follower.Only<FetchFrom>().FetchOffset);
    }
}
