using Akka.Dispatch;
using Akka.Event;

namespace Akka.Persistence.Snapshot;

/// <summary>
/// Keeps each snapshot in a file of its own below <c>dir</c>. A snapshot is written under another name and renamed when
/// it is on the disk; one that cannot be read is passed over for the one before it.
/// </summary>
public class LocalSnapshotStore : SnapshotStore
{
    private readonly HashSet<SnapshotMetadata> _saving = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Akka.Serialization.Serialization _serialization = Context.System.Serialization;
    private readonly MessageDispatcher _streamDispatcher;
    private readonly SnapshotDirectory _directory;
    private readonly int _maxLoadAttempts;

    /// <summary>Creates the store from <c>akka.persistence.snapshot-store.local</c>.</summary>
    public LocalSnapshotStore()
    {
        var config = Persistence.Instance.Apply(Context.System).ConfigFor(Self);
        _maxLoadAttempts = config.GetInt("max-load-attempts");
        _streamDispatcher = Context.System.Dispatchers.Lookup(config.GetString("stream-dispatcher")!);
        _directory = new SnapshotDirectory(config.GetString("dir", "snapshots")!);
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _directory.Create();
        base.PreStart();
    }

    /// <inheritdoc/>
    protected override Task<SelectedSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        SnapshotMetadata[] saving = [.. _saving];
        return OnStreamDispatcher(() => Load([.. _directory.Find(persistenceId, criteria)
            .Except(saving).OrderDescending(SnapshotMetadata.Comparer).Take(_maxLoadAttempts)]));
    }

    /// <inheritdoc/>
    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot)
    {
        _saving.Add(metadata);
        return OnStreamDispatcher(() =>
        {
            var wrapped = new Serialization.Snapshot(snapshot);
            _directory.Write(metadata, _serialization.Serialize(wrapped));
            return Done.Instance;
        });
    }

    /// <inheritdoc/>
    protected override Task DeleteAsync(SnapshotMetadata metadata)
    {
        _saving.Remove(metadata);
        return OnStreamDispatcher(() =>
        {
            _directory.Delete(metadata);
            return Done.Instance;
        });
    }

    /// <inheritdoc/>
    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        SnapshotMetadata[] saving = [.. _saving];
        return OnStreamDispatcher(() =>
        {
            foreach (var metadata in _directory.Find(persistenceId, criteria).Except(saving))
            {
                _directory.Delete(metadata);
            }

            return Done.Instance;
        });
    }

    /// <inheritdoc/>
    protected override bool ReceivePluginInternal(object message)
    {
        switch (message)
        {
            case SaveSnapshotSuccess success:
                _saving.Remove(success.Metadata);
                return true;
            case ISnapshotResponse:
                return true;
            default:
                return false;
        }
    }

    private SelectedSnapshot? Load(SnapshotMetadata[] newestFirst)
    {
        for (var i = 0; i < newestFirst.Length; i++)
        {
            try
            {
                var bytes = _directory.Read(newestFirst[i]);
                var serializer = _serialization.FindSerializerForType(typeof(Serialization.Snapshot));
                return new SelectedSnapshot(newestFirst[i], serializer.FromBinary<Serialization.Snapshot>(bytes).Data);
            }
            catch (Exception cause)
            {
                var remaining = newestFirst.Length - i - 1;
                _log.Error(cause, "Error loading snapshot [{0}], remaining attempts: [{1}]", newestFirst[i], remaining);
                if (remaining == 0)
                {
                    throw;
                }
            }
        }

        return null;
    }

    private Task<T> OnStreamDispatcher<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _streamDispatcher.Schedule(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception cause)
            {
                done.SetException(cause);
            }
        });
        return done.Task;
    }
}
