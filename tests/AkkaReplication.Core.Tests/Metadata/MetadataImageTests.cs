using AkkaReplication.Core.Tests.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Metadata;

public sealed class MetadataImageTests
{
    private static readonly TopicId T = new(new Guid(1, 0, 0, new byte[8]));

    [Fact]
    public void Records_apply_in_order_without_gaps_and_epochs_never_fall()
    {
        var image = MetadataImage.Empty("c").Apply(new NoOpRecord(new(2)), 0, new(2));

        Assert.Throws<InvalidOperationException>(() => image.Apply(new NoOpRecord(new(2)), 0, new(2)));
        Assert.Throws<InvalidOperationException>(() => image.Apply(new NoOpRecord(new(2)), 2, new(2)));
        Assert.Throws<InvalidOperationException>(() => image.Apply(new NoOpRecord(new(1)), 1, new(1)));
        Assert.Equal(0, image.Offset);
    }

    public static TheoryData<MetadataRecord> Contradictions => new()
    {
        new RemoveTopicRecord(T),
        new PartitionRecord(T, 0, [new(0)], [new(0)], new(0), 1),
        new PartitionChangeRecord(T, 0),
        new TopicConfigRecord(T, "retention.ms", "1"),
        new BrokerChangeRecord(new(3), new(1), true, null),
        new MetadataVersionRecord(99),
        new ProducerIdsRecord(new(0), new(0), 0),
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void A_record_that_contradicts_the_image_is_an_error(MetadataRecord record) =>
        Assert.Throws<InvalidOperationException>(() => MetadataImage.Empty("c").Apply(record, 0, new(1)));

    [Fact]
    public void A_failed_batch_leaves_the_image_as_it_was()
    {
        var image = MetadataImage.Empty("c");
        var batch = new MetadataBatch(new(1), 0, [new TopicRecord("t", T), new TopicRecord("t", T)]);

        Assert.Throws<InvalidOperationException>(() => image.Apply(batch));

        Assert.Empty(image.TopicsById);
    }

    [Fact]
    public void Indices_follow_the_partitions()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2], [1, 2, 0], [2, 0, 1]]);
        c.Fence(0);
        c.Fence(1);

        Assert.Equal(3, c.Image.PartitionsWithIsrMember(new(2)).Length);
        Assert.Equal(3, c.Image.PartitionsWithElrMember(new(1)).Length);
        Assert.Empty(c.Image.PartitionsWithIsrMember(new(0)));
        Assert.Equal(3, c.Image.PartitionsLedBy(new(2)).Length);
        Assert.Equal(2, c.Image.Imbalanced.Length);
        Assert.Empty(c.Image.Leaderless);
        c.Fence(2);
        Assert.Equal(3, c.Image.Leaderless.Length);
        Assert.Empty(c.Image.PartitionsLedBy(new(2)));
    }

    [Fact]
    public void The_view_of_brokers_is_the_same_object_until_a_broker_changes()
    {
        var c = new ControllerContext().Running(0, 1);
        var before = c.Image.BrokersView.Brokers;

        c.Topic("t", [[0, 1]]);
        Assert.Same(before, c.Image.BrokersView.Brokers);
        c.Fence(1);
        Assert.NotSame(before, c.Image.BrokersView.Brokers);
        Assert.True(c.Image.BrokersView.Brokers[new(1)].Fenced);
    }

    [Fact]
    public void Partitions_are_found_by_name_and_by_id()
    {
        var c = new ControllerContext().Running(0).Topic("t", [[0], [0]]);
        var id = c.Image.TopicsByName["t"];

        Assert.Equal(1, c.Image.TryGetPartition(new TopicPartition("t", 1))!.Partition);
        Assert.Equal(1, c.Image.TryGetPartition(new TopicIdPartition(id, 1))!.Partition);
        Assert.Null(c.Image.TryGetPartition(new TopicPartition("t", 2)));
        Assert.Null(c.Image.TryGetPartition(new TopicPartition("t", -1)));
        Assert.Null(c.Image.TryGetPartition(new TopicPartition("T", 0)));
        Assert.Equal(2, c.Image.PartitionCount);
    }
}
