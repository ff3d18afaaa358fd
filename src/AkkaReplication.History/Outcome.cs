namespace AkkaReplication.History;

/// <summary>What became of an operation.</summary>
public enum Outcome : byte
{
    /// <summary>It happened.</summary>
    Ok,

    /// <summary>It did not happen, and never will.</summary>
    Fail,

    /// <summary>Unknown: it may have happened, may happen later, or never (a timeout, a crash, no answer).</summary>
    Info,
}
