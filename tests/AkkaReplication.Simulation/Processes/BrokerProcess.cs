using AkkaReplication.Brokers;
using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Simulation.Disks;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>
/// The shell of a broker: one life after another on one disk. Runs the machines' effects and decides nothing.
/// </summary>
internal sealed partial class BrokerProcess : SimulatedProcess
{
    private readonly Cluster _cluster;
    private readonly EffectList _effects = new();
    private Mailbox _mailbox;
    private readonly ProcessTimer _lifecycleTimer;
    private readonly ProcessTimer _metadataTimer;
    private readonly ProcessTimer _isrTimer;
    private readonly ProcessTimer _producerIdTimer;
    private readonly ProcessTimer _retentionTimer;
    private readonly ProcessTimer _checkpointTimer;
    private BrokerLifecycle _lifecycle = null!;
    private MetadataFollower _follower = null!;
    private IsrProposalQueue _proposals = null!;
    private ProducerIdBlocks _producerIds = null!;
    private RetentionRounds _retention = null!;
    private IDiskSession _disk = null!;
    private bool _isClosing;
    private int _heartbeatFrom;
    private bool _isPerforming;
    private int _flushesFailedBefore;
    private bool _hasFailedToLoad;

    public BrokerProcess(Cluster cluster, int node, IBrokerDisk disk)
        : base(cluster.World, node)
    {
        _cluster = cluster;
        Disk = disk;
        Id = new BrokerId(node);
        _mailbox = new Mailbox(this);
        _lifecycleTimer = new ProcessTimer(this);
        _metadataTimer = new ProcessTimer(this);
        _isrTimer = new ProcessTimer(this);
        _producerIdTimer = new ProcessTimer(this);
        _retentionTimer = new ProcessTimer(this);
        _checkpointTimer = new ProcessTimer(this);
    }

    public BrokerId Id { get; }

    public IBrokerDisk Disk { get; }

    public BrokerEpoch Epoch => _lifecycle is null || !IsAlive ? BrokerEpoch.Unknown : _lifecycle.BrokerEpoch;

    /// <summary>Of its present life; empty while it has none, or recovers.</summary>
    public Guid IncarnationId { get; private set; }

    /// <summary>
    /// Its next life will be a lossy one, whatever this one has registered: a flush has failed in it, or it could not read, for
    /// an error that is over, a log that the next one finds readable.
    /// </summary>
    public bool HidesLoss => IncarnationId != Guid.Empty && (_hasFailedToLoad || Met(DiskFault.FailedFlush) > _flushesFailedBefore);

    public bool IsRunning { get; private set; }

    public long LeaseEndMs { get; private set; }

    /// <summary>In this life. A lease that is withdrawn reaches replicas a little later; nobody leads in their place before it ends.</summary>
    public long GreatestLeaseEndMs { get; private set; }

    /// <summary>The node whose answer has brought that lease.</summary>
    public int LeaseFrom { get; private set; }

    public MetadataImage Image { get; private set; } = MetadataImage.Empty(Cluster.Id);

    /// <summary>It asks to stop in order.</summary>
    public bool IsStopping { get; private set; }

    public BrokerState State => _lifecycle.State;

    /// <summary>What the present life says of the one before.</summary>
    public PreviousLife PreviousLife => _disk.PreviousLife;

    /// <summary>Which node it takes for the controller.</summary>
    public int ControllerNode { get; set; }

    public void Start()
    {
        BeginLife();
        IsRunning = false;
        IsStopping = false;
        _isClosing = false;
        LeaseEndMs = 0;
        GreatestLeaseEndMs = 0;
        Image = MetadataImage.Empty(Cluster.Id);
        ClearReplicas();
        ClearLinks();
        ClearSessions();
        _effects.Clear();
        _mailbox = new Mailbox(this);
        _lifecycle = null!;

        // Recovery takes its time.
        AfterUs(World.Scheduling.Between(500, 20_000), Open);
    }

