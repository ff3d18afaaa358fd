using System.Collections.Immutable;
using AkkaReplication.Clients;

namespace AkkaReplication.Core.Tests.Clients;

public class ClientMetadataTests
{
    private static readonly TopicId Id = new(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));

    [Fact]
    public void Answer_of_a_lagging_broker_does_not_bring_an_old_leader_back()
    {
        var metadata = new ClientMetadata();
        Assert.Equal(MetadataNews.Fresh, metadata.Update(Answer(offset: 9, leader: 2, epoch: 4)));
        Assert.Equal(MetadataNews.Stale, metadata.Update(Answer(offset: 8, leader: 1, epoch: 3)));
        Assert.True(metadata.TryGetLeader(new TopicPartition("t", 0), out var leader));
        Assert.Equal((new BrokerId(2), new LeaderEpoch(4)), (leader.Broker, leader.Epoch));
    }

    [Fact]
    public void Without_an_offset_leader_epochs_tell_which_answer_is_older()
    {
        var metadata = new ClientMetadata();
        Assert.Equal(MetadataNews.Fresh, metadata.Update(Answer(offset: -1, leader: 2, epoch: 4)));
        Assert.Equal(MetadataNews.Stale, metadata.Update(Answer(offset: -1, leader: 1, epoch: 3)));
        Assert.True(metadata.TryGetLeader(new TopicPartition("t", 0), out var leader));
        Assert.Equal((new BrokerId(2), new LeaderEpoch(4)), (leader.Broker, leader.Epoch));

        // That the leader is gone is no older news; nor is what a broker says that knows of no epochs.
        Assert.Equal(MetadataNews.Fresh, metadata.Update(Answer(offset: -1, leader: -1, epoch: 4)));
        Assert.False(metadata.TryGetLeader(new TopicPartition("t", 0), out _));
        Assert.Equal(MetadataNews.Fresh, metadata.Update(Answer(offset: -1, leader: 1, epoch: -1)));
        Assert.True(metadata.TryGetLeader(new TopicPartition("t", 0), out _));
    }

    [Fact]
    public void A_topic_that_was_made_anew_begins_its_epochs_anew()
    {
        var metadata = new ClientMetadata();
        metadata.Update(Answer(offset: -1, leader: 2, epoch: 4));
        var answer = Answer(offset: -1, leader: 1, epoch: 0);
        answer = answer with { Topics = [answer.Topics[0] with { Id = new TopicId(Guid.NewGuid()) }] };

        Assert.Equal(MetadataNews.Fresh, metadata.Update(answer));

        Assert.True(metadata.TryGetLeader(new TopicPartition("t", 0), out var leader));
        Assert.Equal(new BrokerId(1), leader.Broker);
    }

    [Fact]
    public void Answer_of_another_cluster_is_dropped()
    {
        var metadata = new ClientMetadata();
        metadata.Update(Answer(offset: 9, leader: 2, epoch: 4));
        var other = Answer(offset: 99, leader: 1, epoch: 9) with { ClusterId = "other" };
        Assert.Equal(MetadataNews.OtherCluster, metadata.Update(other));
        Assert.True(metadata.TryGetLeader(new TopicPartition("t", 0), out var leader));
        Assert.Equal(new BrokerId(2), leader.Broker);
    }

    [Fact]
    public void Partition_without_a_leader_has_none()
    {
        var metadata = new ClientMetadata();
        metadata.Update(Answer(offset: 9, leader: -1, epoch: 4));
        Assert.False(metadata.TryGetLeader(new TopicPartition("t", 0), out _));
        Assert.False(metadata.TryGetLeader(new TopicPartition("t", 1), out _));
        Assert.False(metadata.TryGetLeader(new TopicPartition("u", 0), out _));
    }

    [Fact]
    public void Batch_limit_of_a_topic_is_known()
    {
        var metadata = new ClientMetadata();
        metadata.Update(Answer(offset: 9, leader: 1, epoch: 4));
        Assert.Equal(2_000, metadata.Find("t")!.MaxMessageBytes);
    }

    private static MetadataResponse Answer(long offset, int leader, int epoch) => new(
        "cluster",
        offset,
        new BrokerId(0),
        [],
        [
            new TopicInfo(
                "t",
                Id,
                ErrorCode.None,
                [
                    new PartitionInfo(
                        Partition: 0,
                        ErrorCode.None,
                        new BrokerId(leader),
                        new LeaderEpoch(epoch),
                        new PartitionEpoch(0),
                        Replicas: [],
                        Isr: [],
                        Elr: []),
                ],
                ImmutableSortedDictionary<string, string>.Empty.Add("max.message.bytes", "2000")),
        ]);
}
