using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.FetchSessions;

/// <summary>What one fetch is about, and what of its outcome the client has to be told (KIP-227).</summary>
internal abstract class FetchContext
{
    /// <summary>The request is refused as a whole.</summary>
    public virtual ErrorCode Error => ErrorCode.None;

    /// <summary>Whether topics are named by their ids.</summary>
    public required bool UsesTopicIds { get; init; }

    /// <summary>What is to be read, in the order in which the partitions get their part of max.bytes.</summary>
    public abstract IReadOnlyList<FetchTarget> Targets { get; }

    /// <summary>The outcome is known. To be called once.</summary>
    /// <param name="nowMs">Monotonic.</param>
    /// <param name="outcomes">One for each target.</param>
    public abstract FetchConclusion Conclude(long nowMs, ReadOnlySpan<FetchResponse.FetchPartition> outcomes);

    /// <summary>A fetch that is refused.</summary>
    public static FetchContext Refused(ErrorCode error) => new RefusedFetch(error) { UsesTopicIds = false };

    /// <summary>A fetch of what the request lists, and of nothing else.</summary>
    public static FetchContext Sessionless(FetchRequest request, bool usesTopicIds) =>
        new FullFetch(FetchTarget.Of(request, usesTopicIds), null) { UsesTopicIds = usesTopicIds };

    private sealed class RefusedFetch(ErrorCode error) : FetchContext
    {
        public override ErrorCode Error => error;

        public override IReadOnlyList<FetchTarget> Targets => [];

        public override FetchConclusion Conclude(long nowMs, ReadOnlySpan<FetchResponse.FetchPartition> outcomes) =>
            FetchConclusion.Refused(error);
    }
}

/// <summary>How a fetch is answered.</summary>
/// <param name="Error">Of the request as a whole.</param>
/// <param name="SessionId">0 where the client has no session.</param>
/// <param name="Answered">The targets that the answer has, by their index; null for all of them.</param>
internal readonly record struct FetchConclusion(ErrorCode Error, int SessionId, IReadOnlyList<int>? Answered)
{
    public static FetchConclusion Refused(ErrorCode error) => new(error, 0, []);
}

/// <summary>A fetch that lists all its partitions and gets an answer about each; may be the first one of a session.</summary>
internal sealed class FullFetch(FetchTarget[] targets, FetchSessionCache? cache) : FetchContext
{
    public override IReadOnlyList<FetchTarget> Targets => targets;

    public override FetchConclusion Conclude(long nowMs, ReadOnlySpan<FetchResponse.FetchPartition> outcomes) =>
        new(ErrorCode.None, cache?.TryOpen(nowMs, targets, outcomes, UsesTopicIds) ?? 0, null);
}
