using AkkaReplication.Clients;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>What becomes of batches when something goes wrong, case by case.</summary>
public class ProducerDeliveryTests
{
    [Fact]
    public void Leader_that_hangs_is_left_for_the_new_one_without_waiting_for_its_answer()
    {
        var test = new ProducerUnderTest(seed: 1, new ProducerSettings { HedgeAfterMs = 200 });
        var (_, first) = test.Append(partition: 0);
        Assert.True(test.RunUntilReported());
        var old = test.Cluster.Partitions[0].Leader;
        test.Cluster.Silent.Add(old);
        var (_, stuck) = test.Append(partition: 0);
        test.Network.RunUntil(test.Network.Now + 50);
        test.Cluster.MoveLeader(0, cut: true);

        var start = test.Network.Now;
        Assert.True(test.RunUntilReported());
        Assert.InRange(test.Network.Now - start, 0, 700);
        Assert.Equal((ErrorCode.None, 1L), (test[stuck].Error, test[stuck].Offset));
        Assert.Equal(0, test[first].Offset);
        test.CheckTheBook(idempotent: true);
    }

    [Fact]
    public void Refused_batch_is_reported_as_not_persisted_and_those_after_it_go_on_under_a_new_epoch()
    {
        var test = new ProducerUnderTest(seed: 2, new ProducerSettings { BatchSize = 0 });
        test.Append(partition: 0);
        Assert.True(test.RunUntilReported());
        var refusals = 1;
        test.Cluster.Refuse = (_, _) => refusals-- > 0 ? ErrorCode.InvalidRecord : null;
        var ids = Enumerable.Range(0, 4).Select(_ => test.Append(partition: 0).Id).ToArray();
        Assert.True(test.RunUntilReported());

        Assert.Equal(
            (ErrorCode.InvalidRecord, PersistenceStatus.NotPersisted), (test[ids[0]].Error, test[ids[0]].Status));
        Assert.Equal([1L, 2, 3], ids.Skip(1).Select(id => test[id].Offset));
        var changed = Assert.IsType<ProducerIdentityChanged>(Assert.Single(test.Observed));
        Assert.Equal((1, 0), (changed.ProducerEpoch, changed.GivenUp));
        test.CheckTheBook(idempotent: true);
    }

    [Fact]
    public void First_batch_of_a_partition_travels_alone()
    {
        // A leader that does not know the producer takes any first number: were the first batch refused for a moment
        // and
        // the second accepted, the first could never be written.
        var test = new ProducerUnderTest(seed: 3, new ProducerSettings { BatchSize = 0 });
        var refusals = 1;
        test.Cluster.Refuse = (_, _) => refusals-- > 0 ? ErrorCode.NotEnoughReplicas : null;
        var ids = Enumerable.Range(0, 5).Select(_ => test.Append(partition: 0).Id).ToArray();
        Assert.True(test.RunUntilReported());
        Assert.Equal([0L, 1, 2, 3, 4], ids.Select(id => test[id].Offset));
        Assert.Equal(1, test.Cluster.ProduceRequests[0].Batches);
        Assert.InRange(test.Cluster.ProduceRequests[1].Time - test.Cluster.ProduceRequests[0].Time, 80, 200);
        Assert.Empty(test.Observed);
    }

    [Fact]
    public void Confirmed_partition_has_several_batches_on_the_wire()
    {
        var test = new ProducerUnderTest(seed: 4, new ProducerSettings { BatchSize = 0 });
        test.Append(partition: 0);
        Assert.True(test.RunUntilReported());
        test.Cluster.Silent.UnionWith(ModelCluster.Bootstrap);
        var sent = 0;
        test.Network.Serve = (_, request, _) => sent += request is ProduceRequest ? 1 : 0;
        for (var i = 0; i < 20; i++)
            test.Append(partition: 0);
        test.Network.RunUntil(test.Network.Now + 100);
        Assert.Equal(5, sent);
    }

