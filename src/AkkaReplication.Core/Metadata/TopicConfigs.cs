using System.Collections.Immutable;
using System.Globalization;
using AkkaReplication.Records;

namespace AkkaReplication.Metadata;

/// <summary>
/// Kafka's topic settings by name: which exist, what they accept, what they mean here. A setting of Kafka's that has no
/// effect here is accepted only at Kafka's default, so that nobody relies on what does not happen.
/// </summary>
public static class TopicConfigs
{
    public const string MinInsyncReplicas = "min.insync.replicas";
    public const string UncleanLeaderElectionEnable = "unclean.leader.election.enable";
    public const string MaxMessageBytes = "max.message.bytes";
    public const string SegmentBytes = "segment.bytes";
    public const string SegmentMs = "segment.ms";
    public const string IndexIntervalBytes = "index.interval.bytes";
    public const string SegmentIndexBytes = "segment.index.bytes";
    public const string MessageTimestampType = "message.timestamp.type";
    public const string RetentionMs = "retention.ms";
    public const string RetentionBytes = "retention.bytes";
    public const string CleanupPolicy = "cleanup.policy";
    public const string MinCleanableDirtyRatio = "min.cleanable.dirty.ratio";
    public const string MinCompactionLagMs = "min.compaction.lag.ms";
    public const string MaxCompactionLagMs = "max.compaction.lag.ms";
    public const string DeleteRetentionMs = "delete.retention.ms";

    private const string Compact = "compact";
    private const string Delete = "delete";

    private static readonly ImmutableSortedDictionary<string, Setting> Known = new Setting[]
    {
        Number(MinInsyncReplicas, 1, int.MaxValue, s => s.MinInsyncReplicas ?? 1, (s, v) => s with { MinInsyncReplicas = (int)v }),
        OneOf(
            UncleanLeaderElectionEnable,
            ["false", "true"],
            (s, v) => s with { UncleanLeaderElectionEnable = v == "true" }),
        Number(MaxMessageBytes, 0, int.MaxValue, s => s.MaxMessageBytes, (s, v) => s with { MaxMessageBytes = (int)v }),
        Number(SegmentBytes, 14, int.MaxValue, s => s.SegmentBytes, (s, v) => s with { SegmentBytes = (int)v }),
        Number(SegmentMs, 1, long.MaxValue, s => s.SegmentMs, (s, v) => s with { SegmentMs = v }),
        Number(IndexIntervalBytes, 0, int.MaxValue, s => s.IndexIntervalBytes, (s, v) => s with { IndexIntervalBytes = (int)v }),
        Number(SegmentIndexBytes, 4, int.MaxValue, s => s.SegmentIndexBytes, (s, v) => s with { SegmentIndexBytes = (int)v }),
        OneOf(
            MessageTimestampType,
            ["CreateTime", "LogAppendTime"],
            (s, v) => s with { MessageTimestampType = v == "CreateTime" ? TimestampType.CreateTime : TimestampType.LogAppendTime }),
        Number(RetentionMs, -1, long.MaxValue, s => s.RetentionMs, (s, v) => s with { RetentionMs = v }),
        Number(RetentionBytes, -1, long.MaxValue, s => s.RetentionBytes, (s, v) => s with { RetentionBytes = v }),
        new Setting(CleanupPolicy, Delete, "compact, delete, or both with a comma between them", ReadCleanupPolicy) { IsList = true },
        new Setting(MinCleanableDirtyRatio, "0.5", "a number from 0 to 1", ReadMinCleanableDirtyRatio),
        Number(MinCompactionLagMs, 0, long.MaxValue, s => s.MinCompactionLagMs, (s, v) => s with { MinCompactionLagMs = v }),
        Number(MaxCompactionLagMs, 1, long.MaxValue, s => s.MaxCompactionLagMs, (s, v) => s with { MaxCompactionLagMs = v }),
        Number(DeleteRetentionMs, 0, long.MaxValue, s => s.DeleteRetentionMs, (s, v) => s with { DeleteRetentionMs = v }),
        DefaultOnly("compression.type", "producer"),
        DefaultOnly("file.delete.delay.ms", "60000"),
        DefaultOnly("flush.messages", "9223372036854775807"),
        DefaultOnly("flush.ms", "9223372036854775807"),
        DefaultOnly("follower.replication.throttled.replicas", "", isList: true),
        DefaultOnly("leader.replication.throttled.replicas", "", isList: true),
        DefaultOnly("message.timestamp.after.max.ms", "9223372036854775807"),
        DefaultOnly("message.timestamp.before.max.ms", "9223372036854775807"),
        DefaultOnly("preallocate", "false"),
        DefaultOnly("segment.jitter.ms", "0"),
    }.ToImmutableSortedDictionary(s => s.Name, s => s, StringComparer.Ordinal);

    /// <summary>Every name that is known, in order.</summary>
    public static IEnumerable<string> Names => Known.Keys;

    /// <summary>Whether Kafka has a topic setting of that name.</summary>
    public static bool IsKnown(string name) => Known.ContainsKey(name);

