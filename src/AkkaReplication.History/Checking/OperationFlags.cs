namespace AkkaReplication.History.Checking;

/// <summary>What is worked out about an operation.</summary>
[Flags]
internal enum OperationFlags : byte
{
    None = 0,

    /// <summary>It must have taken effect.</summary>
    Committed = 1,

    /// <summary>Its process belonged to a group, so its keys may come and go.</summary>
    Subscribed = 2,

    /// <summary>It is not known what its process was to read first: what stands before its first record, nobody asked it
    /// for.</summary>
    StartUnknown = 4,
}