    [Fact]
    public void Batch_of_unknown_fate_is_given_up_rather_than_written_under_another_number()
    {
        // Two batches hang at the leader. The first is given up; the second is out of order then. Its copy is still on
        // its way: if it were renumbered it would be there twice.
        var settings = new ProducerSettings
        {
            BatchSize = 0,
            RequestTimeoutMs = 1_000,
            DeliveryTimeoutMs = 4_000,
            HedgeAfterMs = 10_000,
            RetryBackoffMaxMs = 100,
        };
        var test = new ProducerUnderTest(seed: 5, settings);
        var serve = test.Network.Serve;
        var (_, confirmed) = test.Append(partition: 0);
        Assert.True(test.RunUntilReported());

        var hanging = new List<(BrokerId, ClientRequest)>();
        test.Network.Serve = (broker, request, answer) =>
        {
            if (request is ProduceRequest)
                hanging.Add((broker, request));
            else
                serve(broker, request, answer);
        };
        var (_, first) = test.Append(partition: 0);
        var start = test.Network.Now;
        test.Network.RunUntil(start + 900);
        var (_, second) = test.Append(partition: 0);
        test.Network.RunUntil(start + 3_990);
        test.Network.Serve = serve;
        Assert.True(test.RunUntilReported());
        Assert.Equal(
            (ErrorCode.RequestTimedOut, PersistenceStatus.PossiblyPersisted), (test[first].Error, test[first].Status));
        Assert.Equal(
            (ErrorCode.OutOfOrderSequenceNumber, PersistenceStatus.PossiblyPersisted),
            (test[second].Error, test[second].Status));

        foreach (var (broker, request) in hanging)
            serve(broker, request, _ => { });
        var (_, last) = test.Append(partition: 0);
        Assert.True(test.RunUntilReported());
        Assert.Equal([confirmed, first, second, last], test.Cluster.Partitions[0].Records.Select(r => r.Id));
        test.CheckTheBook(idempotent: true);
    }

    [Fact]
    public void Batch_that_an_earlier_leader_may_have_is_given_up_though_the_next_one_lacks_it()
    {
        // Two batches are in the log of a leader that does not answer; the first is given up. The next leader lacks both and
        // refuses the second, but has committed nothing: whoever leads after it may have them still.
        var settings = new ProducerSettings { BatchSize = 0, DeliveryTimeoutMs = 4_000, HedgeAfterMs = 200 };
        var test = new ProducerUnderTest(seed: 6, settings);
        var serve = test.Network.Serve;
        var (_, confirmed) = test.Append(partition: 0);
        Assert.True(test.RunUntilReported());

        test.Network.Serve = (broker, request, answer) =>
        {
            if (request is not ProduceRequest produce)
            {
                serve(broker, request, answer);
                return;
            }

            foreach (var batch in produce.Batches)
                test.Cluster.Partitions[0].Append(batch.Batch);
        };
        var (_, first) = test.Append(partition: 0);
        test.Network.RunUntil(test.Network.Now + 3_000);
        var (_, second) = test.Append(partition: 0);
        Assert.True(test.Network.RunUntil(() => test.IsReported(first), 2_000));
        Assert.False(test.IsReported(second));

        test.Cluster.MoveLeader(0, cut: true);
        test.Network.Serve = serve;
        Assert.True(test.RunUntilReported());
        Assert.Equal(
            (ErrorCode.OutOfOrderSequenceNumber, PersistenceStatus.PossiblyPersisted),
            (test[second].Error, test[second].Status));

        test.Cluster.MoveLeaderBack(0);
        var (_, last) = test.Append(partition: 0);
        Assert.True(test.RunUntilReported());
        Assert.Equal([confirmed, first, second, last], test.Cluster.Partitions[0].Records.Select(r => r.Id));
        test.CheckTheBook(idempotent: true);
    }

    [Fact]
    public void Reports_keep_the_order_of_records_even_if_answers_do_not()
    {
        var test = new ProducerUnderTest(seed: 6, new ProducerSettings { BatchSize = 0 });
        test.Append(partition: 0);
        Assert.True(test.RunUntilReported());
        var serve = test.Network.Serve;
        var delay = 500;
        test.Network.Serve = (broker, request, answer) =>
        {
            var pause = delay -= 100;
            serve(broker, request, response => test.Network.At(test.Network.Now + pause, () => answer(response)));
        };
        for (var i = 0; i < 5; i++)
            test.Append(partition: 0);

        // The book itself checks the order of reports.
        Assert.True(test.RunUntilReported());
        test.CheckTheBook(idempotent: true);
    }

