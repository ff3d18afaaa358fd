using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Controller;

/// <summary>KIP-339: settings are changed one by one, resource by resource.</summary>
public sealed class ConfigTests
{
    [Fact]
    public void What_is_not_named_stays()
    {
        var c = Topic((TopicConfigs.RetentionMs, "5"), (TopicConfigs.SegmentBytes, "2000"));

        Assert.Equal(ErrorCode.None, c.AlterConfigs("t", AlterConfigOp.Set(TopicConfigs.RetentionMs, "6")).Error);

        var settings = c.Image.TryGetTopic("t")!.Settings;
        Assert.Equal((6L, 2000), (settings.RetentionMs, settings.SegmentBytes));
    }

    [Theory]
    [InlineData("no.such", "1", "retention.ms")]
    [InlineData("retention.ms", "soon", "a whole number from -1")]
    [InlineData("message.timestamp.type", "Never", "CreateTime or LogAppendTime")]
    [InlineData("cleanup.policy", "compress", "compact, delete, or both")]
    [InlineData("compression.type", "gzip", "only the default \"producer\"")]
    public void Unknown_name_and_bad_value_are_refused_with_what_is_accepted(string name, string value, string accepted)
    {
        var c = Topic();

        var result = c.AlterConfigs("t", AlterConfigOp.Set(name, value));

        Assert.Equal(ErrorCode.InvalidConfig, result.Error);
        Assert.Contains(accepted, result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resource_changes_wholly_or_not_at_all()
    {
        var c = Topic((TopicConfigs.RetentionMs, "5"));
        var before = c.Image;

        var result = c.AlterConfigs(
            "t",
            AlterConfigOp.Delete(TopicConfigs.RetentionMs),
            AlterConfigOp.Set(TopicConfigs.SegmentBytes, "x"));

        Assert.Equal(ErrorCode.InvalidConfig, result.Error);
        Assert.Same(before, c.Image);
    }

    [Fact]
    public void Each_resource_stands_or_falls_alone()
    {
        var c = Topic();
        ConfigAlteration Change(ConfigResource resource) =>
            new(resource, [AlterConfigOp.Set(TopicConfigs.RetentionMs, "6")]);

        var answer = c.Ask<IncrementalAlterConfigsAnswer>(new IncrementalAlterConfigs(
            3,
            [
                Change(ConfigResource.Topic("t")),
                Change(ConfigResource.Topic("nowhere")),
                Change(ConfigResource.Broker(new BrokerId(0))),
                Change(ConfigResource.Topic("twice")),
                Change(ConfigResource.Topic("twice")),
            ],
            ValidateOnly: false));

        Assert.Equal(3, answer.RequestId);
        Assert.Equal(
            [
                ErrorCode.None,
                ErrorCode.UnknownTopicOrPartition,
                ErrorCode.InvalidRequest,
                ErrorCode.InvalidRequest,
                ErrorCode.InvalidRequest,
            ],
            answer.Results.Select(r => r.Error));
        Assert.Equal(6, c.Image.TryGetTopic("t")!.Settings.RetentionMs);
    }

    [Fact]
    public void Validation_alone_writes_nothing_but_judges_all()
    {
        var c = Topic();

        var decision = c.Do(new IncrementalAlterConfigs(
            1,
            [
                new ConfigAlteration(
                    ConfigResource.Topic("t"), [AlterConfigOp.Set(TopicConfigs.MinInsyncReplicas, "2")]),
                new ConfigAlteration(ConfigResource.Topic("u"), [AlterConfigOp.Set("a", "b")]),
            ],
            ValidateOnly: true));

        Assert.Empty(decision.Records);
        Assert.Equal(
            [ErrorCode.None, ErrorCode.UnknownTopicOrPartition],
            Assert.IsType<IncrementalAlterConfigsAnswer>(decision.Reply).Results.Select(r => r.Error));
    }

    [Fact]
    public void Same_setting_twice_is_refused_and_so_is_a_set_without_a_value()
    {
        var c = Topic();
        var set = AlterConfigOp.Set(TopicConfigs.RetentionMs, "6");
        Assert.Equal(ErrorCode.InvalidRequest, c.AlterConfigs("t", set, set).Error);
        Assert.Equal(ErrorCode.InvalidRequest, c.AlterConfigs("t", set with { Value = null }).Error);
    }

    [Theory]
    [InlineData(AlterConfigOpType.Append)]
    [InlineData(AlterConfigOpType.Subtract)]
    public void Only_lists_can_be_appended_to_and_subtracted_from(AlterConfigOpType type)
    {
        var c = Topic();

        var refused = c.AlterConfigs("t", new AlterConfigOp(type, TopicConfigs.RetentionMs, "6"));
        Assert.Equal(ErrorCode.InvalidConfig, refused.Error);
        Assert.Contains("no list", refused.Message, StringComparison.Ordinal);

        var list = c.AlterConfigs("t", new AlterConfigOp(type, TopicConfigs.CleanupPolicy, "compact"));
        Assert.Equal(ErrorCode.None, list.Error);
        Assert.Equal(type == AlterConfigOpType.Append, c.Image.TryGetTopic("t")!.Settings.IsCompacted);
        Assert.True(c.Image.TryGetTopic("t")!.Settings.IsDeletedByRetention);
    }

    [Fact]
    public void Last_cleanup_policy_cannot_be_taken_away()
    {
        var c = Topic();

        var nothing = c.AlterConfigs("t", new AlterConfigOp(AlterConfigOpType.Subtract, TopicConfigs.CleanupPolicy, "delete"));

        Assert.Equal(ErrorCode.InvalidConfig, nothing.Error);
        Assert.Contains("compact, delete, or both", nothing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_settings_that_contradict_each_other_are_refused_together_and_one_by_one()
    {
        var c = Topic((TopicConfigs.MaxCompactionLagMs, "10"));

        var alone = c.AlterConfigs("t", AlterConfigOp.Set(TopicConfigs.MinCompactionLagMs, "11"));
        Assert.Equal(ErrorCode.InvalidConfig, alone.Error);
        Assert.Contains("min.compaction.lag.ms (11) must not be greater than max.compaction.lag.ms (10)", alone.Message, StringComparison.Ordinal);

        Assert.Equal(ErrorCode.None, c.AlterConfigs(
            "t",
            AlterConfigOp.Set(TopicConfigs.MinCompactionLagMs, "11"),
            AlterConfigOp.Set(TopicConfigs.MaxCompactionLagMs, "12")).Error);
        Assert.Equal(ErrorCode.InvalidConfig, c.AlterConfigs("t", AlterConfigOp.Set(TopicConfigs.MaxCompactionLagMs, "10")).Error);
        Assert.Equal(ErrorCode.None, c.AlterConfigs("t", AlterConfigOp.Delete(TopicConfigs.MaxCompactionLagMs)).Error);
    }

    [Fact]
    public void Deleted_unclean_election_is_what_a_new_topic_would_get()
    {
        var c = new ControllerContext(new ControllerOptions { UncleanLeaderElectionEnable = true })
            .Running(0)
            .Topic("t", [[0]]);
        c.AlterConfigs("t", AlterConfigOp.Set(TopicConfigs.UncleanLeaderElectionEnable, "false"));

        c.AlterConfigs("t", AlterConfigOp.Delete(TopicConfigs.UncleanLeaderElectionEnable));

        Assert.True(c.Image.TryGetTopic("t")!.Settings.UncleanLeaderElectionEnable);
    }

    [Fact]
    public void Every_setting_is_described_with_value_source_and_what_is_accepted()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]], (TopicConfigs.RetentionMs, "5"));

        var entries = TopicConfigs.Describe(c.Image.TryGetTopic("t")!).ToDictionary(entry => entry.Name);

        Assert.Equal(TopicConfigs.Names, entries.Keys);
        Assert.Equal(
            new ConfigEntry(
                "retention.ms",
                "5",
                ConfigSource.DynamicTopicConfig,
                IsReadOnly: false,
                "a whole number from -1 to 9223372036854775807"),
            entries["retention.ms"]);
        Assert.Equal(("1048588", true), (entries["max.message.bytes"].Value, entries["max.message.bytes"].IsDefault));
        Assert.Equal("2", entries["min.insync.replicas"].Value);
        Assert.Equal(("delete", false), (entries["cleanup.policy"].Value, entries["cleanup.policy"].IsReadOnly));
        Assert.Equal(("producer", true), (entries["compression.type"].Value, entries["compression.type"].IsReadOnly));
        Assert.All(entries.Values, entry => Assert.Null(TopicConfigs.Validate(entry.Name, entry.Value)));
    }

    private static ControllerContext Topic(params (string Name, string Value)[] configs) =>
        new ControllerContext().Running(0).Topic("t", [[0]], configs);
}
