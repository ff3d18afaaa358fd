using AkkaReplication.Logs;

namespace AkkaReplication.Tests.Actors;

/// <summary>A log of which nothing is in memory any more.</summary>
internal sealed class ColdLog(ILogView log) : ILogView
{
    public long LogStartOffset => log.LogStartOffset;

    public long LogEndOffset => log.LogEndOffset;

    public long TruncationGeneration => log.TruncationGeneration;

    public bool IsCurrent => log.IsCurrent;

    public bool IsRecent(long offset) => false;

    public ReadOnlyMemory<byte> Read(long offset, long upToOffset, int maxBytes, bool atLeastOneBatch) =>
        log.Read(offset, upToOffset, maxBytes, atLeastOneBatch);

    public TimestampAndOffset? FindByTime(long timestampMs, long upToOffset) => log.FindByTime(timestampMs, upToOffset);

    public TimestampAndOffset? FindLatest(long upToOffset) => log.FindLatest(upToOffset);
}
