using AkkaReplication.Records;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>Replication rules, sections 2.11, 3.2, 3.3 and scenarios 39-42.</summary>
public sealed class LeaderProduceTests
{
    [Fact]
    public void Leader_does_not_accept_acks_all_below_min_isr()
    {
        var leader = new ReplicaUnderTest().WithIsr(0).Leading();

        var token = leader.Produce();

        Assert.Equal(ErrorCode.NotEnoughReplicas, leader.AnswerTo(token));
        Assert.Equal(0, leader.Log.LogEndOffset);
    }

    [Fact]
    public void Acks_one_is_acknowledged_below_min_isr_but_invisible_to_consumers()
    {
        var leader = new ReplicaUnderTest().WithIsr(0).Leading();

        var token = leader.Produce(acks: 1);

        Assert.Equal(ErrorCode.None, leader.AnswerTo(token));
        Assert.Equal(0, leader.Replica.View.HighWatermark);
        Assert.Equal(1, leader.Replica.View.LogEndOffset);
    }

    [Fact]
    public void Acks_all_is_answered_with_its_offsets_when_the_isr_has_it()
    {
        var leader = new ReplicaUnderTest().WithRecords(4, 3).Leading().CatchUp(1, 2);
        var token = leader.Produce(batch: ReplicaUnderTest.Batch("a", "b"));
        Assert.Null(leader.AnswerTo(token));

        leader.CatchUp(1, 2);

        Assert.Equal(new ProduceCompleted(token, ErrorCode.None, 3, -1, 0, null), leader.Only<ProduceCompleted>());
        Assert.Equal(5, leader.Replica.HighWatermark);
    }

    [Fact]
    public void Acks_zero_has_no_answer()
    {
        var leader = new ReplicaUnderTest().Leading();

        leader.Produce(acks: 0);

        leader.No<ProduceCompleted>();
        Assert.Equal(1, leader.Log.LogEndOffset);
        Assert.Equal(0, leader.Replica.PendingProduceCount);
    }

