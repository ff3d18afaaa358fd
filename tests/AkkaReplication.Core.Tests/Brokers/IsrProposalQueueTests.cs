using AkkaReplication.Brokers;
using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Brokers;

public sealed class IsrProposalQueueTests
{
    private static readonly BrokerEpoch Epoch = new(12);

    private readonly IsrProposalQueue _queue = new(new IsrProposalQueueOptions(new(1), 4_500, 50));
    private readonly EffectList _effects = new();
    private long _nowMs = 1_000;

    [Fact]
    public void Nothing_is_sent_before_the_broker_is_registered()
    {
        Propose(0);
        Assert.Equal(0, _effects.Count);

        Do(() => _queue.OnRegistered(_nowMs, Epoch, _effects));

        var request = Sent();
        Assert.Equal((new BrokerId(1), Epoch), (request.Broker, request.BrokerEpoch));
    }

    [Fact]
    public void One_request_is_in_flight_and_what_comes_meanwhile_goes_together_in_the_next()
    {
        Register();
        Propose(0);
        var first = Sent();
        Propose(1);
        Propose(2);
        Assert.Equal(0, _effects.Count);

        Answer(first, ErrorCode.None);

        Assert.Equal(0, Delivered().Partition.Partition);
        Assert.Equal([1, 2], Sent().Proposals.Select(p => p.Partition.Partition));
    }

    [Fact]
    public void A_proposal_after_an_answer_goes_at_once()
    {
        Register();
        Propose(0);
        Answer(Sent(), ErrorCode.None);
        Assert.Equal(0, _queue.Count);

        Propose(0);

        Assert.Single(Sent().Proposals);
    }

    [Theory]
    [InlineData(ErrorCode.None)]
    [InlineData(ErrorCode.IneligibleReplica)]
    [InlineData(ErrorCode.UnknownTopicId)]
    [InlineData(ErrorCode.UnknownTopicOrPartition)]
    [InlineData(ErrorCode.FencedLeaderEpoch)]
    [InlineData(ErrorCode.InvalidUpdateVersion)]
    [InlineData(ErrorCode.InvalidRequest)]
    [InlineData(ErrorCode.NewLeaderElected)]
    public void A_decision_reaches_the_leader_and_leaves_the_queue_first(ErrorCode error)
    {
        Register();
        Propose(0);

        Answer(Sent(), error);

        Assert.Equal(error, Delivered().Error);
        Assert.Equal(0, _queue.Count);
    }

    [Theory]
    [InlineData(ErrorCode.NotController)]
    [InlineData(ErrorCode.UnknownServerError)]
    [InlineData(ErrorCode.RequestTimedOut)]
    public void What_is_no_decision_is_sent_again_after_a_pause(ErrorCode error)
    {
        Register();
        Propose(0);
        var first = Sent();

        Answer(first, error);

        Assert.Empty(_effects.AsReadOnly().OfType<DeliverIsrAnswer>());
        Assert.Equal(50, Single<StartIsrTimer>().DelayMs);
        Propose(1);
        Assert.Equal(0, _effects.Count);
        Later(50);
        Assert.Equal([0, 1], Sent().Proposals.Select(p => p.Partition.Partition));
        Assert.True(Sent().RequestId > first.RequestId);
    }

    [Fact]
    public void A_refusal_of_the_whole_request_is_sent_again_after_a_pause()
    {
        Register();
        Propose(0);
        var id = Sent().RequestId;

        Do(() => _queue.OnAnswer(_nowMs, new AlterPartitionsAnswer(id, ErrorCode.StaleBrokerEpoch, []), _effects));

        Later(50);
        Assert.Single(Sent().Proposals);
    }

    [Fact]
    public void A_proposal_that_an_answer_leaves_out_is_sent_again()
    {
        Register();
        Propose(0);
        var id = Sent().RequestId;
        Do(() => _queue.OnAnswer(_nowMs, new AlterPartitionsAnswer(id, ErrorCode.None, []), _effects));

        Later(50);

        Assert.Single(Sent().Proposals);
    }

    [Fact]
    public void Without_an_answer_it_is_sent_for_ever()
    {
        Register();
        Propose(0);
        for (var i = 0; i < 20; i++)
        {
            Later(4_499);
            Assert.Empty(_effects.AsReadOnly().OfType<SendAlterPartitions>());
            Later(1);
            Assert.Single(Sent().Proposals);
        }
    }

