namespace AkkaReplication.History;

/// <summary>What one <see cref="OperationStep"/> says.</summary>
public enum StepKind : byte
{
    /// <summary>A value was sent to a key. The offset is where it was acknowledged, or unknown.</summary>
    Send,

    /// <summary>A record that a poll returned: the value at the offset of the key.</summary>
    Record,

    /// <summary>A key was asked for; says nothing more. Needed only where nothing else names the key.</summary>
    Polled,

    /// <summary>The high watermark (or last stable offset) that the poll was told for the key. No record at or above it
    /// may have been returned.</summary>
    HighWatermark,

    /// <summary>The key was given to, or taken from, the process while the operation ran.</summary>
    Rebalanced,

    /// <summary>A complete reading of the key ended here: all below the offset has been read. Final reads only.</summary>
    End,

    /// <summary>The key was assigned. The offset is the position it is read from, or unknown.</summary>
    Assign,

    /// <summary>The topic was subscribed to. The offset is the position from which a group without commits begins: 0 for
    /// the beginning, unknown for anything else.</summary>
    Subscribe,

    /// <summary>The first offset that the partition still has, as an administrator was told.</summary>
    LogStart,

    /// <summary>What stood at this offset of the key or above it, before this operation was invoked, may be gone, and its
    /// offsets may be used again (an unclean election).</summary>
    LostFrom,

    /// <summary>What stands below this offset of the key may be gone (DeleteRecords, retention).</summary>
    LostBelow,
}
