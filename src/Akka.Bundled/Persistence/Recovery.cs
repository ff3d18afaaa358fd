using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

/// <summary>From which snapshot and up to which event a persistent actor recovers.</summary>
public sealed class Recovery
{
    /// <summary>From the latest snapshot that there is.</summary>
    public Recovery()
        : this(null, long.MaxValue, long.MaxValue)
    {
    }

    /// <summary>From the latest snapshot that matches.</summary>
    public Recovery(SnapshotSelectionCriteria? fromSnapshot)
        : this(fromSnapshot, long.MaxValue, long.MaxValue)
    {
    }

    /// <summary>From the latest snapshot that matches up to the given sequence number.</summary>
    public Recovery(SnapshotSelectionCriteria? fromSnapshot, long toSequenceNr)
        : this(fromSnapshot, toSequenceNr, long.MaxValue)
    {
    }

    /// <summary>
    /// From the latest snapshot that matches up to the given sequence number, with at most so many events.
    /// </summary>
    public Recovery(
        SnapshotSelectionCriteria? fromSnapshot = null,
        long toSequenceNr = long.MaxValue,
        long replayMax = long.MaxValue)
    {
        FromSnapshot = fromSnapshot ?? SnapshotSelectionCriteria.Latest;
        ToSequenceNr = toSequenceNr;
        ReplayMax = replayMax;
    }

    /// <summary>Everything.</summary>
    public static Recovery Default { get; } = new(SnapshotSelectionCriteria.Latest);

    /// <summary>Nothing but the highest sequence number.</summary>
    public static Recovery None { get; } = new(SnapshotSelectionCriteria.None, 0);

    /// <summary>Which snapshots are welcome.</summary>
    public SnapshotSelectionCriteria FromSnapshot { get; }

    /// <summary>The sequence number of the last event, inclusive.</summary>
    public long ToSequenceNr { get; }

    /// <summary>The largest number of events.</summary>
    public long ReplayMax { get; }
}

/// <summary>
/// Tells a persistent actor, through its recover handlers, that recovery is over: it may persist now.
/// </summary>
public sealed class RecoveryCompleted
{
    /// <summary>The only instance.</summary>
    public static readonly RecoveryCompleted Instance = new();

    private RecoveryCompleted()
    {
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RecoveryCompleted;

    /// <inheritdoc/>
    public override int GetHashCode() => nameof(RecoveryCompleted).GetHashCode(StringComparison.Ordinal);
}

/// <summary>Neither the journal nor the snapshot store has answered in time.</summary>
public sealed class RecoveryTimedOutException : AkkaException
{
    /// <summary>Creates the exception.</summary>
    public RecoveryTimedOutException()
        : base("Recovery timed out.")
    {
    }

    /// <summary>Creates the exception with its text and cause.</summary>
    public RecoveryTimedOutException(string message, Exception? cause = null)
        : base(message, cause!)
    {
    }
}

/// <summary>A persistent actor's reminder to itself to look whether recovery goes on.</summary>
internal sealed class RecoveryTick
    : INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded, IDeadLetterSuppression;
