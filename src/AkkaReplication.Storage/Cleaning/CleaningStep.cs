namespace AkkaReplication.Storage.Cleaning;

/// <summary>What one step of compaction did.</summary>
/// <param name="Bytes">Read and written.</param>
/// <param name="HasMore">There is more to do at once; else nothing before somebody appends, or time passes.</param>
public sealed record CleaningStep(long Bytes, bool HasMore)
{
    /// <summary>The log that was finished in this step, if one was.</summary>
    public CleanedLog? Cleaned { get; init; }

    /// <summary>Why a log is not compacted for the time being, in a sentence for the operator; null where all is well.</summary>
    public string? Problem { get; init; }
}

/// <summary>A log that has been compacted.</summary>
/// <param name="FromOffset">Where the part began that had not been compacted before.</param>
/// <param name="ToOffset">Where it ended.</param>
/// <param name="BytesBefore">Bytes of the compacted segments before.</param>
/// <param name="BytesAfter">Bytes of those in their place.</param>
public sealed record CleanedLog(TopicPartition Log, long FromOffset, long ToOffset, long BytesBefore, long BytesAfter);
