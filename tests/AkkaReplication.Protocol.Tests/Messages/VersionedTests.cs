using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Protocol.Tests.Messages;

/// <summary>Keys and values of the internal topics, put together by hand.</summary>
public sealed class VersionedTests
{
    [Fact]
    public void A_committed_offset_and_its_key()
    {
        AssertBytes(
            new OffsetCommitKey { Group = "g", Topic = "tt", Partition = 5 }, 1,
            "0001" + "000167" + "00027474" + "00000005");
        AssertBytes(
            new OffsetCommitValue { Offset = 7, LeaderEpoch = 3, Metadata = "m", CommitTimestamp = 9 }, 3,
            "0003" + "0000000000000007" + "00000003" + "00016D" + "0000000000000009");
        AssertBytes(
            new OffsetCommitValue { Offset = 7, Metadata = "", CommitTimestamp = 9 }, 1,
            "0001" + "0000000000000007" + "0000" + "0000000000000009" + "FFFFFFFFFFFFFFFF");
    }

    [Fact]
    public void A_group_and_its_key()
    {
        AssertBytes(new GroupMetadataKey { Group = "g" }, 2, "0002" + "000167");
        var group = new GroupMetadataValue
        {
            ProtocolType = "consumer",
            Generation = 4,
            Protocol = "range",
            Leader = null,
            CurrentStateTimestamp = 1,
            Members =
            [
                new()
                {
                    MemberId = "m",
                    GroupInstanceId = null,
                    ClientId = "c",
                    ClientHost = "/h",
                    RebalanceTimeout = 2,
                    SessionTimeout = 3,
                    Subscription = new byte[] { 1 },
                    Assignment = new byte[] { 2, 3 },
                },
            ],
        };
        AssertBytes(
            group, 3,
            "0003" + "0008636F6E73756D6572" + "00000004" + "000572616E6765" + "FFFF" + "0000000000000001"
            + "00000001" + "00016D" + "FFFF" + "000163" + "00022F68" + "00000002" + "00000003" + "0000000101" + "000000020203");
    }

    [Fact]
    public void A_transaction_and_its_key()
    {
        AssertBytes(new TransactionLogKey { TransactionalId = "x" }, 0, "0000" + "000178");
        AssertBytes(
            new TransactionLogValue
            {
                ProducerId = 1,
                ProducerEpoch = 2,
                TransactionTimeoutMs = 3,
                TransactionStatus = 1,
                TransactionPartitions = [new() { Topic = "t", PartitionIds = [4] }],
                TransactionLastUpdateTimestampMs = 5,
                TransactionStartTimestampMs = 6,
            },
            0,
            "0000" + "0000000000000001" + "0002" + "00000003" + "01" + "00000001" + "000174" + "00000001" + "00000004"
            + "0000000000000005" + "0000000000000006");
    }

    [Fact]
    public void A_subscription_of_a_later_version_is_read_as_the_latest_that_is_known()
    {
        var bytes = Convert.FromHexString(
            "0009" + "00000001" + "000174" + "FFFFFFFF" + "00000001" + "000174" + "00000001" + "00000002" + "00000005" + "000172" + "AABB");

        var subscription = Versioned.Read<ConsumerProtocolSubscription>(bytes, laterVersionsAlike: true);

        Assert.Equal(["t"], subscription.Topics);
        Assert.Equal((null, 5, "r"), (subscription.UserData, subscription.GenerationId, subscription.RackId));
        Assert.Equal([2], subscription.OwnedPartitions[0].Partitions);
        var error = Assert.Throws<InvalidMessageException>(() => Versioned.Read<ConsumerProtocolSubscription>(bytes));
        Assert.Equal(ErrorCode.UnsupportedVersion, error.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("FFFF")]
    [InlineData("0001")]
    [InlineData("00017FFF")]
    public void What_is_no_key_is_refused(string hex) =>
        Assert.Throws<InvalidMessageException>(() => Versioned.Read<OffsetCommitKey>(Convert.FromHexString(hex)));

    private static void AssertBytes<T>(T message, short version, string hex)
        where T : class, IKafkaMessage<T>
    {
        Assert.Equal(hex, Convert.ToHexString(Versioned.Write(message, version)));
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(version, Versioned.VersionOf(bytes));
        var kind = MessageKinds.Of(typeof(T).Name);
        MessageFields.AssertRead(message, Versioned.Read<T>(bytes), kind.Message.Fields, kind.Schema, version);
    }
}
