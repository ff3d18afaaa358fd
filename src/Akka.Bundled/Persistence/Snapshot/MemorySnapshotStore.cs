namespace Akka.Persistence.Snapshot;

/// <summary>Keeps snapshots in memory, as long as the actor system lives: for tests.</summary>
public class MemorySnapshotStore : SnapshotStore
{
    private readonly List<SelectedSnapshot> _snapshots = [];

    /// <inheritdoc/>
    protected override Task<SelectedSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        lock (_snapshots)
        {
            return Task.FromResult(_snapshots.Where(s => Matches(s, persistenceId, criteria))
                .MaxBy(s => s.Metadata, SnapshotMetadata.Comparer));
        }
    }

    /// <inheritdoc/>
    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot)
    {
        lock (_snapshots)
        {
            _snapshots.RemoveAll(s =>
                s.Metadata.PersistenceId == metadata.PersistenceId && s.Metadata.SequenceNr == metadata.SequenceNr);
            _snapshots.Add(new SelectedSnapshot(metadata, snapshot));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task DeleteAsync(SnapshotMetadata metadata)
    {
        lock (_snapshots)
        {
            _snapshots.RemoveAll(s =>
                s.Metadata.PersistenceId == metadata.PersistenceId
                && s.Metadata.SequenceNr == metadata.SequenceNr
                && (metadata.Timestamp == SnapshotMetadata.TimestampNotSpecified
                    || s.Metadata.Timestamp == metadata.Timestamp));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        lock (_snapshots)
        {
            _snapshots.RemoveAll(s => Matches(s, persistenceId, criteria));
        }

        return Task.CompletedTask;
    }

    private static bool Matches(SelectedSnapshot snapshot, string persistenceId, SnapshotSelectionCriteria criteria) =>
        snapshot.Metadata.PersistenceId == persistenceId && criteria.IsMatch(snapshot.Metadata);
}
