namespace Akka.Persistence;

/// <summary>A message to or from a snapshot store.</summary>
public interface ISnapshotMessage : IPersistenceMessage;

/// <summary>A message to a snapshot store.</summary>
public interface ISnapshotRequest : ISnapshotMessage;

/// <summary>A message from a snapshot store.</summary>
public interface ISnapshotResponse : ISnapshotMessage;

/// <summary>Asks a store for the latest snapshot that matches.</summary>
public sealed class LoadSnapshot : ISnapshotRequest
{
    /// <summary>Creates the request.</summary>
    public LoadSnapshot(string persistenceId, SnapshotSelectionCriteria criteria, long toSequenceNr)
    {
        PersistenceId = persistenceId;
        Criteria = criteria;
        ToSequenceNr = toSequenceNr;
    }

    /// <summary>The actor's id.</summary>
    public string PersistenceId { get; }

    /// <summary>Which snapshots.</summary>
    public SnapshotSelectionCriteria Criteria { get; }

    /// <summary>The highest sequence number of the recovery; newer snapshots do not match.</summary>
    public long ToSequenceNr { get; }
}

/// <summary>The latest snapshot that matches.</summary>
public sealed class LoadSnapshotResult : ISnapshotResponse
{
    /// <summary>Creates the reply.</summary>
    public LoadSnapshotResult(SelectedSnapshot? snapshot, long toSequenceNr)
    {
        Snapshot = snapshot;
        ToSequenceNr = toSequenceNr;
    }

    /// <summary>The snapshot; null when there is none.</summary>
    public SelectedSnapshot? Snapshot { get; }

    /// <summary>The highest sequence number of the recovery.</summary>
    public long ToSequenceNr { get; }
}

/// <summary>No snapshot could be read.</summary>
public sealed class LoadSnapshotFailed : ISnapshotResponse
{
    /// <summary>Creates the reply.</summary>
    public LoadSnapshotFailed(Exception cause)
    {
        Cause = cause;
    }

    /// <summary>Why.</summary>
    public Exception Cause { get; }
}

/// <summary>Asks a store to keep a snapshot.</summary>
public sealed class SaveSnapshot : ISnapshotRequest
{
    /// <summary>Creates the request.</summary>
    public SaveSnapshot(SnapshotMetadata metadata, object snapshot)
    {
        Metadata = metadata;
        Snapshot = snapshot;
    }

    /// <summary>Which snapshot.</summary>
    public SnapshotMetadata Metadata { get; }

    /// <summary>The state.</summary>
    public object Snapshot { get; }
}

/// <summary>A snapshot is saved.</summary>
public sealed class SaveSnapshotSuccess : ISnapshotResponse, IEquatable<SaveSnapshotSuccess>
{
    /// <summary>Creates the reply.</summary>
    public SaveSnapshotSuccess(SnapshotMetadata metadata)
    {
        Metadata = metadata;
    }

    /// <summary>Which snapshot.</summary>
    public SnapshotMetadata Metadata { get; }

    /// <inheritdoc/>
    public bool Equals(SaveSnapshotSuccess? other) =>
        other is not null && Equals(Metadata, other.Metadata);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SaveSnapshotSuccess);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Metadata);

    /// <inheritdoc/>
    public override string ToString() => $"SaveSnapshotSuccess<{Metadata}>";
}

/// <summary>A snapshot could not be saved.</summary>
public sealed class SaveSnapshotFailure : ISnapshotResponse, IEquatable<SaveSnapshotFailure>
{
    /// <summary>Creates the reply.</summary>
    public SaveSnapshotFailure(SnapshotMetadata metadata, Exception cause)
    {
        Metadata = metadata;
        Cause = cause;
    }

    /// <summary>Which snapshot.</summary>
    public SnapshotMetadata Metadata { get; }

    /// <summary>Why.</summary>
    public Exception Cause { get; }

    /// <inheritdoc/>
    public bool Equals(SaveSnapshotFailure? other) =>
        other is not null && Equals(Metadata, other.Metadata) && Equals(Cause, other.Cause);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SaveSnapshotFailure);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Metadata, Cause);

    /// <inheritdoc/>
    public override string ToString() => $"SaveSnapshotFailure<{Metadata}, {Cause}>";
}

