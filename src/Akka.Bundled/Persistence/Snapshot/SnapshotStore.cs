using Akka.Actor;
using Akka.Event;
using Akka.Pattern;

namespace Akka.Persistence.Snapshot;

/// <summary>
/// The base of snapshot stores: one actor for all persistent actors of the system that use it. A circuit breaker guards
/// the calls of the derived class, which begin on the store's thread and must not block.
/// </summary>
public abstract class SnapshotStore : ActorBase
{
    private readonly CircuitBreaker _breaker;
    private readonly bool _publish;

    /// <summary>Creates the store; it must be started by the persistence extension.</summary>
    protected SnapshotStore()
    {
        var extension = Persistence.Instance.Apply(Context.System);
        var config = extension.ConfigFor(Self);
        _publish = extension.PublishPluginCommands;
        _breaker = CircuitBreaker.Create(
            Context.System.Scheduler,
            config.GetInt("circuit-breaker.max-failures", 10),
            config.GetTimeSpan("circuit-breaker.call-timeout", TimeSpan.FromSeconds(10)),
            config.GetTimeSpan("circuit-breaker.reset-timeout", TimeSpan.FromSeconds(30)));
    }

    /// <summary>The latest snapshot that matches; null when there is none.</summary>
#nullable disable annotations // As with Akka.NET, so that an override may say that the result is null, or may not.
    protected abstract Task<SelectedSnapshot> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria);
#nullable restore annotations

    /// <summary>Saves a snapshot. After a failure, the store is asked to delete it.</summary>
    protected abstract Task SaveAsync(SnapshotMetadata metadata, object snapshot);

    /// <summary>Deletes a snapshot; its time may be unspecified, which means any.</summary>
    protected abstract Task DeleteAsync(SnapshotMetadata metadata);

    /// <summary>Deletes all snapshots that match.</summary>
    protected abstract Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria);

    /// <summary>
    /// Handles the messages of the derived class, and the outcome of each request before its sender gets it.
    /// </summary>
    protected virtual bool ReceivePluginInternal(object message) => false;

    /// <inheritdoc/>
    protected sealed override bool Receive(object message)
    {
        switch (message)
        {
            case LoadSnapshot load:
                _ = Load(load, Sender, Self);
                return true;
            case SaveSnapshot save:
                var metadata = new SnapshotMetadata(
                    save.Metadata.PersistenceId, save.Metadata.SequenceNr, DateTime.UtcNow);
                _ = Answer(
                    (this, metadata, save.Snapshot),
                    static s => s.Item1.SaveAsync(s.metadata, s.Snapshot),
                    new SaveSnapshotSuccess(metadata),
                    cause => new SaveSnapshotFailure(metadata, cause));
                return true;
            case DeleteSnapshot delete:
                _ = Answer(
                    (this, delete),
                    static s => s.Item1.DeleteAsync(s.delete.Metadata),
                    new DeleteSnapshotSuccess(delete.Metadata),
                    cause => new DeleteSnapshotFailure(delete.Metadata, cause),
                    delete);
                return true;
            case DeleteSnapshots delete:
                _ = Answer(
                    (this, delete),
                    static s => s.Item1.DeleteAsync(s.delete.PersistenceId, s.delete.Criteria),
                    new DeleteSnapshotsSuccess(delete.Criteria),
                    cause => new DeleteSnapshotsFailure(delete.Criteria, cause),
                    delete);
                return true;
            case SaveSnapshotFailure failure:
                PassOn(failure);
                _ = Discard(failure.Metadata);
                return true;
            case ISnapshotResponse response:
                PassOn(response);
                return true;
            default:
                return ReceivePluginInternal(message);
        }
    }

    private async Task Load(LoadSnapshot request, IActorRef requester, IActorRef self)
    {
        ISnapshotResponse reply;
        try
        {
            var selected = request.Criteria.Equals(SnapshotSelectionCriteria.None)
                ? null
                : await _breaker.WithCircuitBreaker(
                    (this, request.PersistenceId, Criteria: request.Criteria.Limit(request.ToSequenceNr)),
                    static s => s.Item1.LoadAsync(s.PersistenceId, s.Criteria)).ConfigureAwait(false);
            reply = new LoadSnapshotResult(selected, request.ToSequenceNr);
        }
        catch (Exception cause)
        {
            reply = new LoadSnapshotFailed(cause);
        }

        requester.Tell(reply, self);
    }

    /// <summary>
    /// The outcome goes through the store's own mailbox, so that the derived class hears of it in order.
    /// </summary>
    private async Task Answer<TState>(
        TState state,
        Func<TState, Task> call,
        ISnapshotResponse success,
        Func<Exception, ISnapshotResponse> failure,
        object? published = null)
    {
        var self = Self;
        var requester = Sender;
        var eventStream = Context.System.EventStream;
        try
        {
            await _breaker.WithCircuitBreaker(state, call).ConfigureAwait(false);
            self.Tell(success, requester);
        }
        catch (Exception cause)
        {
            self.Tell(failure(cause), requester);
        }

        if (_publish && published is not null)
        {
            eventStream.Publish(published);
        }
    }

    private void PassOn(ISnapshotResponse response)
    {
        try
        {
            ReceivePluginInternal(response);
        }
        finally
        {
            Sender.Tell(response, Self);
        }
    }

    private async Task Discard(SnapshotMetadata metadata)
    {
        var log = Context.GetLogger();
        try
        {
            await _breaker.WithCircuitBreaker((this, metadata), static s => s.Item1.DeleteAsync(s.metadata))
                .ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            log.Warning("What is left of failed snapshot [{0}] could not be deleted: [{1}]", metadata, cause.Message);
        }
    }
}