    [Fact]
    public void The_answer_to_an_earlier_request_is_ignored()
    {
        Register();
        Propose(0);
        var first = Sent();
        Later(4_500);
        var second = Sent();

        Answer(first, ErrorCode.IneligibleReplica);
        Assert.Equal(0, _effects.Count);
        Answer(second, ErrorCode.None);

        Assert.Equal(ErrorCode.None, Delivered().Error);
    }

    [Fact]
    public void An_answer_to_a_withdrawn_proposal_reaches_nobody()
    {
        Register();
        Propose(0, id: 1);
        var first = Sent();
        _queue.OnWithdraw(Proposal(0).Partition);
        Propose(0, leaderEpoch: 6, id: 1);

        Answer(first, ErrorCode.None);

        Assert.Empty(_effects.AsReadOnly().OfType<DeliverIsrAnswer>());
        Assert.Equal(6, Assert.Single(Sent().Proposals).LeaderEpoch.Value);
    }

    [Fact]
    public void A_second_proposal_of_the_same_epochs_was_never_attempted()
    {
        Register();
        Propose(0, id: 1);

        Propose(0, id: 2);

        Assert.Equal((ErrorCode.OperationNotAttempted, 2L), (Delivered().Error, Delivered().ProposalId));
        Assert.Equal(1, _queue.Count);
    }

    [Theory]
    [InlineData(6, 3)]
    [InlineData(5, 4)]
    public void A_proposal_of_a_later_epoch_takes_the_place_of_the_older_one(int leaderEpoch, int partitionEpoch)
    {
        Register();
        Propose(0);
        var first = Sent();
        Propose(0, leaderEpoch, partitionEpoch, id: 2);

        Answer(first, ErrorCode.None);

        Assert.Empty(_effects.AsReadOnly().OfType<DeliverIsrAnswer>());
        Assert.Equal(2, Assert.Single(Sent().Proposals).ProposalId);
    }

    [Fact]
    public void With_another_controller_everything_is_sent_again_at_once()
    {
        Register();
        Propose(0);

        Do(() => _queue.OnControllerChanged(_nowMs, _effects));

        Assert.Single(Sent().Proposals);
    }

    [Fact]
    public void A_request_stays_below_the_size_of_a_control_message_and_the_rest_follows()
    {
        for (var p = 0; p < 450; p++)
            Propose(p);
        Register();
        Assert.Equal(400, Sent().Proposals.Length);

        Answer(Sent(), ErrorCode.None);

        Assert.Equal(50, Sent().Proposals.Length);
    }

    private static IsrProposal Proposal(int partition, int leaderEpoch = 5, int partitionEpoch = 3, long id = 1) =>
        new(
            new TopicIdPartition(new TopicId(new Guid(1, 0, 0, new byte[8])), partition),
            id,
            new LeaderEpoch(leaderEpoch),
            new PartitionEpoch(partitionEpoch),
            LeaderRecoveryState.Recovered,
            []);

    private void Register() => Do(() => _queue.OnRegistered(_nowMs, Epoch, _effects));

    private void Propose(int partition, int leaderEpoch = 5, int partitionEpoch = 3, long id = 1) =>
        Do(() => _queue.OnProposal(_nowMs, Proposal(partition, leaderEpoch, partitionEpoch, id), _effects));

    private void Answer(AlterPartitions request, ErrorCode error) => Do(() => _queue.OnAnswer(
        _nowMs,
        new AlterPartitionsAnswer(
            request.RequestId,
            ErrorCode.None,
            [.. request.Proposals.Select(p => new IsrProposalAnswer(
                p.Partition, p.ProposalId, error, new(1), p.LeaderEpoch, p.PartitionEpoch.Next(), p.RecoveryState, []))]),
        _effects));

    private void Later(long ms)
    {
        _nowMs += ms;
        Do(() => _queue.OnTimer(_nowMs, _effects));
    }

    private void Do(Action action)
    {
        _effects.Clear();
        action();
    }

    private AlterPartitions Sent() => Single<SendAlterPartitions>().Request;

    private IsrProposalAnswer Delivered() => Single<DeliverIsrAnswer>().Answer;

    private T Single<T>()
        where T : Effect => Assert.Single(_effects.AsReadOnly().OfType<T>());
}
