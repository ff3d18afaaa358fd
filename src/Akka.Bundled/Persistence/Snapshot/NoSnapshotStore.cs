namespace Akka.Persistence.Snapshot;

/// <summary>Stands in where no snapshot store is configured: finds nothing and refuses to save.</summary>
public sealed class NoSnapshotStore : SnapshotStore
{
    /// <inheritdoc/>
    protected override Task<SelectedSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria) =>
        Task.FromResult<SelectedSnapshot?>(null);

    /// <inheritdoc/>
    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot) => Refuse();

    /// <inheritdoc/>
    protected override Task DeleteAsync(SnapshotMetadata metadata) => Refuse();

    /// <inheritdoc/>
    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria) => Refuse();

    private static Task Refuse() => Task.FromException(new NoSnapshotStoreException("No snapshot store configured."));

    /// <summary>Something was asked of a snapshot store, and there is none.</summary>
    public class NoSnapshotStoreException : Exception
    {
        /// <summary>Creates the exception.</summary>
        public NoSnapshotStoreException()
        {
        }

        /// <summary>Creates the exception with its text.</summary>
        public NoSnapshotStoreException(string message)
            : base(message)
        {
        }

        /// <summary>Creates the exception with its text and cause.</summary>
        public NoSnapshotStoreException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }
}