/// <summary>Asks a store to delete a snapshot.</summary>
public sealed class DeleteSnapshot : ISnapshotRequest
{
    /// <summary>Creates the request.</summary>
    public DeleteSnapshot(SnapshotMetadata metadata)
    {
        Metadata = metadata;
    }

    /// <summary>Which snapshot.</summary>
    public SnapshotMetadata Metadata { get; }
}

/// <summary>A snapshot is deleted.</summary>
public sealed class DeleteSnapshotSuccess : ISnapshotResponse, IEquatable<DeleteSnapshotSuccess>
{
    /// <summary>Creates the reply.</summary>
    public DeleteSnapshotSuccess(SnapshotMetadata metadata)
    {
        Metadata = metadata;
    }

    /// <summary>Which snapshot.</summary>
    public SnapshotMetadata Metadata { get; }

    /// <inheritdoc/>
    public bool Equals(DeleteSnapshotSuccess? other) =>
        other is not null && Equals(Metadata, other.Metadata);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DeleteSnapshotSuccess);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Metadata);

    /// <inheritdoc/>
    public override string ToString() => $"DeleteSnapshotSuccess<{Metadata}>";
}

/// <summary>A snapshot could not be deleted.</summary>
public sealed class DeleteSnapshotFailure : ISnapshotResponse, IEquatable<DeleteSnapshotFailure>
{
    /// <summary>Creates the reply.</summary>
    public DeleteSnapshotFailure(SnapshotMetadata metadata, Exception cause)
    {
        Metadata = metadata;
        Cause = cause;
    }

    /// <summary>Which snapshot.</summary>
    public SnapshotMetadata Metadata { get; }

    /// <summary>Why.</summary>
    public Exception Cause { get; }

    /// <inheritdoc/>
    public bool Equals(DeleteSnapshotFailure? other) =>
        other is not null && Equals(Metadata, other.Metadata) && Equals(Cause, other.Cause);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DeleteSnapshotFailure);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Metadata, Cause);

    /// <inheritdoc/>
    public override string ToString() => $"DeleteSnapshotFailure<{Metadata}, {Cause}>";
}

/// <summary>Asks a store to delete the snapshots that match.</summary>
public sealed class DeleteSnapshots : ISnapshotRequest
{
    /// <summary>Creates the request.</summary>
    public DeleteSnapshots(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        PersistenceId = persistenceId;
        Criteria = criteria;
    }

    /// <summary>The actor's id.</summary>
    public string PersistenceId { get; }

    /// <summary>Which snapshots.</summary>
    public SnapshotSelectionCriteria Criteria { get; }
}

/// <summary>The snapshots that match are deleted.</summary>
public sealed class DeleteSnapshotsSuccess : ISnapshotResponse, IEquatable<DeleteSnapshotsSuccess>
{
    /// <summary>Creates the reply.</summary>
    public DeleteSnapshotsSuccess(SnapshotSelectionCriteria criteria)
    {
        Criteria = criteria;
    }

    /// <summary>Which snapshots.</summary>
    public SnapshotSelectionCriteria Criteria { get; }

    /// <inheritdoc/>
    public bool Equals(DeleteSnapshotsSuccess? other) =>
        other is not null && Equals(Criteria, other.Criteria);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DeleteSnapshotsSuccess);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Criteria);

    /// <inheritdoc/>
    public override string ToString() => $"DeleteSnapshotsSuccess<{Criteria}>";
}

/// <summary>The snapshots that match could not be deleted.</summary>
public sealed class DeleteSnapshotsFailure : ISnapshotResponse, IEquatable<DeleteSnapshotsFailure>
{
    /// <summary>Creates the reply.</summary>
    public DeleteSnapshotsFailure(SnapshotSelectionCriteria criteria, Exception cause)
    {
        Criteria = criteria;
        Cause = cause;
    }

    /// <summary>Which snapshots.</summary>
    public SnapshotSelectionCriteria Criteria { get; }

    /// <summary>Why.</summary>
    public Exception Cause { get; }

    /// <inheritdoc/>
    public bool Equals(DeleteSnapshotsFailure? other) =>
        other is not null && Equals(Criteria, other.Criteria) && Equals(Cause, other.Cause);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DeleteSnapshotsFailure);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Criteria, Cause);

    /// <inheritdoc/>
    public override string ToString() => $"DeleteSnapshotsFailure<{Criteria}, {Cause}>";
}
