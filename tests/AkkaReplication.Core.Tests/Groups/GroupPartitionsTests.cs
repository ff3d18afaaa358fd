using AkkaReplication.Groups;

namespace AkkaReplication.Core.Tests.Groups;

public class GroupPartitionsTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("a", 97)]
    [InlineData("hello", 99162322)]
    [InlineData("orders-group", -403968617)]
    [InlineData("polygenelubricants", int.MinValue)]
    [InlineData("\u20ac", 0x20ac)]
    [InlineData("\ud83d\ude00", 0xd83d * 31 + 0xde00)]
    public void The_hash_is_javas(string text, int hash) => Assert.Equal(hash, GroupPartitions.JavaHash(text));

    [Theory]
    [InlineData("hello", 50, 22)]
    [InlineData("polygenelubricants", 50, 0)]
    [InlineData("orders-group", 50, 17)]
    [InlineData("a", 1, 0)]
    [InlineData("a", 50, 47)]
    public void A_groups_partition_is_kafkas(string group, int partitions, int partition) =>
        Assert.Equal(partition, GroupPartitions.PartitionOf(group, partitions));

    [Fact]
    public void There_is_no_partition_of_none() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupPartitions.PartitionOf("g", 0));
}
