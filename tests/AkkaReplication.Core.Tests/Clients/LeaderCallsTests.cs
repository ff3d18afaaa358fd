using System.Collections.Immutable;
using AkkaReplication.Clients;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>What an administrative client asks of partitions' leaders, and how it finds them.</summary>
public class LeaderCallsTests
{
    private static readonly ImmutableArray<BrokerId> Brokers = [new(0), new(1), new(2)];
    private static readonly TopicId Topic = new(new Guid(5, 0, 0, new byte[8]));

    private readonly List<LeaderCallCompleted> _completed = [];
    private readonly List<(BrokerId Broker, DeleteRecordsRequest Request)> _asked = [];
    private readonly ModelNetwork _network;
    private readonly AdminClient _admin;
    private BrokerId[] _leaders = [new(0), new(1), new(0)];
    private bool _topicExists = true;
    private long _metadataOffset = 10;

    public LeaderCallsTests()
    {
        _network = new ModelNetwork(
            new Random(1), effect => _completed.Add(Assert.IsType<LeaderCallCompleted>(effect)));
        _admin = new AdminClient(
            new AdminSettings { Bootstrap = Brokers, RequestTimeoutMs = 2_000 }, _network.Random.NextDouble);
        _network.Machine = _admin;
        Serve((_, partition) => (ErrorCode.None, partition.Offset));
    }

    [Fact]
    public void One_request_goes_to_each_leader_and_answers_keep_their_order()
    {
        Ask((0, 5), (1, 6), (2, 7));

        Assert.True(_network.RunUntil(() => _completed.Count > 0, 5_000));

        Assert.Equal([5L, 6L, 7L], _completed[0].Answers.Select(a => a.Offset));
        Assert.Equal([0, 1], _asked.Select(a => a.Broker.Value).Order());
        Assert.Equal(3, _asked.Sum(a => a.Request.Partitions.Length));
    }

    [Fact]
    public void Who_leads_no_more_says_so_and_the_next_leader_is_asked()
    {
        Serve((broker, partition) => broker.Value == 0
            ? (ErrorCode.NotLeaderOrFollower, -1)
            : (ErrorCode.None, partition.Offset));
        Ask((0, 5));
        _network.RunUntil(() => _asked.Count > 0, 5_000);
        Move(partition: 0, to: 2);

        Assert.True(_network.RunUntil(() => _completed.Count > 0, 5_000));

        var answer = Assert.Single(_completed[0].Answers);
        Assert.Equal((ErrorCode.None, false), (answer.Error, answer.MayHaveRun));
        Assert.Equal(2, _asked[^1].Broker.Value);
    }

    [Fact]
    public void Leader_that_hangs_is_left_for_its_successor()
    {
        Serve((broker, partition) => broker.Value == 0 ? null : (ErrorCode.None, partition.Offset));
        Ask((0, 5));
        _network.RunUntil(() => _asked.Count > 0, 5_000);
        Move(partition: 0, to: 1);
        var start = _network.Now;

        Assert.True(_network.RunUntil(() => _completed.Count > 0, 5_000));
        Assert.InRange(_network.Now - start, 0, 1_500);
        Assert.Equal(ErrorCode.None, Assert.Single(_completed[0].Answers).Error);
    }

    [Fact]
    public void Final_error_of_one_partition_leaves_the_others_alone()
    {
        Serve((_, partition) => partition.Partition.Partition == 1
            ? (ErrorCode.OffsetOutOfRange, -1)
            : (ErrorCode.None, partition.Offset));
        Ask((0, 5), (1, 600));

        Assert.True(_network.RunUntil(() => _completed.Count > 0, 5_000));

        Assert.Equal([ErrorCode.None, ErrorCode.OffsetOutOfRange], _completed[0].Answers.Select(a => a.Error));
    }