    /// <summary>What is wrong with the setting and what is accepted (for INVALID_CONFIG), or null.</summary>
    public static string? Validate(string name, string? value)
    {
        if (!Known.TryGetValue(name, out var setting))
            return $"There is no topic setting \"{name}\"; known are {string.Join(", ", Known.Keys)}.";
        return value is null || setting.Read(TopicSettings.Default, value) is null
            ? $"{name} does not accept \"{value}\"; accepted: {setting.Accepted}."
            : null;
    }

    /// <summary>What is wrong between two settings, each of which is valid (for INVALID_CONFIG), or null.</summary>
    public static string? Conflict(TopicSettings settings) => settings.MinCompactionLagMs > settings.MaxCompactionLagMs
        ? $"{MinCompactionLagMs} ({settings.MinCompactionLagMs}) must not be greater than {MaxCompactionLagMs} ({settings.MaxCompactionLagMs})."
        : null;

    /// <summary>The settings in force where <paramref name="configs"/> were set and everything else was not.</summary>
    /// <exception cref="InvalidOperationException">One of them is not valid; see <see cref="Validate"/>.</exception>
    public static TopicSettings Parse(IEnumerable<KeyValuePair<string, string>> configs)
    {
        var settings = TopicSettings.Default;
        foreach (var (name, value) in configs)
        {
            settings = (Known.TryGetValue(name, out var setting) ? setting.Read(settings, value) : null)
                ?? throw new InvalidOperationException(Validate(name, value));
        }

        return settings;
    }

    /// <summary>Whether the setting is a list, to which elements can be appended.</summary>
    /// <exception cref="KeyNotFoundException">There is no such setting.</exception>
    public static bool IsList(string name) => Known[name].IsList;

    /// <summary>
    /// The value in force where nobody set one; that of min.insync.replicas depends on the topic's replicas, this is the
    /// least (L4).
    /// </summary>
    /// <exception cref="KeyNotFoundException">There is no such setting.</exception>
    public static string DefaultOf(string name) => Known[name].Default;

    /// <summary>Every setting of a topic as it is in force, by name.</summary>
    public static ImmutableArray<ConfigEntry> Describe(TopicImage topic) =>
        [.. Known.Values.Select(setting => Describe(topic, setting))];

    private static ConfigEntry Describe(TopicImage topic, Setting setting)
    {
        var isSet = topic.Configs.TryGetValue(setting.Name, out var value);
        return new ConfigEntry(
            setting.Name,
            isSet ? value! : DefaultOf(topic, setting),
            isSet ? ConfigSource.DynamicTopicConfig : ConfigSource.DefaultConfig,
            setting.IsFixed,
            setting.Accepted);
    }

    private static string DefaultOf(TopicImage topic, Setting setting) =>
        setting.Name == MinInsyncReplicas && topic.Partitions is [var first, ..]
            ? first.MinIsr.ToString(CultureInfo.InvariantCulture)
            : setting.Default;

    private static Setting Number(
        string name,
        long least,
        long greatest,
        Func<TopicSettings, long> get,
        Func<TopicSettings, long, TopicSettings> set) =>
        new(
            name,
            get(TopicSettings.Default).ToString(CultureInfo.InvariantCulture),
            $"a whole number from {least} to {greatest}",
            (settings, text) =>
                long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                && value >= least && value <= greatest
                    ? set(settings, value)
                    : null);

    /// <param name="values">The default first.</param>
    private static Setting OneOf(string name, string[] values, Func<TopicSettings, string, TopicSettings> set) =>
        new(
            name,
            values[0],
            string.Join(" or ", values),
            (settings, text) => values.Contains(text, StringComparer.Ordinal) ? set(settings, text) : null);

    private static TopicSettings? ReadCleanupPolicy(TopicSettings settings, string text)
    {
        var policies = text.Split(',', StringSplitOptions.TrimEntries);
        return policies.All(policy => policy is Compact or Delete) && policies.Distinct().Count() == policies.Length
            ? settings with { IsCompacted = policies.Contains(Compact), IsDeletedByRetention = policies.Contains(Delete) }
            : null;
    }

    private static TopicSettings? ReadMinCleanableDirtyRatio(TopicSettings settings, string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var ratio)
        && ratio is >= 0 and <= 1
            ? settings with { MinCleanableDirtyRatio = ratio }
            : null;

    private static Setting DefaultOnly(string name, string value, bool isList = false) =>
        new(
            name,
            value,
            $"only the default \"{value}\", anything else is not supported here",
            (settings, text) => text == value ? settings : null)
        {
            IsFixed = true,
            IsList = isList,
        };

    /// <param name="Read">Null when the text is not accepted.</param>
    private sealed record Setting(
        string Name, string Default, string Accepted, Func<TopicSettings, string, TopicSettings?> Read)
    {
        /// <summary>Accepted at its default only.</summary>
        public bool IsFixed { get; init; }

        public bool IsList { get; init; }
    }
}
