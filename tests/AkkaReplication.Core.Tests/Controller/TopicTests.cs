using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Controller;

public sealed class TopicTests
{
    [Fact]
    public void Without_a_word_a_topic_has_one_partition_and_up_to_three_replicas()
    {
        var c = new ControllerContext().Running(0, 1, 2, 3);

        c.Create(new NewTopic("t", -1, -1, [], ControllerContext.Configs()));

        Assert.Single(c.Image.TryGetTopic("t")!.Partitions);
        Assert.Equal(3, c.Partition().Replicas.Length);
        Assert.Equal(2, c.Partition().MinIsr);
    }

    [Theory]
    [InlineData(1, null, 1)]
    [InlineData(2, null, 1)]
    [InlineData(3, null, 2)]
    [InlineData(3, "1", 1)]
    [InlineData(3, "3", 3)]
    [InlineData(2, "5", 2)]
    public void Min_isr_never_exceeds_the_replicas_and_is_two_from_three_replicas_on(int replicas, string? configured, int effective)
    {
        var c = new ControllerContext().Running(0, 1, 2);
        var configs = configured is null
            ? ControllerContext.Configs()
            : ControllerContext.Configs((TopicConfigs.MinInsyncReplicas, configured));

        c.Create(new NewTopic("t", 1, (short)replicas, [], configs));

        Assert.Equal(effective, c.Partition().MinIsr);
    }

    [Theory]
    [InlineData("", 1, 1, ErrorCode.InvalidTopicException)]
    [InlineData("a/b", 1, 1, ErrorCode.InvalidTopicException)]
    [InlineData("there", 1, 1, ErrorCode.TopicAlreadyExists)]
    [InlineData("t", 0, 1, ErrorCode.InvalidPartitions)]
    [InlineData("t", 10_000, 1, ErrorCode.PolicyViolation)]
    [InlineData("t", 20_000, 1, ErrorCode.PolicyViolation)]
    [InlineData("t", 1, 0, ErrorCode.InvalidReplicationFactor)]
    [InlineData("t", 1, 3, ErrorCode.InvalidReplicationFactor)]
    public void What_cannot_be_is_refused_with_what_is_accepted(string name, int partitions, short replicas, ErrorCode expected)
    {
        var c = new ControllerContext().Running(0, 1).Topic("there", [[0]]);
        var before = c.Image;

        var result = c.Create(new NewTopic(name, partitions, replicas, [], ControllerContext.Configs()));

        Assert.Equal(expected, result.Error);
        Assert.NotEmpty(result.Message!);
        Assert.Same(before, c.Image);
    }

