namespace AkkaReplication;

/// <summary>What became of one partition's commit.</summary>
public readonly record struct TopicPartitionOffsetError(TopicPartitionOffset TopicPartitionOffset, ErrorCode Error);

/// <summary>
/// Offsets were not committed. ILLEGAL_GENERATION: the partition is not, or not any more, this member's, and another one
/// goes on from what was committed before.
/// </summary>
public sealed class CommitFailedException : PartialFailureException
{
    public CommitFailedException(IReadOnlyList<TopicPartitionOffsetError> results)
        : base(FailuresIn(results)) => Results = results;

    /// <summary>What became of each partition; those without an error are committed.</summary>
    public IReadOnlyList<TopicPartitionOffsetError> Results { get; }

    private static (string, ErrorCode, string?)[] FailuresIn(IReadOnlyList<TopicPartitionOffsetError> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return
        [
            .. results
                .Where(r => r.Error != ErrorCode.None)
                .Select(r => (r.TopicPartitionOffset.ToString(), r.Error, Explain(r.Error))),
        ];
    }

    private static string? Explain(ErrorCode error) => error switch
    {
        ErrorCode.IllegalGeneration or ErrorCode.UnknownMemberId => "the partition is not this member's any more",
        ErrorCode.FencedInstanceId => "another consumer has this group.instance.id now",
        ErrorCode.RequestTimedOut => "the group's coordinator has not confirmed it in time",
        _ => null,
    };
}
