using AkkaReplication.Metadata;
using AkkaReplication.Storage;

namespace AkkaReplication.Simulation.Disks;

/// <summary>What both kinds of disk make of a topic's settings, as a broker does.</summary>
internal static class DiskSettings
{
    public static LogSettings Of(TopicSettings topic) => new()
    {
        SegmentBytes = topic.SegmentBytes,
        SegmentMs = topic.SegmentMs,
        SegmentIndexBytes = topic.SegmentIndexBytes,
        IndexIntervalBytes = topic.IndexIntervalBytes,
        MaxMessageBytes = topic.MaxMessageBytes,
        TimestampType = topic.MessageTimestampType,
        RetentionMs = topic.RetentionMs,
        RetentionBytes = topic.RetentionBytes,
    };
}