    private void Open()
    {
        var writesFailedBefore = Met(DiskFault.FailedWrite);
        _flushesFailedBefore = Met(DiskFault.FailedFlush);
        try
        {
            _disk = Disk.Open(World.Profile.Fsync);
        }
        catch (StorageException e)
        {
            World.Trace.Line($"broker {Id} cannot open its disk: {e.Message}");
            After(500, Open);
            return;
        }

        _hasFailedToLoad = Met(DiskFault.FailedWrite) > writesFailedBefore;
        var profile = World.Profile;
        World.Trace.Line($"broker {Id} starts life {Life}, the previous one ended {_disk.PreviousLife}");
        IncarnationId = World.Identities.NextGuid();
        _lifecycle = new BrokerLifecycle(
            new BrokerLifecycleOptions(
                Cluster.Id, Id, null, [Disk.DirectoryId], profile.HeartbeatMs, profile.SessionMs,
                ControlledShutdownTimeoutMs: 5_000),
            IncarnationId,
            _disk.PreviousLife,
            _disk.PreviousBrokerEpoch,
            World.Scheduling.NextDouble);
        _follower = new MetadataFollower(new MetadataFollowerOptions(Cluster.Id, Id), MetadataImage.Empty(Cluster.Id));
        _proposals = new IsrProposalQueue(new IsrProposalQueueOptions(Id, RequestTimeoutMs: 1_500));
        _producerIds = new ProducerIdBlocks(new ProducerIdBlocksOptions(Id, RequestTimeoutMs: 1_500));
        _retention = new RetentionRounds(profile.TinySegments ? 300 : 3_000);
        StartCheckpoints();
        Turn(fx =>
        {
            _retention.Start(fx);
            _lifecycle.Start(NowMs, fx);
        });
    }

    /// <summary>The process is gone; with <paramref name="powerLoss"/> the machine.</summary>
    public void Kill(bool powerLoss)
    {
        var epoch = Epoch;
        World.Trace.Line($"broker {Id} {(powerLoss ? "loses power" : "is killed")}");
        EndLife();
        LookAtDisk();
        _cluster.Checks.OnLifeOver(this, powerLoss);
        Disk.Crash(powerLoss);
        _cluster.OnCrashed(Id);
        DropEverything(tellPeers: !powerLoss);
        if (!powerLoss && epoch != BrokerEpoch.Unknown)
            _cluster.OnProcessGone(this, epoch);
    }

    /// <summary>Asks for an end in order; <see cref="Cluster.OnBrokerStopped"/> follows.</summary>
    public void Stop()
    {
        if (!IsAlive || IsStopping)
            return;
        IsStopping = true;
        if (_lifecycle is null)
            return;
        Turn(fx => _lifecycle.OnShutdownRequested(NowMs, fx));
    }

    /// <summary>From the controller's node.</summary>
    public void OnControllerMessage(int from, object message)
    {
        if (_lifecycle is null || _isClosing)
            return;

        Turn(fx =>
        {
            switch (message)
            {
                case RegisterBrokerAnswer answer:
                    _lifecycle.OnRegisterAnswer(NowMs, answer, fx);
                    break;
                case BrokerHeartbeatAnswer answer:
                    if (answer.Error == ErrorCode.StaleBrokerEpoch)
                        World.Tally.Seen(Sometimes.StaleBrokerEpoch);
                    _heartbeatFrom = from;
                    _lifecycle.OnHeartbeatAnswer(NowMs, answer, fx);
                    break;
                case FetchMetadataAnswer answer:
                    if (answer.Snapshot is not null && Image.Offset >= 0)
                        World.Tally.Seen(Sometimes.MetadataSnapshotInstalled);
                    _follower.OnAnswer(NowMs, answer, fx);
                    break;
                case MetadataAdvanced advanced:
                    _follower.OnAdvanced(NowMs, advanced, fx);
                    break;
                case ControllerChanged:
                    _lifecycle.OnControllerChanged(NowMs, fx);
                    _follower.OnControllerChanged(NowMs, fx);
                    _proposals.OnControllerChanged(NowMs, fx);
                    _producerIds.OnControllerChanged(NowMs, fx);
                    break;
                case AlterPartitionsAnswer answer:
                    _proposals.OnAnswer(NowMs, answer, fx);
                    break;
                case AllocateProducerIdsAnswer answer:
                    _producerIds.OnAnswer(NowMs, answer, fx);
                    break;
                default:
                    OnForwarded(message);
                    break;
            }
        });
    }

