using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>
/// The shell of the controller in one epoch: persists what <see cref="ControllerDecider"/> decides and answers when it is
/// committed (I5). Its image changes only in the persist handler, so it is always the fold of the committed log (P3).
/// When it stops, for whatever reason, its epoch is over (P2).
/// </summary>
internal sealed class ControllerActor : ReceivePersistentActor, IWithTimers
{
    // A control message stays small (M3): a follower that is far behind asks several times.
    private const int MaxRecordsPerAnswer = 400;

    private readonly ControllerStart _start;
    private readonly ControllerEpoch _epoch;
    private readonly Claimant _claimant;
    private readonly IActorRef _sessions;
    private readonly ControllerDecider _decider;
    private readonly MetadataHistory _history;
    private readonly Dictionary<BrokerId, IActorRef> _followers = [];
    private readonly List<MetadataRecord> _batch = [];
    private readonly ILoggingAdapter _logger = Context.GetLogger();

    public ControllerActor(ControllerStart start, ControllerEpoch epoch, Claimant claimant, IActorRef sessions)
    {
        _start = start;
        _epoch = epoch;
        _claimant = claimant;
        _sessions = sessions;
        _decider = new ControllerDecider(start.Options, () => new TopicId(Guid.NewGuid()));
        _history = new MetadataHistory(MetadataImage.Empty(start.ClusterId));
        PersistenceId = MetadataJournal.PersistenceIdOf(start.Cluster);
        JournalPluginId = MetadataJournal.PluginId;
        SnapshotPluginId = "akka.persistence.snapshot-store.inmem";

        Recover<MetadataEvent>(OnRecovered);
        Recover<RecoveryCompleted>(_ => Begin());
        Command<FetchMetadata>(OnFetchMetadata);
        Command<Submitted>(submitted => Decide(submitted.Command));
        Command<AlterPartitions>(Decide);
        Command<CreateTopics>(Decide);
        Command<DeleteTopics>(Decide);
        Command<CreatePartitions>(Decide);
        Command<IncrementalAlterConfigs>(Decide);
        Command<ElectLeaders>(Decide);
        Command<ResignLeadership>(Decide);
        Command<AllocateProducerIds>(Decide);
        Command<UncleanElectionTick>(tick => OnTick(tick, _start.Options.UncleanLeaderElectionIntervalMs));
        Command<PreferredElectionTick>(tick => OnTick(tick, _start.Options.LeaderImbalanceCheckIntervalMs));
    }

    public override string PersistenceId { get; }

    private MetadataImage Image => _history.Image;

    // The journal holds everything; there are no snapshots of the metadata yet.
    public override Recovery Recovery => new(SnapshotSelectionCriteria.None);

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ControllerStart start, ControllerEpoch epoch, Claimant claimant, IActorRef sessions) =>
        Akka.Actor.Props.Create(() => new ControllerActor(start, epoch, claimant, sessions));

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        _logger.Error(cause, "Metadata record {0} was not written; controller epoch {1} is over", sequenceNr - 1, _epoch);

    protected override void PostStop()
    {
        _start.State.ControllerIsActive = false;
        base.PostStop();
    }

    private void OnRecovered(MetadataEvent e)
    {
        _batch.Add(e.Record);
        if (e.EndsBatch)
            Fold(e.Epoch);
    }

    private void Fold(ControllerEpoch epoch)
    {
        _history.Append(new MetadataBatch(epoch, Image.Offset + 1, [.. _batch]));
        _batch.Clear();
    }

    /// <summary>The epoch's first entry was committed before this actor began, so it may decide now (Q5).</summary>
    private void Begin()
    {
        if (Image.Epoch != _epoch)
            throw new InvalidOperationException($"Epoch {_epoch} began, but the metadata log ends in epoch {Image.Epoch} (P1).");
        _logger.Info("Controller epoch {0} begins at metadata offset {1}", _epoch, Image.Offset);
        _start.State.Image = Image;
        _start.State.ControllerIsActive = true;
        _sessions.Tell(new ControllerSessionsActor.ControllerReady(Self, Image));
        ScheduleTick(UncleanElectionTick.Instance, _start.Options.UncleanLeaderElectionIntervalMs);
        ScheduleTick(PreferredElectionTick.Instance, _start.Options.LeaderImbalanceCheckIntervalMs);
    }

    private void Decide(object command) => Decide(command, Answer);

    private void Decide(object command, Action<object?> answer)
    {
        var decision = _decider.Decide(Image, Context.NowMs(), command);
        if (decision.Records.IsEmpty)
        {
            answer(decision.Reply);
            return;
        }

        _sessions.Tell(ControllerSessionsActor.WriteBegan.Instance);
        Commit(decision.Records, () => answer(decision.Reply));
    }

    private void Answer(object? reply)
    {
        if (reply is not null)
            Sender.Tell(reply, Self);
    }

    private void Commit(ImmutableArray<MetadataRecord> records, Action committed)
    {
        var last = records.Length - 1;
        PersistAll(
            records.Select((record, i) => new MetadataEvent(_epoch, _claimant, record, i == last)),
            e =>
            {
                _batch.Add(e.Record);
                if (!e.EndsBatch)
                    return;
                var before = Image;
                Fold(e.Epoch);
                OnCommitted(before);
                committed();
            });
    }

    private void OnCommitted(MetadataImage before)
    {
        var image = Image;
        if (LastSequenceNr != image.Offset + 1)
            throw new InvalidOperationException($"Metadata offset {image.Offset} has sequence number {LastSequenceNr} (P4).");
        _start.State.Image = image;
        _sessions.Tell(new ControllerSessionsActor.Committed(image));
        var news = new MetadataAdvanced(_epoch, image.Offset);
        foreach (var follower in _followers.Values)
            follower.Tell(news, Self);
        foreach (var observation in MetadataObservations.Between(_start.Cluster, before, image))
            Context.System.EventStream.Publish(observation);
    }

    private void OnFetchMetadata(FetchMetadata request)
    {
        _followers[request.Broker] = Sender;
        Sender.Tell(_history.Answer(request, _epoch, MaxRecordsPerAnswer), Self);
    }

    private void OnTick(object tick, long intervalMs) => Decide(tick, reply => ScheduleTick(
        tick, reply is ElectionTickAnswer { More: true } ? _start.Options.ElectionTickPauseMs : intervalMs));

    private void ScheduleTick(object tick, long delayMs) =>
        Timers.StartSingleTimer(tick.GetType(), tick, TimeSpan.FromMilliseconds(delayMs));

    /// <summary>A command from the sessions beside this actor; never from anywhere else.</summary>
    public sealed record Submitted(object Command) : INoSerializationVerificationNeeded;
}
