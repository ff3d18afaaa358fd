using System.Collections.Immutable;
using System.Globalization;
using AkkaReplication.Metadata;

namespace AkkaReplication.Configuration;

/// <summary>The settings that a topic takes over when it is created, by the topic's names.</summary>
internal static class TopicDefaults
{
    /// <summary>Only what differs from what a topic has anyway.</summary>
    public static ImmutableSortedDictionary<string, string> Of(ReplicationSettings settings)
    {
        var usual = TopicSettings.Default;
        (string Name, long Value, long Usual)[] all =
        [
            (TopicConfigs.RetentionMs, settings.LogRetentionMs, usual.RetentionMs),
            (TopicConfigs.RetentionBytes, settings.LogRetentionBytes, usual.RetentionBytes),
            (TopicConfigs.SegmentBytes, settings.LogSegmentBytes, usual.SegmentBytes),
            (TopicConfigs.SegmentMs, settings.LogRollMs, usual.SegmentMs),
            (TopicConfigs.DeleteRetentionMs, settings.LogCleanerDeleteRetentionMs, usual.DeleteRetentionMs),
            (TopicConfigs.MinCompactionLagMs, settings.LogCleanerMinCompactionLagMs, usual.MinCompactionLagMs),
            (TopicConfigs.MaxCompactionLagMs, settings.LogCleanerMaxCompactionLagMs, usual.MaxCompactionLagMs),
        ];
        return all.Where(config => config.Value != config.Usual).ToImmutableSortedDictionary(
            config => config.Name, config => config.Value.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal);
    }
}