    [Theory]
    [InlineData("no.such.setting", "1")]
    [InlineData("min.insync.replicas", "0")]
    [InlineData("cleanup.policy", "compacted")]
    public void A_bad_setting_is_refused_by_name(string name, string value)
    {
        var c = new ControllerContext().Running(0);

        var result = c.Create("t", [[0]], (name, value));

        Assert.Equal(ErrorCode.InvalidConfig, result.Error);
        Assert.Contains(name, result.Message!, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_contradict_each_other_are_refused()
    {
        var c = new ControllerContext().Running(0);

        var result = c.Create("t", [[0]], (TopicConfigs.MinCompactionLagMs, "2"), (TopicConfigs.MaxCompactionLagMs, "1"));

        Assert.Equal(ErrorCode.InvalidConfig, result.Error);
        Assert.Contains(TopicConfigs.MinCompactionLagMs, result.Message!, StringComparison.Ordinal);
        Assert.Null(c.Image.TryGetTopic("t"));
    }

    [Fact]
    public void Assignments_by_hand_must_make_sense()
    {
        var c = new ControllerContext().Running(0, 1);
        c.Register(2);

        Assert.Equal(ErrorCode.InvalidReplicaAssignment, c.Create("t", [[]]).Error);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, c.Create("t", [[0, 0]]).Error);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, c.Create("t", [[0, 9]]).Error);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, c.Create("t", [[0, 1], [0]]).Error);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, c.Create("t", [[2]]).Error);
        Assert.Null(c.Image.TryGetTopic("t"));

        Assert.Equal(ErrorCode.None, c.Create("t", [[2, 1]]).Error);
        c.Partition().Is(leader: 1, isr: [1]);
    }

    [Fact]
    public void Each_topic_of_a_request_stands_or_falls_alone()
    {
        var c = new ControllerContext().Running(0);
        NewTopic Topic(string name) => new(name, 1, 1, [], ControllerContext.Configs());

        var answer = c.Ask<TopicsAnswer>(new CreateTopics(
            3, [Topic("good"), Topic("bad name"), Topic("twice"), Topic("twice")], ValidateOnly: false));

        Assert.Equal(3, answer.RequestId);
        Assert.Equal(
            [ErrorCode.None, ErrorCode.InvalidTopicException, ErrorCode.InvalidRequest, ErrorCode.InvalidRequest],
            answer.Results.Select(r => r.Error));
        Assert.Equal(["good"], c.Image.TopicsByName.Keys);
    }

    [Fact]
    public void Validation_alone_writes_nothing()
    {
        var c = new ControllerContext().Running(0);

        var decision = c.Do(new CreateTopics(1, [new NewTopic("t", 1, 1, [], ControllerContext.Configs())], ValidateOnly: true));

        Assert.Empty(decision.Records);
        var result = Assert.Single(Assert.IsType<TopicsAnswer>(decision.Reply).Results);
        Assert.Equal((ErrorCode.None, TopicId.None), (result.Error, result.TopicId));
    }

    [Fact]
    public void A_topic_made_again_has_another_identity()
    {
        var c = new ControllerContext().Running(0).Topic("t", [[0]]);
        var first = c.Partition().TopicId;

        var answer = c.Ask<TopicsAnswer>(new DeleteTopics(1, ["t", "t", "unknown"]));

        Assert.Equal(
            [ErrorCode.None, ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicOrPartition],
            answer.Results.Select(r => r.Error));
        Assert.Equal(0, c.Image.PartitionCount);
        c.Topic("t", [[0]]);
        Assert.NotEqual(first, c.Partition().TopicId);
    }

    [Fact]
    public void Raising_min_isr_empties_the_elr_and_tells_the_leader_by_a_new_partition_epoch()
    {
        // L4, KAFKA-16540.
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);
        c.SetIsr("t", 0);
        c.Partition().Is(isr: [0], elr: [1, 2]);
        var epoch = c.Partition().PartitionEpoch;

        Assert.Equal(ErrorCode.None, c.SetConfigs("t", (TopicConfigs.MinInsyncReplicas, "3")).Error);

        Assert.Equal(3, c.Partition().MinIsr);
        c.Partition().Is(isr: [0], elr: [], lastKnownElr: [1, 2], partitionEpoch: epoch.Value + 1);
    }

    [Fact]
    public void Lowering_min_isr_to_what_is_in_sync_empties_the_elr()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);
        c.SetIsr("t", 0);

        c.SetConfigs("t", (TopicConfigs.MinInsyncReplicas, "1"));

        c.Partition().Is(isr: [0], elr: [], lastKnownElr: []);
    }

    [Fact]
    public void A_partition_without_a_leader_keeps_the_only_replicas_that_can_bring_it_back()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);
        c.SetIsr("t", 0);
        c.Fence(0);
        c.Fence(1);
        c.Fence(2);
        c.Partition().Is(leader: -1, isr: [], elr: [0, 1, 2]);

        c.SetConfigs("t", (TopicConfigs.MinInsyncReplicas, "1"));
        c.Partition().Is(leader: -1, isr: [], elr: [0, 1, 2]);
        c.Unfence(1);

        c.Partition().Is(leader: 1, isr: [1], elr: [], recovery: LeaderRecoveryState.Recovered);
    }

    [Fact]
    public void A_setting_can_be_reset_and_bad_ones_change_nothing()
    {
        var c = new ControllerContext().Running(0).Topic("t", [[0]], (TopicConfigs.RetentionMs, "5"));

        Assert.Equal(
            ErrorCode.InvalidConfig, c.SetConfigs("t", (TopicConfigs.RetentionMs, "6"), (TopicConfigs.SegmentBytes, "x")).Error);
        Assert.Equal(5, c.Image.TryGetTopic("t")!.Settings.RetentionMs);
        Assert.Equal(ErrorCode.InvalidConfig, c.SetConfigs("t", ("no.such", null)).Error);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, c.SetConfigs("u", (TopicConfigs.RetentionMs, "6")).Error);

        Assert.Equal(ErrorCode.None, c.SetConfigs("t", (TopicConfigs.RetentionMs, null)).Error);
        Assert.Equal(604_800_000, c.Image.TryGetTopic("t")!.Settings.RetentionMs);
        var before = c.Image;
        c.SetConfigs("t", (TopicConfigs.RetentionMs, null));
        Assert.Same(before, c.Image);
    }

    [Fact]
    public void What_a_topics_creator_does_not_say_is_the_clusters_default_and_stays_so()
    {
        var options = new ControllerOptions
        {
            TopicDefaults = ControllerContext.Configs((TopicConfigs.RetentionMs, "7"), (TopicConfigs.SegmentBytes, "1000")),
        };
        var c = new ControllerContext(options).Running(0).Topic("t", [[0]], (TopicConfigs.RetentionMs, "5")).Topic("u", [[0]]);

        Assert.Equal((5L, 1000), Of("t"));
        Assert.Equal((7L, 1000), Of("u"));
        c.SetConfigs("t", (TopicConfigs.RetentionMs, null));
        Assert.Equal((7L, 1000), Of("t"));
        c.SetConfigs("u", (TopicConfigs.SegmentBytes, "2000"));
        Assert.Equal((7L, 2000), Of("u"));
        var before = c.Image;
        c.SetConfigs("u", (TopicConfigs.RetentionMs, null));
        Assert.Same(before, c.Image);

        (long, int) Of(string topic) => c.Image.TryGetTopic(topic)!.Settings is var s ? (s.RetentionMs, s.SegmentBytes) : default;
    }

    [Fact]
    public void Producer_ids_come_in_blocks_that_never_overlap()
    {
        var c = new ControllerContext().Running(0, 1);
        AllocateProducerIdsAnswer Allocate(int broker, BrokerEpoch epoch) =>
            c.Ask<AllocateProducerIdsAnswer>(new AllocateProducerIds(new(broker), epoch, 8));

        Assert.Equal(new AllocateProducerIdsAnswer(8, ErrorCode.None, 0, 1000), Allocate(0, c.EpochOf(0)));
        Assert.Equal(new AllocateProducerIdsAnswer(8, ErrorCode.None, 1000, 1000), Allocate(1, c.EpochOf(1)));
        Assert.Equal(ErrorCode.StaleBrokerEpoch, Allocate(1, c.EpochOf(0)).Error);
        Assert.Equal(2000, c.Image.NextProducerId);
    }
}