    /// <summary>One turn of the broker's own actor.</summary>
    private void Turn(Action<EffectList> turn)
    {
        turn(_effects);
        if (_isPerforming)
            return;

        _isPerforming = true;
        try
        {
            var life = Life;
            for (var i = 0; i < _effects.Count && life == Life && IsAlive; i++)
                Perform(_effects[i]);
        }
        finally
        {
            _isPerforming = false;
            _effects.Clear();
        }
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case SendRegister send:
                ToController(send.Request);
                break;
            case SendHeartbeat send:
                ToController(send.Request);
                AskForContacts();
                if (!_wantedLogEnds.IsEmpty)
                    ReportReplicas();
                break;
            case SendFetchMetadata send:
                ToController(send.Request);
                break;
            case SendAlterPartitions send:
                ToController(send.Request);
                break;
            case SendAllocateProducerIds send:
                ToController(send.Request);
                break;
            case ProducerIdAssigned assigned:
                if (_idWaiters.Remove(assigned.Token, out var waiter))
                    waiter(assigned.ProducerId);
                break;
            case RetentionDue due:
                ToReplica(due.Partition, (slot, fx) => slot.Machine!.OnRetentionDue(NowMs, WallClockMs, fx));
                break;
            case DeleteExpiredSegments:
                OnDisk(_disk.DeleteExpiredSegments);
                break;
            case DeleteExpiredStrays:
                break;
            case StartRetentionTimer timer:
                _retentionTimer.Start(timer.DelayMs, () => Turn(fx => _retention.OnTimer(NowMs, _slots.Keys.ToArray(), fx)));
                break;
            case StartProducerIdTimer timer:
                _producerIdTimer.Start(timer.DelayMs, () => Turn(fx => _producerIds.OnTimer(NowMs, fx)));
                break;
            case StartLifecycleTimer timer:
                _lifecycleTimer.Start(timer.DelayMs, () => Turn(fx => _lifecycle.OnTimer(NowMs, fx)));
                break;
            case StartMetadataTimer timer:
                _metadataTimer.Start(timer.DelayMs, () => Turn(fx => _follower.OnTimer(NowMs, fx)));
                break;
            case StartIsrTimer timer:
                _isrTimer.Start(timer.DelayMs, () => Turn(fx => _proposals.OnTimer(NowMs, fx)));
                break;
            case LifecycleChanged changed:
                OnLifecycleChanged(changed);
                break;
            case LeaseGranted lease:
                LeaseEndMs = lease.LeaseEndMs;
                GreatestLeaseEndMs = Math.Max(GreatestLeaseEndMs, LeaseEndMs);
                LeaseFrom = _heartbeatFrom;
                break;
            case LifeEnded ended:
                OnLifeEnded(ended);
                break;
            case ShutdownGranted:
                Close();
                break;
            case MetadataApplied applied:
                OnMetadataApplied(applied);
                break;
            case MetadataDiverged diverged:
                throw new Violation("M1", $"broker {Id} finds its metadata diverging: {diverged.Reason}");
            case DeliverIsrAnswer deliver:
                if (deliver.Answer.Error is not (ErrorCode.None or ErrorCode.OperationNotAttempted))
                    World.Tally.Seen(Sometimes.IsrProposalRefused);
                ToReplica(deliver.Answer.Partition, (slot, fx) => slot.Machine!.OnIsrAnswer(NowMs, deliver.Answer, fx));
                break;
            default:
                throw new InvalidOperationException($"A broker does not know the effect {effect}.");
        }
    }

    private void OnLifecycleChanged(LifecycleChanged changed)
    {
        switch (changed.State)
        {
            case BrokerState.Starting:
                OnDisk(_disk.RegistrationAccepted);
                if (_disk.PreviousLife == PreviousLife.Lossy)
                    _cluster.Checks.OnLossKnown(Id);
                _proposals.OnRegistered(NowMs, changed.BrokerEpoch, _effects);
                _producerIds.OnRegistered(NowMs, changed.BrokerEpoch, _effects);
                _follower.Start(NowMs, _effects);
                break;
            case BrokerState.Running when !IsRunning:
                IsRunning = true;
                World.Trace.Line($"broker {Id} serves in broker epoch {changed.BrokerEpoch}");
                break;
        }
    }

    /// <summary>F4: this life is over, and another one may begin on the same disk.</summary>
    private void OnLifeEnded(LifeEnded ended)
    {
        World.Trace.Line($"broker {Id} ends its life: {ended.Error} {ended.Reason}");
        Violation.Require(
            ended.Error is ErrorCode.StaleBrokerEpoch or ErrorCode.RequestTimedOut, "F4", () => $"broker {Id}: {ended.Reason}");
        EndLife();
        LookAtDisk();
        _cluster.Checks.OnLifeOver(this, powerLoss: false);
        Disk.Crash(powerLoss: false);
        _cluster.OnCrashed(Id);
        DropEverything(tellPeers: true);

        // Nobody chose this moment: if what it hides is more than others can make up for, so be it.
        _cluster.MayLoseAll |= _cluster.Damaged.ContainsKey(Id);
        World.Time.After(World.Scheduling.Between(1_000, 100_000), () =>
        {
            if (!IsAlive)
                Start();
        });
    }

    /// <summary>The controller lets this broker go: replicas first, then their logs, the marker last.</summary>
    private void Close()
    {
        _isClosing = true;
        foreach (var slot in _slots.Values.ToArray())
            StopSlot(slot);
        World.Trace.Line($"broker {Id} stops in order");
        var epoch = Epoch;
        LookAtDisk();
        _cluster.Checks.OnLifeOver(this, powerLoss: false);
        try
        {
            _disk.CloseCleanly(epoch);
        }
        catch (StorageException)
        {
            // A disk that fails now leaves no marker; that is what the next life finds.
        }

        EndLife();
        DropEverything(tellPeers: true);
        _cluster.OnBrokerStopped(this);
    }

    private void DropEverything(bool tellPeers)
    {
        IsRunning = false;
        IncarnationId = Guid.Empty;
        _cluster.BreakConnections(this, tellPeers);
        ClearReplicas();
        ClearLinks();
        ClearSessions();
        _effects.Clear();
    }

    private int Met(string fault) => Disk.EffectiveFaults.GetValueOrDefault(fault);

    private void StartCheckpoints() => _checkpointTimer.Start(World.Scheduling.Between(500L, 3_000), () =>
    {
        Checkpoint();
        StartCheckpoints();
    });

    /// <summary>What it does now and then.</summary>
    public void Checkpoint()
    {
        OnDisk(_disk.Checkpoint);
        LookAtDisk();
    }

    private void LookAtDisk()
    {
        if (_lifecycle is not null && _disk.FindUntruth() is { } untruth)
            _cluster.Checks.OnUntruth(this, untruth);
    }

    private void OnDisk(Action action)
    {
        try
        {
            action();
        }
        catch (StorageException e)
        {
            // Tried again by the next round, or by the next life.
            World.Trace.Line($"broker {Id}: {e.Message}");
        }
    }

    private void ToController(object message) => _cluster.ToController(this, message);
}
