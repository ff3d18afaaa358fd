using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.FetchSessions;

/// <summary>A partition of a session: what the client wants of it, and what it has been told.</summary>
internal sealed class SessionPartition(FetchTarget target)
{
    private const long Unknown = -1;

    private long _highWatermark = Unknown;
    private long _logStartOffset = Unknown;

    public FetchTarget Target { get; set; } = target;

    /// <summary>Whether the client has to be told of that; it will have been.</summary>
    public bool Tell(in FetchResponse.FetchPartition outcome)
    {
        var isNews = outcome.ErrorCode != ErrorCode.None
            || outcome.Records is { IsEmpty: false }
            || outcome.HighWatermark != _highWatermark
            || outcome.LogStartOffset != _logStartOffset
            || outcome.PreferredReadReplica >= 0
            || outcome.DivergingEpoch is not null;

        // The end of an error is news, too.
        _highWatermark = outcome.ErrorCode == ErrorCode.None ? outcome.HighWatermark : Unknown;
        _logStartOffset = outcome.LogStartOffset;
        return isNews;
    }
}
