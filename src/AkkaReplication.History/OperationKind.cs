namespace AkkaReplication.History;

/// <summary>What a client did.</summary>
public enum OperationKind : byte
{
    /// <summary>Sent values to keys, outside a transaction.</summary>
    Send,

    /// <summary>Asked for records and was given some, or none.</summary>
    Poll,

    /// <summary>A transaction: sends and polls that are committed or aborted together.</summary>
    Txn,

    /// <summary>Took keys by itself, each from a position.</summary>
    Assign,

    /// <summary>Joined a group that shares out the keys of topics.</summary>
    Subscribe,

    /// <summary>Tore its clients down, without a goodbye, and opened new ones.</summary>
    Crash,

    /// <summary>
    /// Part of a complete reading of some keys from the beginning, made when the faults are over. All final reads of one
    /// process and key are one reading; it counts once an <see cref="StepKind.End"/> says that it is complete.
    /// </summary>
    FinalRead,

    /// <summary>What an administrator was told about partitions. Nothing is judged by it.</summary>
    Debug,

    /// <summary>
    /// The test says that it made a loss legitimate: an unclean election, DeleteRecords, retention, a disk that was lost
    /// together with all of its copies.
    /// </summary>
    Excuse,
}
