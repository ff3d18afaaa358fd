using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

/// <summary>
/// The base of persistent actors: owns the events under way to the journal and the commands that wait for them. It has
/// at most one write outstanding; what is persisted meanwhile goes out as the next one.
/// </summary>
/// <remarks>
/// Permit, snapshot, replay, then commands: see <c>Phase</c>. A handler runs in this actor, in the order of the
/// Persist calls, once its event is stored, and with the sender of the command. A failed write stops the actor, as what
/// is stored is not known; a rejected one does not.
/// </remarks>
public abstract partial class Eventsourced : ActorBase, IPersistentIdentity, IPersistenceStash, IPersistenceRecovery
{
    private static int _instances;

    private readonly int _instanceId = Interlocked.Increment(ref _instances);
    private readonly string _writerGuid = Guid.NewGuid().ToString();
    private readonly Queue<PendingInvocation> _pendingInvocations = new();
    private List<IPersistentEnvelope> _eventBatch = [];
    private List<IPersistentEnvelope> _journalBatch = [];
    private IActorRef? _journal;
    private IActorRef? _snapshotStore;
    private Phase _phase = Phase.WaitingForPermit;
    private long _sequenceNr;
    private int _pendingStashingInvocations;
    private bool _isWriteInProgress;
    private bool _asyncTaskRunning;

    /// <summary>
    /// Creates the actor; its persistence id must be known when the constructor of the derived class ends.
    /// </summary>
    protected Eventsourced()
    {
        Extension = Persistence.Instance.Apply(Context.System);
        _internalStash = StashFactory.CreateStash(Context);
        Log = Context.GetLogger();
    }

    /// <summary>
    /// Where an actor is between its start and its commands. The way is down this list; only the last two alternate.
    /// </summary>
    private enum Phase
    {
        /// <summary>Waits for one of the permits to recover; commands are stashed.</summary>
        WaitingForPermit,

        /// <summary>Waits for the answer of the snapshot store; commands are stashed.</summary>
        LoadingSnapshot,

        /// <summary>Gets its events from the journal; commands are stashed.</summary>
        Replaying,

        /// <summary>Handles commands. Handlers of PersistAsync and DeferAsync run between them.</summary>
        ProcessingCommands,

        /// <summary>Waits for the handlers of Persist; commands are stashed.</summary>
        PersistingEvents
    }

    /// <summary>The persistence extension.</summary>
    protected PersistenceExtension Extension { get; }

    /// <summary>The actor's log.</summary>
    protected virtual ILoggingAdapter Log { get; }

    /// <inheritdoc/>
    public abstract string PersistenceId { get; }

    /// <inheritdoc/>
    public virtual Recovery Recovery => Recovery.Default;

    /// <inheritdoc/>
    public string? JournalPluginId { get; protected set; }

    /// <inheritdoc/>
    public string? SnapshotPluginId { get; protected set; }

    /// <summary>The journal.</summary>
    public IActorRef Journal => _journal ??= Extension.JournalFor(JournalPluginId);

    /// <summary>The snapshot store.</summary>
    public IActorRef SnapshotStore => _snapshotStore ??= Extension.SnapshotStoreFor(SnapshotPluginId);

    /// <summary>The id of the snapshots: the persistence id.</summary>
    public string SnapshotterId => PersistenceId;

    /// <summary>Whether the actor still gets its state back; false from RecoveryCompleted on.</summary>
    public bool IsRecovering => _phase < Phase.ProcessingCommands;

    /// <summary>Whether the actor has its state back; true from RecoveryCompleted on.</summary>
    public bool IsRecoveryFinished => !IsRecovering;

    /// <summary>The sequence number of the last event that was stored, rejected or replayed.</summary>
    public long LastSequenceNr { get; private set; }

    /// <summary>The sequence number that a snapshot taken now has.</summary>
    public long SnapshotSequenceNr => LastSequenceNr;

    /// <summary>
    /// Stores an event. The handler runs when it is stored, and no command is handled before. Not for loops:
    /// <see cref="PersistAll{TEvent}"/> is.
    /// </summary>
    /// <exception cref="InvalidOperationException">The actor is recovering.</exception>
    public void Persist<TEvent>(TEvent @event, Action<TEvent> handler) => Enqueue(@event, handler, stashing: true);

