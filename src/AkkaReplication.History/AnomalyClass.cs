namespace AkkaReplication.History;

/// <summary>
/// What a history can show that a log must not do. In a report each has the name that stands first. <i>Log</i> means what is
/// known to stand at which offset of a key: everything that polls returned, and the acknowledged offsets of sends that
/// certainly took effect. <i>Next to each other</i> are records without another known record between them: gaps in the
/// offsets are legal.
/// </summary>
public enum AnomalyClass
{
    /// <summary><c>lost-write</c>: a value that was certainly written stands before something that was read, and no poll
    /// ever returned it.</summary>
    LostWrite,

    /// <summary><c>unseen</c>: a value was acknowledged, the key was read to its end afterwards, and no poll ever returned
    /// it.</summary>
    Unseen,

    /// <summary><c>vanished</c>: a value was acknowledged, or read, at an offset, and a complete reading of the key that
    /// began afterwards does not show it there, though some poll did.</summary>
    Vanished,

    /// <summary><c>duplicate</c>: one value stands at two offsets.</summary>
    Duplicate,

    /// <summary><c>inconsistent-offsets</c>: two values stand at one offset.</summary>
    InconsistentOffsets,

    /// <summary><c>acknowledged-twice</c>: one offset was acknowledged to two sends.</summary>
    AcknowledgedTwice,

    /// <summary><c>stale-offset</c>: a value was written to an offset that is not greater than every offset that was known
    /// before the send was invoked.</summary>
    StaleOffset,

    /// <summary><c>unsent</c>: a value was read that nobody sent to this key.</summary>
    Unsent,

    /// <summary><c>aborted-read</c> (G1a): a value was read whose send or transaction has failed.</summary>
    AbortedRead,

    /// <summary><c>precommitted-read</c>: a transaction read what it had itself sent.</summary>
    PrecommittedRead,

    /// <summary><c>nonmonotonic-poll</c>: a poll went back behind what the process's previous poll had read.</summary>
    NonmonotonicPoll,

    /// <summary><c>poll-skip</c>: a poll jumped over records that follow what the process's previous poll had read.
    /// </summary>
    PollSkip,

    /// <summary><c>int-nonmonotonic-poll</c>: the records of one poll go back.</summary>
    InternalNonmonotonicPoll,

    /// <summary><c>int-poll-skip</c>: the records of one poll jump over others.</summary>
    InternalPollSkip,

    /// <summary><c>nonmonotonic-send</c>: a value stands before one that the process sent earlier.</summary>
    NonmonotonicSend,

    /// <summary><c>int-nonmonotonic-send</c>: the values of one operation stand in another order than sent.</summary>
    InternalNonmonotonicSend,

    /// <summary><c>read-above-high-watermark</c>: a poll returned a record at or above the high watermark that it was told.
    /// </summary>
    ReadAboveHighWatermark,

    /// <summary><c>write-read-cycle</c> (G1c): transactions read each other's writes in a circle.</summary>
    WriteReadCycle,
}