    [Fact]
    public void Acks_0_is_reported_at_once_and_without_an_offset()
    {
        var test = new ProducerUnderTest(seed: 7, new ProducerSettings { Acks = 0, EnableIdempotence = false });
        var (_, id) = test.Append(partition: 0);
        Assert.True(test.RunUntilReported());
        Assert.Equal(
            (ErrorCode.None, PersistenceStatus.PossiblyPersisted, -1L),
            (test[id].Error, test[id].Status, test[id].Offset));
        test.Network.RunUntil(test.Network.Now + 100);
        Assert.Equal([id], test.Cluster.Partitions[0].Records.Select(r => r.Id));
    }

    [Fact]
    public void Delivery_timeout_tells_what_was_sent_from_what_was_not()
    {
        var settings = new ProducerSettings { DeliveryTimeoutMs = 1_000, BatchSize = 0, RequestTimeoutMs = 800 };
        var test = new ProducerUnderTest(seed: 8, settings);
        test.Append(partition: 0);
        Assert.True(test.RunUntilReported());
        test.Cluster.Silent.UnionWith(ModelCluster.Bootstrap);
        var start = test.Network.Now;
        var ids = Enumerable.Range(0, 6).Select(_ => test.Append(partition: 0).Id).ToArray();
        Assert.True(test.RunUntilReported());
        Assert.Equal(1_000, test.Network.Now - start);
        Assert.All(ids, id => Assert.Equal(ErrorCode.RequestTimedOut, test[id].Error));
        Assert.Equal(
            Enumerable.Repeat(PersistenceStatus.PossiblyPersisted, 5).Append(PersistenceStatus.NotPersisted),
            ids.Select(id => test[id].Status));
    }

    [Fact]
    public void Retries_bound_how_often_a_batch_is_sent_again()
    {
        var test = new ProducerUnderTest(seed: 9, new ProducerSettings { Retries = 2, EnableIdempotence = false });
        test.Cluster.Refuse = (_, _) => ErrorCode.NotEnoughReplicas;
        var (_, id) = test.Append(partition: 0);
        Assert.True(test.RunUntilReported());
        Assert.Equal(ErrorCode.NotEnoughReplicas, test[id].Error);
        Assert.Equal(3, test.Cluster.ProduceRequests.Count);
    }

    [Fact]
    public void Abort_reports_everything()
    {
        var test = new ProducerUnderTest(
            seed: 10, new ProducerSettings { BufferMemory = 300, MaxRequestSize = 200, BatchSize = 80 });
        for (var i = 0; i < 20; i++)
            test.Append(partition: i % 2);
        test.Append(partition: 0, topic: "nowhere");
        test.Producer.Flush(1);
        test.Network.RunUntil(test.Network.Now + 6);
        test.Network.Abort();
        Assert.True(test.IsEverythingReported);
        Assert.Equal([1L], test.FlushesCompleted);
        Assert.Equal(ErrorCode.InvalidRequest, test.Append(partition: 0).Result.Error);
    }

    [Fact]
    public void Closed_producer_refuses_records_and_still_reports_what_it_has()
    {
        var test = new ProducerUnderTest(seed: 11, new ProducerSettings { LingerMs = 10_000 });
        test.Append(partition: 0);
        test.Producer.Close();
        Assert.Equal(ErrorCode.InvalidRequest, test.Append(partition: 0).Result.Error);
        Assert.True(test.RunUntilReported(1_000));
    }

    [Theory]
    [InlineData(0, 5, 5)]
    [InlineData(int.MaxValue, 1, 0)]
    [InlineData(int.MaxValue - 2, 10, 7)]
    public void Sequence_numbers_wrap_to_0(int sequence, int records, int next) =>
        Assert.Equal(next, ProducerClient.Advance(sequence, records));
}