    /// <summary>
    /// Stores events, all or none of them. The handler runs for each when they are stored, and no command is handled
    /// before.
    /// </summary>
    /// <exception cref="InvalidOperationException">The actor is recovering.</exception>
    public void PersistAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler) =>
        EnqueueAll(events, handler, stashing: true);

    /// <summary>Stores an event. The handler runs when it is stored; commands may be handled before.</summary>
    /// <exception cref="InvalidOperationException">The actor is recovering.</exception>
    public void PersistAsync<TEvent>(TEvent @event, Action<TEvent> handler) =>
        Enqueue(@event, handler, stashing: false);

    /// <summary>
    /// Stores events, all or none of them. The handler runs for each when they are stored; commands may be handled
    /// before.
    /// </summary>
    /// <exception cref="InvalidOperationException">The actor is recovering.</exception>
    public void PersistAllAsync<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler) =>
        EnqueueAll(events, handler, stashing: false);

    /// <summary>
    /// Runs the handler after those of all events persisted before it, at once if there are none. The event is not
    /// stored.
    /// </summary>
    /// <exception cref="InvalidOperationException">The actor is recovering.</exception>
    public void DeferAsync<TEvent>(TEvent evt, Action<TEvent> handler)
    {
        RequireRecovered();
        if (_pendingInvocations.Count == 0)
        {
            handler(evt);
            return;
        }

        _pendingInvocations.Enqueue(new PendingInvocation<TEvent>(handler, stashing: false));
        _eventBatch.Add(new NonPersistentMessage(evt!, Sender));
    }

    /// <summary>
    /// Deletes the events up to the sequence number, inclusive; <see cref="long.MaxValue"/> is all of them. The answer
    /// is <see cref="DeleteMessagesSuccess"/> or <see cref="DeleteMessagesFailure"/>.
    /// </summary>
    public void DeleteMessages(long toSequenceNr)
    {
        var to = toSequenceNr == long.MaxValue ? LastSequenceNr : toSequenceNr;
        if (to <= LastSequenceNr)
        {
            Journal.Tell(new DeleteMessagesTo(PersistenceId, to, Self), Self);
            return;
        }

        var cause = new InvalidOperationException(
            $"toSequenceNr [{to}] must be less than or equal to LastSequenceNr [{LastSequenceNr}]");
        Self.Tell(new DeleteMessagesFailure(cause, to), Self);
    }

    /// <summary>Asks the store for a snapshot, which comes as <see cref="LoadSnapshotResult"/>.</summary>
    public void LoadSnapshot(string persistenceId, SnapshotSelectionCriteria criteria, long toSequenceNr) =>
        SnapshotStore.Tell(new LoadSnapshot(persistenceId, criteria, toSequenceNr), Self);

    /// <summary>
    /// Saves the state as of the last event. The answer is <see cref="SaveSnapshotSuccess"/> or
    /// <see cref="SaveSnapshotFailure"/>; until then the state must not change, so give a copy or an immutable one.
    /// </summary>
    public void SaveSnapshot(object snapshot) =>
        SnapshotStore.Tell(new SaveSnapshot(new SnapshotMetadata(SnapshotterId, SnapshotSequenceNr), snapshot), Self);

    /// <summary>
    /// Deletes the snapshot of the sequence number. The answer is <see cref="DeleteSnapshotSuccess"/> or
    /// <see cref="DeleteSnapshotFailure"/>.
    /// </summary>
    public void DeleteSnapshot(long sequenceNr) =>
        SnapshotStore.Tell(new DeleteSnapshot(new SnapshotMetadata(SnapshotterId, sequenceNr)), Self);

    /// <summary>
    /// Deletes the snapshots that match. The answer is <see cref="DeleteSnapshotsSuccess"/> or
    /// <see cref="DeleteSnapshotsFailure"/>.
    /// </summary>
    public void DeleteSnapshots(SnapshotSelectionCriteria criteria) =>
        SnapshotStore.Tell(new DeleteSnapshots(SnapshotterId, criteria), Self);

    /// <summary>Handles an event, a <see cref="SnapshotOffer"/> or <see cref="RecoveryCompleted"/>.</summary>
    protected abstract bool ReceiveRecover(object message);

    /// <summary>Handles a command.</summary>
    protected abstract bool ReceiveCommand(object message);

    private void Enqueue<TEvent>(TEvent @event, Action<TEvent> handler, bool stashing)
    {
        RequireRecovered();
        AddInvocation(handler, stashing);
        _eventBatch.Add(new AtomicWrite(NextEvent(@event!)));
    }

    private void EnqueueAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler, bool stashing)
    {
        RequireRecovered();
        var persistent = ImmutableArray.CreateBuilder<IPersistentRepresentation>();
        foreach (var @event in events ?? [])
        {
            AddInvocation(handler, stashing);
            persistent.Add(NextEvent(@event!));
        }

        if (persistent.Count > 0)
        {
            _eventBatch.Add(new AtomicWrite(persistent.ToImmutable()));
        }
    }

    private void AddInvocation<TEvent>(Action<TEvent> handler, bool stashing)
    {
        _pendingInvocations.Enqueue(new PendingInvocation<TEvent>(handler, stashing));
        _pendingStashingInvocations += stashing ? 1 : 0;
    }

    private Persistent NextEvent(object @event) => new(
        @event, ++_sequenceNr, PersistenceId, sender: Sender, writerGuid: _writerGuid);

    private void RequireRecovered()
    {
        if (IsRecovering)
        {
            throw new InvalidOperationException(
                "Cannot persist during replay. Events can be persisted when receiving RecoveryCompleted or later.");
        }
    }
}