    [Fact]
    public void Nobody_who_answers_ends_in_time_and_says_that_it_may_have_happened()
    {
        Serve((_, _) => null);
        var start = _network.Now;
        Ask((0, 5));

        Assert.True(_network.RunUntil(() => _completed.Count > 0, 30_000));

        Assert.InRange(_network.Now - start, 10_000, 10_010);
        var answer = Assert.Single(_completed[0].Answers);
        Assert.Equal((ErrorCode.RequestTimedOut, true), (answer.Error, answer.MayHaveRun));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 9)]
    public void What_does_not_exist_is_given_up_early(bool topicExists, int partition)
    {
        _topicExists = topicExists;
        var start = _network.Now;
        Ask((partition, 5));

        Assert.True(_network.RunUntil(() => _completed.Count > 0, 30_000));

        Assert.InRange(_network.Now - start, 5_000, 5_010);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single(_completed[0].Answers).Error);
        Assert.Empty(_asked);
    }

    [Fact]
    public void Topic_that_becomes_known_in_time_is_asked_for()
    {
        _topicExists = false;
        Ask((0, 5));
        _network.RunUntil(_network.Now + 2_000);
        _topicExists = true;
        _metadataOffset++;

        Assert.True(_network.RunUntil(() => _completed.Count > 0, 1_500));
        Assert.Equal(ErrorCode.None, Assert.Single(_completed[0].Answers).Error);
    }

    [Fact]
    public void What_was_forgotten_is_not_asked_again()
    {
        Serve((_, _) => (ErrorCode.NotLeaderOrFollower, -1));
        Ask((0, 5));
        _network.RunUntil(() => _asked.Count > 0, 5_000);

        _admin.Forget(7);
        var asked = _asked.Count;
        _network.RunUntil(_network.Now + 20_000);

        Assert.Equal(asked, _asked.Count);
        Assert.Empty(_completed);
    }

    [Fact]
    public void Abort_ends_every_call()
    {
        Serve((_, _) => null);
        Ask((0, 5));
        _network.RunUntil(() => _asked.Count > 0, 5_000);
        _network.Abort();
        var answer = Assert.Single(Assert.Single(_completed).Answers);
        Assert.Equal((ErrorCode.InvalidRequest, true), (answer.Error, answer.MayHaveRun));
    }

    private void Ask(params (int Partition, long Offset)[] partitions)
    {
        var named = partitions.Select(p => (new TopicPartition("t", p.Partition), p.Offset)).ToArray();
        _admin.AskLeaders(_network.Now, token: 7, new DeleteRecordsQuery(), named, timeoutMs: 10_000);
        _network.Turn();
    }

    private void Move(int partition, int to)
    {
        _leaders = [.. _leaders.Select((leader, p) => p == partition ? new BrokerId(to) : leader)];
        _metadataOffset++;
    }

    /// <param name="answer">Null for none.</param>
    private void Serve(Func<BrokerId, PartitionDeletion, (ErrorCode Error, long LowWatermark)?> answer) =>
        _network.Serve = (broker, request, reply) =>
        {
            if (request is MetadataRequest)
            {
                reply(Describe());
                return;
            }

            var delete = Assert.IsType<DeleteRecordsRequest>(request);
            _asked.Add((broker, delete));
            var results = delete.Partitions.Select(p => (p.Partition, Result: answer(broker, p))).ToArray();
            if (Array.TrueForAll(results, r => r.Result is not null))
            {
                reply(new DeleteRecordsResponse(
                [
                    .. results.Select(r =>
                        new PartitionDeleted(r.Partition, r.Result!.Value.Error, r.Result.Value.LowWatermark, null)),
                ]));
            }
        };

    private MetadataResponse Describe()
    {
        var error = _topicExists ? ErrorCode.None : ErrorCode.UnknownTopicOrPartition;
        ImmutableArray<PartitionInfo> partitions = _topicExists
            ? [.. _leaders.Select((leader, p) => new PartitionInfo(
                p, ErrorCode.None, leader, new LeaderEpoch((int)_metadataOffset), default, Brokers, Brokers, []))]
            : [];
        return new MetadataResponse(
            "c",
            _metadataOffset,
            BrokerId.None,
            [.. Brokers.Select(id => new BrokerInfo(id, null, false))],
            [new TopicInfo("t", Topic, error, partitions, ImmutableSortedDictionary<string, string>.Empty)]);
    }
}