    [Fact]
    public void A_refused_produce_with_acks_zero_costs_its_sender_the_connection()
    {
        var follower = new ReplicaUnderTest().Following();

        var token = follower.Produce(acks: 0);

        follower.No<ProduceCompleted>();
        Assert.Equal(ErrorCode.NotLeaderOrFollower, follower.Only<ProduceDropped>().Error);
        Assert.Equal(token, follower.Only<ProduceDropped>().Token);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    public void Other_acks_are_invalid(short acks)
    {
        var leader = new ReplicaUnderTest().Leading();

        Assert.Equal(ErrorCode.InvalidRequiredAcks, leader.AnswerTo(leader.Produce(acks)));
    }

    [Fact]
    public void Expected_leader_epoch_is_judged_before_the_role()
    {
        var follower = new ReplicaUnderTest().Following(epoch: 5);

        Assert.Equal(ErrorCode.FencedLeaderEpoch, follower.AnswerTo(follower.Produce(epoch: 4)));
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, follower.AnswerTo(follower.Produce(epoch: 6)));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, follower.AnswerTo(follower.Produce(epoch: 5)));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, follower.AnswerTo(follower.Produce()));
    }

    [Fact]
    public void A_bad_batch_is_refused_and_nothing_appended()
    {
        var leader = new ReplicaUnderTest().Leading();
        var corrupt = ReplicaUnderTest.Batch("x");
        corrupt[^1] ^= 1;

        Assert.Equal(ErrorCode.CorruptMessage, leader.AnswerTo(leader.Produce(batch: corrupt)));
        Assert.Equal(0, leader.Log.LogEndOffset);
    }

    [Fact]
    public void The_topics_limits_hold_from_the_update_that_brings_them()
    {
        var leader = new ReplicaUnderTest().Leading();
        leader.WithSettings(settings => settings with { MaxMessageBytes = 70 }).Update(r => r);

        var token = leader.Produce(batch: ReplicaUnderTest.Batch(new string('x', 99)));

        Assert.Equal(ErrorCode.MessageTooLarge, leader.AnswerTo(token));
    }

    [Fact]
    public void Transactional_batches_need_a_transaction()
    {
        var leader = new ReplicaUnderTest().Leading();
        var builder = new RecordBatchBuilder();
        Assert.True(builder.TryAppend(1000, [], true, [1], false, null, int.MaxValue));

        var batch = builder.Build(producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true);

        var token = leader.Produce(batch: batch);

        Assert.Equal(ErrorCode.InvalidTxnState, leader.AnswerTo(token));
    }

    [Fact]
    public void With_log_append_time_the_answer_carries_the_leaders_wall_clock()
    {
        var leader = new ReplicaUnderTest().WithReplicas(0).WithIsr(0).WithMinIsr(1)
            .WithSettings(settings => settings with { MessageTimestampType = TimestampType.LogAppendTime })
            .Leading();

        leader.Produce();

        Assert.Equal(1_700_000_000_000, leader.Only<ProduceCompleted>().LogAppendTimeMs);
        Assert.Equal(1_700_000_000_000, leader.Log.Batches[0].Header.MaxTimestampMs);
    }

    [Fact]
    public void On_a_compacted_topic_a_record_needs_a_key()
    {
        var leader = new ReplicaUnderTest().WithReplicas(0).WithIsr(0).WithMinIsr(1)
            .WithSettings(settings => settings with { IsCompacted = true })
            .Leading();
        var builder = new RecordBatchBuilder();
        builder.TryAppend(1, default, keyIsNull: true, [1], valueIsNull: false, null, int.MaxValue);
        var keyless = leader.Produce(batch: builder.Build());
        Assert.Equal((ErrorCode.InvalidRecord, 0L), (leader.AnswerTo(keyless), leader.Log.LogEndOffset));

        builder.Reset();
        builder.TryAppend(1, [], keyIsNull: false, [1], valueIsNull: false, null, int.MaxValue);
        var keyed = leader.Produce(batch: builder.Build());
        Assert.Equal((ErrorCode.None, 1L), (leader.AnswerTo(keyed), leader.Log.LogEndOffset));
    }

    [Fact]
    public void An_isr_that_shrinks_after_the_append_lets_the_produce_time_out_and_the_record_stays()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        var token = leader.Produce(timeoutMs: 3000);
        leader.Fence(1).Fence(2).Update(r => r with { Isr = ReplicaUnderTest.Ids(0) });

        leader.Advance(2999);
        Assert.Null(leader.AnswerTo(token));
        leader.Advance(1);

        Assert.Equal(ErrorCode.RequestTimedOut, leader.AnswerTo(token));
        Assert.Equal(1, leader.Log.LogEndOffset);
        leader.Update(r => r with { Isr = ReplicaUnderTest.Ids(0, 1) });
        leader.CatchUp(1);
        Assert.Equal(1, leader.Replica.HighWatermark);
        leader.No<ProduceCompleted>();
    }

    [Fact]
    public void An_isr_that_recovers_before_the_deadline_acknowledges_the_produce()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        var token = leader.Produce(timeoutMs: 30_000);
        leader.Fence(1).Fence(2).Update(r => r with { Isr = ReplicaUnderTest.Ids(0) });

        leader.Unfence(1).CatchUp(1);
        leader.AnswerIsr(leader.Replica.PendingIsrProposal!);

        Assert.Equal(ErrorCode.None, leader.AnswerTo(token));
    }

    [Fact]
    public void Min_isr_raised_before_the_high_watermark_arrives_freezes_it_and_the_produce_times_out()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        var token = leader.Produce(timeoutMs: 1000);
        leader.Update(r => r with { MinIsr = 4 });

        leader.CatchUp(1, 2).Advance(1000);

        Assert.Equal(ErrorCode.RequestTimedOut, leader.AnswerTo(token));
        Assert.Equal(0, leader.Replica.HighWatermark);
    }

    [Fact]
    public void A_committed_batch_whose_isr_has_shrunk_before_it_was_answered_is_not_enough_replicas_after_append()
    {
        // H12: reachable only when the high watermark covers the batch before it is asked for: here by a lapsed lease.
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        var token = leader.Produce(timeoutMs: 100_000);
        leader.Lease(leader.NowMs - 1).Advance(ReplicaUnderTest.Session + 1);
        leader.CatchUp(1).Fence(2);
        leader.Update(r => r with { Isr = ReplicaUnderTest.Ids(0, 1), Elr = ReplicaUnderTest.Ids(2) });
        Assert.Equal(1, leader.Replica.HighWatermark);
        Assert.Null(leader.AnswerTo(token));
        leader.Fence(1);
        leader.Update(r => r with { Isr = ReplicaUnderTest.Ids(0), Elr = ReplicaUnderTest.Ids(1, 2) });

        leader.Lease(leader.NowMs + 1000);

        Assert.Equal(ErrorCode.NotEnoughReplicasAfterAppend, leader.AnswerTo(token));
    }

    [Fact]
    public void Each_produce_has_its_own_deadline_whatever_their_order()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        var patient = leader.Produce(timeoutMs: 9000);
        var hasty = leader.Produce(timeoutMs: 1000);
        var third = leader.Produce(timeoutMs: 5000);

        leader.Advance(1000);
        Assert.Equal(hasty, leader.Only<ProduceCompleted>().Token);
        leader.Advance(4000);
        Assert.Equal(third, leader.Only<ProduceCompleted>().Token);
        leader.CatchUp(1, 2);
        Assert.Equal(patient, leader.Only<ProduceCompleted>().Token);
        leader.Advance(60_000);
        leader.No<ProduceCompleted>();
    }

    [Fact]
    public void One_timer_serves_many_produces()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        leader.Produce();
        var timers = leader.All<StartReplicaTimer>().Count(e => e.Timer == ReplicaTimer.ProduceDeadline);
        for (var i = 0; i < 10; i++)
        {
            leader.Produce();
            timers += leader.All<StartReplicaTimer>().Count;
        }

        Assert.Equal(1, timers);
    }

    [Fact]
    public void A_leader_that_steps_down_fails_its_pending_produces_exactly_once()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        var tokens = new[] { leader.Produce(), leader.Produce() };

        leader.Update(r => r with { Leader = new BrokerId(1), LeaderEpoch = new LeaderEpoch(6) });

        Assert.All(tokens, token => Assert.Equal(ErrorCode.NotLeaderOrFollower, leader.AnswerTo(token)));
        leader.Advance(100_000);
        leader.No<ProduceCompleted>();
        leader.Fetched(highWatermark: 2);
        leader.No<ProduceCompleted>();
    }

    [Fact]
    public void Produces_are_failed_after_the_new_role_is_under_way()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        leader.Produce();

        leader.Update(r => r with { Leader = new BrokerId(1), LeaderEpoch = new LeaderEpoch(6) });

        var order = leader.Effects.AsReadOnly().Select(effect => effect.GetType().Name).ToList();
        Assert.True(order.IndexOf(nameof(PublishView)) < order.IndexOf(nameof(FetchFrom)));
        Assert.True(order.IndexOf(nameof(FetchFrom)) < order.IndexOf(nameof(ProduceCompleted)));
    }

    [Fact]
    public void A_duplicate_is_answered_with_its_first_offset_and_not_appended_again()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 0));
        leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 1));

        var again = leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 0));

        Assert.Equal(2, leader.Log.LogEndOffset);
        Assert.Null(leader.AnswerTo(again));
        leader.Fetch(1, 1);
        leader.Fetch(2, 1);
        Assert.Equal(0, leader.All<ProduceCompleted>().Single(completed => completed.Token == again).BaseOffset);
        Assert.Equal(2, leader.All<ProduceCompleted>().Count);
    }

    [Fact]
    public void A_duplicate_is_known_also_to_the_follower_that_became_leader()
    {
        var replica = new ReplicaUnderTest().Following();
        var batch = ReplicaUnderTest.IdempotentBatch(7, 0, 0);
        var stamped = batch.ToArray();
        BatchHeader.Stamp(stamped, 0, new LeaderEpoch(5));
        replica.Fetched(stamped, highWatermark: 1, leaderEnd: 1);
        replica.Update(r => r with { Leader = new BrokerId(0), LeaderEpoch = new LeaderEpoch(6) });

        var token = replica.Produce(batch: batch);
        replica.CatchUp(1, 2);

        Assert.Equal(1, replica.Log.LogEndOffset);
        Assert.Equal(ErrorCode.None, replica.AnswerTo(token) ?? ErrorCode.None);
        Assert.Equal(0, replica.Replica.PendingProduceCount);
        Assert.Equal(
            ErrorCode.OutOfOrderSequenceNumber,
            replica.AnswerTo(replica.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 5))));
        replica.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 1, 0));
        Assert.Equal(
            ErrorCode.InvalidProducerEpoch,
            replica.AnswerTo(replica.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 1))));
    }

    [Fact]
    public void A_sequence_is_not_called_broken_before_everybody_who_could_lead_next_has_followed()
    {
        // What this log lacks one of them may still hold, and bring back: written again, it would be there twice.
        var leader = new ReplicaUnderTest().Leading();
        leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 0));
        leader.Fetch(1, 0);

        var early = leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 5));
        Assert.Equal(ErrorCode.NotEnoughReplicas, leader.AnswerTo(early));

        leader.Fetch(2, 0);
        var settled = leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 5));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, leader.AnswerTo(settled));
        Assert.Equal(1, leader.Log.LogEndOffset);
    }

    [Fact]
    public void Those_who_left_the_isr_below_its_minimum_could_lead_next_too()
    {
        var leader = new ReplicaUnderTest().WithIsr(0).WithElr(2).Leading();
        leader.Produce(acks: 1, batch: ReplicaUnderTest.IdempotentBatch(7, 0, 0));
        leader.Fetch(1, 0);

        var early = leader.Produce(acks: 1, batch: ReplicaUnderTest.IdempotentBatch(7, 0, 5));

        Assert.Equal(ErrorCode.NotEnoughReplicas, leader.AnswerTo(early));
    }

    [Fact]
    public void A_failed_append_answers_a_storage_error_and_takes_the_replica_offline()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        var before = leader.Produce();
        leader.Log.Break("no space left");

        var token = leader.Produce();

        Assert.Equal(ErrorCode.KafkaStorageError, leader.AnswerTo(token));
        Assert.Equal(ErrorCode.KafkaStorageError, leader.AnswerTo(before));
        Assert.Equal(ReplicaRole.Offline, leader.Replica.Role);
        Assert.Equal("no space left", leader.Only<ReplicaFailed>().Reason);
    }
}
