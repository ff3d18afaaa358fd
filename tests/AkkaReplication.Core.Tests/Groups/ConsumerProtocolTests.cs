using AkkaReplication.Groups;

namespace AkkaReplication.Core.Tests.Groups;

public class ConsumerProtocolTests
{
    private static readonly TopicPartition A0 = new("a", 0);
    private static readonly TopicPartition A1 = new("a", 1);

    [Fact]
    public void A_subscription_has_kafkas_version_3()
    {
        var bytes = ConsumerProtocol.Encode(new ConsumerSubscription(["a", "bc"], null, [A0, A1], 4, "r"));
        Assert.Equal(
            "0003" + "00000002" + "000161" + "00026263" + "ffffffff"
            + "00000001" + "000161" + "00000002" + "00000000" + "00000001"
            + "00000004" + "000172",
            Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void An_assignment_has_kafkas_layout() => Assert.Equal(
        "0003" + "00000001" + "000161" + "00000002" + "00000000" + "00000001" + "ffffffff",
        Convert.ToHexStringLower(ConsumerProtocol.EncodeAssignment([A0, A1])));

    [Theory]
    [InlineData("0000" + "00000001" + "000161" + "00000001" + "05", -1, null, 0)]
    [InlineData("0001" + "00000001" + "000161" + "00000001" + "05" + "00000001" + "000161" + "00000001" + "00000000", -1, null, 1)]
    [InlineData("0002" + "00000001" + "000161" + "00000001" + "05" + "00000000" + "00000007", 7, null, 0)]
    [InlineData("0003" + "00000001" + "000161" + "00000001" + "05" + "00000000" + "00000007" + "000172", 7, "r", 0)]
    [InlineData("0009" + "00000001" + "000161" + "00000001" + "05" + "00000000" + "00000007" + "000172" + "ffff", 7, "r", 0)]
    public void Older_and_newer_subscriptions_are_read(string hex, int generation, string? rack, int owned)
    {
        var bytes = Convert.FromHexString(hex);
        var subscription = ConsumerProtocol.DecodeSubscription(bytes);

        Assert.Equal(["a"], subscription.Topics.ToArray());
        Assert.Equal([5], subscription.UserData!.Value.ToArray());
        Assert.Equal(generation, subscription.Generation);
        Assert.Equal(rack, subscription.RackId);
        Assert.Equal(owned, subscription.OwnedPartitions.Length);
        Assert.Equal(["a"], ConsumerProtocol.TryReadTopics(bytes)!.Value.ToArray());
    }

    [Fact]
    public void An_assignment_of_no_bytes_is_none() => Assert.Empty(ConsumerProtocol.DecodeAssignment(default));

    [Fact]
    public void An_assignment_comes_back() => Assert.Equal(
        [A0, A1, new TopicPartition("b", 3)],
        ConsumerProtocol.DecodeAssignment(ConsumerProtocol.EncodeAssignment([new TopicPartition("b", 3), A0, A1])).ToArray());

    [Theory]
    [InlineData("")]
    [InlineData("0000")]
    [InlineData("00007fffffff")]
    [InlineData("ffff00000000")]
    public void What_is_no_subscription_has_no_topics(string hex) =>
        Assert.Null(ConsumerProtocol.TryReadTopics(Convert.FromHexString(hex)));
}
