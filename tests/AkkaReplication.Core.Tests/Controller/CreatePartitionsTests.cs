using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Controller;

public sealed class CreatePartitionsTests
{
    [Fact]
    public void Topic_grows_with_replicas_min_isr_and_leaders_like_the_others()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);
        var first = c.Partition();

        Assert.Equal(ErrorCode.None, c.Grow("t", 4).Error);

        var partitions = c.Image.TryGetTopic("t")!.Partitions;
        Assert.Equal(4, partitions.Count);
        Assert.Same(first, partitions[0]);
        Assert.All(partitions, p => Assert.Equal((3, 2), (p.Replicas.Length, p.MinIsr)));
        Assert.True(partitions.Select(p => p.Leader).Distinct().Count() > 1);
    }

    [Theory]
    [InlineData("t", 2, ErrorCode.InvalidPartitions)]
    [InlineData("t", 1, ErrorCode.InvalidPartitions)]
    [InlineData("t", 0, ErrorCode.InvalidPartitions)]
    [InlineData("t", -1, ErrorCode.InvalidPartitions)]
    [InlineData("t", 10_003, ErrorCode.PolicyViolation)]
    [InlineData("t", int.MaxValue, ErrorCode.PolicyViolation)]
    [InlineData("u", 3, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("", 3, ErrorCode.UnknownTopicOrPartition)]
    public void What_cannot_be_is_refused_with_what_is_accepted(string topic, int count, ErrorCode error)
    {
        var c = new ControllerContext().Running(0).Topic("t", [[0], [0]]);
        var before = c.Image;

        var result = c.Grow(topic, count);

        Assert.Equal(error, result.Error);
        Assert.NotEmpty(result.Message!);
        Assert.Same(before, c.Image);
    }

    [Fact]
    public void Assignments_by_hand_must_make_sense()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.Register(2);

        Assert.Equal(ErrorCode.InvalidReplicaAssignment, c.Grow("t", 3, [[0, 1]]).Error);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, c.Grow("t", 2, [[0]]).Error);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, c.Grow("t", 2, [[]]).Error);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, c.Grow("t", 2, [[1, 1]]).Error);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, c.Grow("t", 2, [[1, 9]]).Error);
        Assert.Single(c.Image.TryGetTopic("t")!.Partitions);

        Assert.Equal(ErrorCode.None, c.Grow("t", 2, [[2, 1]]).Error);
        c.Partition("t", 1).Is(leader: 1, isr: [1]);
    }

    [Fact]
    public void Too_few_brokers_are_an_invalid_replication_factor()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.Fence(0);
        c.Fence(1);
        Assert.Equal(ErrorCode.InvalidReplicationFactor, c.Grow("t", 2).Error);
    }

    [Fact]
    public void Each_topic_stands_or_falls_alone_and_validation_writes_nothing()
    {
        var c = new ControllerContext().Running(0).Topic("a", [[0]]).Topic("b", [[0]]).Topic("c", [[0]]);
        CreatePartitions Request(bool validateOnly) => new(
            7,
            [new("a", 2, []), new("b", 1, []), new("c", 2, []), new("c", 3, [])],
            validateOnly);

        var validated = c.Do(Request(validateOnly: true));
        Assert.Empty(validated.Records);
        var answer = c.Ask<TopicsAnswer>(Request(validateOnly: false));

        Assert.Equal(
            [ErrorCode.None, ErrorCode.InvalidPartitions, ErrorCode.InvalidRequest, ErrorCode.InvalidRequest],
            answer.Results.Select(r => r.Error));
        Assert.Equal(
            answer.Results.Select(r => r.Error),
            Assert.IsType<TopicsAnswer>(validated.Reply).Results.Select(r => r.Error));
        Assert.Equal(
            [2, 1, 1], c.Image.TopicsByName.Values.Select(id => c.Image.TopicsById[id].Partitions.Count));
    }

    [Fact]
    public void New_partitions_obey_the_topics_own_min_isr()
    {
        var c = new ControllerContext().Running(0, 1, 2)
            .Topic("t", [[0, 1, 2]], (TopicConfigs.MinInsyncReplicas, "3"));
        c.Grow("t", 2);
        Assert.Equal(3, c.Partition("t", 1).MinIsr);
    }
}
