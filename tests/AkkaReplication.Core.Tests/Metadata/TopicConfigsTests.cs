using AkkaReplication.Metadata;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Metadata;

public sealed class TopicConfigsTests
{
    [Theory]
    [InlineData("min.insync.replicas", "1", "0")]
    [InlineData("min.insync.replicas", "2147483647", "2147483648")]
    [InlineData("unclean.leader.election.enable", "true", "yes")]
    [InlineData("max.message.bytes", "0", "-1")]
    [InlineData("segment.bytes", "14", "13")]
    [InlineData("segment.ms", "1", "0")]
    [InlineData("segment.index.bytes", "4", "3")]
    [InlineData("index.interval.bytes", "0", "1.5")]
    [InlineData("message.timestamp.type", "LogAppendTime", "logappendtime")]
    [InlineData("retention.ms", "-1", "-2")]
    [InlineData("retention.bytes", "9223372036854775807", "9223372036854775808")]
    [InlineData("cleanup.policy", "delete", "")]
    [InlineData("cleanup.policy", "compact", "Compact")]
    [InlineData("cleanup.policy", "compact, delete", "compact,compact")]
    [InlineData("cleanup.policy", "delete,compact", "compact,keep")]
    [InlineData("min.cleanable.dirty.ratio", "0", "-0.1")]
    [InlineData("min.cleanable.dirty.ratio", "1", "1.01")]
    [InlineData("min.compaction.lag.ms", "0", "-1")]
    [InlineData("max.compaction.lag.ms", "1", "0")]
    [InlineData("delete.retention.ms", "0", "-1")]
    [InlineData("compression.type", "producer", "zstd")]
    [InlineData("flush.messages", "9223372036854775807", "1")]
    [InlineData("preallocate", "false", "true")]
    [InlineData("min.cleanable.dirty.ratio", "0.5", "NaN")]
    public void Each_setting_accepts_its_range_and_says_so_when_it_does_not(string name, string good, string bad)
    {
        Assert.Null(TopicConfigs.Validate(name, good));
        var problem = TopicConfigs.Validate(name, bad);
        Assert.Contains(name, problem!, StringComparison.Ordinal);
        Assert.Contains("accepted: ", problem!, StringComparison.Ordinal);
        Assert.NotNull(TopicConfigs.Validate(name, null));
    }

    [Fact]
    public void An_unknown_setting_is_answered_with_those_there_are()
    {
        Assert.Contains("retention.ms", TopicConfigs.Validate("retention.msec", "1")!, StringComparison.Ordinal);
        Assert.False(TopicConfigs.IsKnown("retention.msec"));
    }

    [Fact]
    public void Settings_are_read_into_their_place()
    {
        var settings = TopicConfigs.Parse(new Dictionary<string, string>
        {
            ["min.insync.replicas"] = "2",
            ["unclean.leader.election.enable"] = "true",
            ["max.message.bytes"] = "3",
            ["segment.bytes"] = "40",
            ["segment.ms"] = "5",
            ["index.interval.bytes"] = "6",
            ["segment.index.bytes"] = "7",
            ["message.timestamp.type"] = "LogAppendTime",
            ["retention.ms"] = "8",
            ["retention.bytes"] = "9",
            ["cleanup.policy"] = "compact",
            ["min.cleanable.dirty.ratio"] = "0.25",
            ["min.compaction.lag.ms"] = "10",
            ["max.compaction.lag.ms"] = "11",
            ["delete.retention.ms"] = "12",
        });

        var expected = new TopicSettings
        {
            MinInsyncReplicas = 2,
            UncleanLeaderElectionEnable = true,
            MaxMessageBytes = 3,
            SegmentBytes = 40,
            SegmentMs = 5,
            IndexIntervalBytes = 6,
            SegmentIndexBytes = 7,
            MessageTimestampType = TimestampType.LogAppendTime,
            RetentionMs = 8,
            RetentionBytes = 9,
            IsCompacted = true,
            IsDeletedByRetention = false,
            MinCleanableDirtyRatio = 0.25,
            MinCompactionLagMs = 10,
            MaxCompactionLagMs = 11,
            DeleteRetentionMs = 12,
        };
        Assert.Equal(expected, settings);
        Assert.Throws<InvalidOperationException>(
            () => TopicConfigs.Parse(new Dictionary<string, string> { ["segment.ms"] = "0" }));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("A.b_c-9", true)]
    [InlineData("...", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("ä", false)]
    public void A_topic_name_is_what_kafka_accepts(string name, bool good) =>
        Assert.Equal(good, TopicNames.Validate(name) is null);

    [Fact]
    public void A_topic_name_has_at_most_249_characters()
    {
        Assert.Null(TopicNames.Validate(new string('a', 249)));
        Assert.NotNull(TopicNames.Validate(new string('a', 250)));
        Assert.NotNull(TopicNames.Validate(null));
    }
}
