using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <param name="SessionTimeoutMs">broker.session.timeout.ms.</param>
/// <param name="HeartbeatIntervalMs">broker.heartbeat.interval.ms.</param>
/// <param name="EarlyFenceIntervalMs">At most one early fence per broker in this time (T2).</param>
public sealed record BrokerSessionsOptions(
    long SessionTimeoutMs, long HeartbeatIntervalMs, long EarlyFenceIntervalMs = 10_000);

/// <summary>
/// Knows when each broker was heard of, judged by arrival, beside the controller so that a slow commit does not look like
/// silent brokers (T1). Answers what changes nothing; never changes anything itself, it only submits commands.
/// </summary>
public sealed class BrokerSessions(BrokerSessionsOptions options)
{
    private readonly SortedDictionary<BrokerId, Session> _sessions = [];
    private readonly SortedDictionary<(TopicIdPartition, BrokerId), LastKnownReplica> _logEnds = [];
    private MetadataImage? _image;
    private FenceBroker? _pendingFence;
    private long? _writingSinceMs;
    private long? _confirmedAtMs;

    /// <summary>
    /// A controller took over. All brokers get a full session (replication rules 1.6); what the one before knew is gone.
    /// </summary>
    public void OnControllerActive(long nowMs, MetadataImage image, EffectList effects)
    {
        _sessions.Clear();
        _logEnds.Clear();
        (_pendingFence, _writingSinceMs, _confirmedAtMs) = (null, null, null);
        OnImage(nowMs, image, effects);
    }

    /// <summary>The controller is gone: until the next one everything is answered NOT_CONTROLLER.</summary>
    public void OnControllerInactive() => _image = null;

    /// <summary>Committed metadata, after each commit.</summary>
    public void OnImage(long nowMs, MetadataImage image, EffectList effects)
    {
        _image = image;
        foreach (var broker in image.Brokers.Values)
        {
            if (!_sessions.TryGetValue(broker.Id, out var session) || session.Epoch != broker.Epoch)
                _sessions[broker.Id] = new Session(broker.Epoch, nowMs, session?.EarlyFenceAtMs);
            else if (broker.Fenced)
                session.IsBeingFenced = false;
        }

        foreach (var (partition, broker) in _logEnds.Keys.ToArray())
        {
            if (!IsOpen(image, partition))
                _logEnds.Remove((partition, broker));
        }

        if (_pendingFence is { } fence && !IsUnfenced(fence.Broker, fence.BrokerEpoch))
            _pendingFence = null;
        Check(nowMs, effects);
    }

    /// <summary>The controller began to write; nothing is fenced until that is committed.</summary>
    public void OnWriteStarted(long nowMs) => _writingSinceMs ??= nowMs;

    /// <summary>What was being written is committed.</summary>
    public void OnWriteCommitted(long nowMs, EffectList effects)
    {
        var tookMs = nowMs - (_writingSinceMs ?? nowMs);
        _writingSinceMs = null;
        OnControllerWasBusy(nowMs, tookMs);
        Check(nowMs, effects);
    }

    /// <summary>The controller was busy that long: more than a heartbeat interval is added to all sessions.</summary>
    public void OnControllerWasBusy(long nowMs, long tookMs)
    {
        if (tookMs <= options.HeartbeatIntervalMs)
            return;
        foreach (var session in _sessions.Values)
            session.LastContactMs = Math.Min(nowMs, session.LastContactMs + tookMs);
    }

    /// <summary>
    /// A majority confirmed the controller in a round that began then (P6); leases end a session after it. Never called where
    /// the controller is the only voter: then its own word is the majority's.
    /// </summary>
    public void OnControllerConfirmed(long roundStartedMs) => _confirmedAtMs = roundStartedMs;

    /// <summary>A broker wants to register.</summary>
    public void OnRegister(long nowMs, RegisterBroker request, EffectList effects)
    {
        var valid = _image?.TryGetBroker(request.Broker) is { Fenced: false } broker
            && _sessions[broker.Id].LastContactMs + options.SessionTimeoutMs >= nowMs;
        effects.Add(new SubmitToController(new RegistrationCommand(request, valid)));
    }

    /// <summary>A heartbeat arrived.</summary>
    public void OnHeartbeat(long nowMs, BrokerHeartbeat request, EffectList effects)
    {
        if (_image is null)
        {
            effects.Add(new AnswerHeartbeat(
                BrokerHeartbeats.Refuse(request, ErrorCode.NotController, ControllerEpoch.None, -1)));
            return;
        }

        var broker = _image.TryGetBroker(request.Broker);
        if (broker is null || request.BrokerEpoch != broker.Epoch)
        {
            // The controller may know of a later life already, never of an earlier one.
            if (request.BrokerEpoch < broker?.Epoch)
                effects.Add(new AnswerHeartbeat(Refuse(request, ErrorCode.StaleBrokerEpoch)));
            else
                Submit(nowMs, request, effects);
            return;
        }

        var session = _sessions[broker.Id];
        if (request.SentAtMs < session.LastSentAtMs)
            return; // A late copy: a newer one has been answered.

        session.LastSentAtMs = request.SentAtMs;
        session.LastContactMs = nowMs;
        session.ReportedOffset = Math.Max(session.ReportedOffset, request.MetadataOffset);
        session.FenceWhenWritten = false;

        if (ChangesNothing(broker, request))
            effects.Add(new AnswerHeartbeat(BrokerHeartbeats.Answer(
                _image, request, shouldShutDown: false, session.IsBeingFenced ? 0 : LeaseMs(nowMs))));
        else
            Submit(nowMs, request, effects);
        OnLogEnds(request, effects);
        Check(nowMs, effects);
    }

    /// <summary>
    /// The connection to that life of a broker was closed by its side or refused: its process is gone. It is fenced at once,
    /// but no more than once in <see cref="BrokerSessionsOptions.EarlyFenceIntervalMs"/>; after that its session decides.
    /// </summary>
    public void OnConnectionClosed(long nowMs, BrokerId broker, BrokerEpoch epoch, EffectList effects)
    {
        if (!IsUnfenced(broker, epoch))
            return;

        var session = _sessions[broker];
        if (session.EarlyFenceAtMs is { } last && nowMs - last < options.EarlyFenceIntervalMs)
            return;

        session.EarlyFenceAtMs = nowMs;
        if (_writingSinceMs is null)
            SubmitFence(broker, session, "its connection was closed", effects);
        else
            session.FenceWhenWritten = true;
    }

    /// <summary>The timer fired.</summary>
    public void OnTimer(long nowMs, EffectList effects) => Check(nowMs, effects);

    private bool ChangesNothing(BrokerRegistration broker, BrokerHeartbeat request) =>
        BrokerHeartbeats.Next(_image!, broker, request, LowestActiveOffset(broker.Id)) == HeartbeatOutcome.Nothing
        && BrokerHeartbeats.HostedOnly(_image!, broker.Id, request.OfflineReplicas).SetEquals(broker.OfflineReplicas);

    private void Submit(long nowMs, BrokerHeartbeat request, EffectList effects) =>
        effects.Add(new SubmitToController(new HeartbeatCommand(
            request, LeaseMs(nowMs), LowestActiveOffset(request.Broker), nowMs + (options.HeartbeatIntervalMs / 2))));

    private BrokerHeartbeatAnswer Refuse(BrokerHeartbeat request, ErrorCode error) =>
        BrokerHeartbeats.Refuse(request, error, _image!.Epoch, _image.Offset);

    private long LeaseMs(long nowMs) =>
        Math.Max(0, options.SessionTimeoutMs - (nowMs - (_confirmedAtMs ?? nowMs)));

    private long LowestActiveOffset(BrokerId but)
    {
        var lowest = long.MaxValue;
        foreach (var broker in _image!.Brokers.Values)
        {
            if (broker.IsActive && broker.Id != but)
                lowest = Math.Min(lowest, _sessions[broker.Id].ReportedOffset);
        }

        return lowest;
    }

    /// <summary>Fences the broker that has been silent longest, one per event (KAFKA-13173), and asks for the next timer.</summary>
    private void Check(long nowMs, EffectList effects)
    {
        // Both end with an event that comes here again.
        if (_image is null || _writingSinceMs is not null || _pendingFence is not null)
            return;

        SubmitEarlyFences(effects);
        if (Oldest() is not var (broker, session))
            return;

        var expiresMs = session.LastContactMs + options.SessionTimeoutMs;
        if (expiresMs >= nowMs)
        {
            effects.Add(new StartSessionTimer(expiresMs + 1 - nowMs));
            return;
        }

        _pendingFence = SubmitFence(broker, session, $"not heard of for {nowMs - session.LastContactMs} ms", effects);
    }

    /// <summary>E1: from here on the broker gets no lease, though it may be heard again before the fence is committed.</summary>
    private static FenceBroker SubmitFence(BrokerId broker, Session session, string reason, EffectList effects)
    {
        session.IsBeingFenced = true;
        var fence = new FenceBroker(broker, session.Epoch, reason);
        effects.Add(new SubmitToController(fence));
        return fence;
    }

    private void SubmitEarlyFences(EffectList effects)
    {
        foreach (var (broker, session) in _sessions)
        {
            if (!session.FenceWhenWritten)
                continue;
            session.FenceWhenWritten = false;
            if (IsUnfenced(broker, session.Epoch))
                SubmitFence(broker, session, "its connection was closed", effects);
        }
    }

    private (BrokerId Broker, Session Session)? Oldest()
    {
        (BrokerId Broker, Session Session)? oldest = null;
        foreach (var (broker, session) in _sessions)
        {
            if (IsUnfenced(broker, session.Epoch)
                && (oldest is null || session.LastContactMs < oldest.Value.Session.LastContactMs))
            {
                oldest = (broker, session);
            }
        }

        return oldest;
    }

    private void OnLogEnds(BrokerHeartbeat request, EffectList effects)
    {
        foreach (var end in request.LogEnds)
        {
            if (!IsOpen(_image!, end.Partition))
                continue;

            _logEnds[(end.Partition, request.Broker)] =
                new LastKnownReplica(request.Broker, request.BrokerEpoch, end.LastEpoch, end.LogEndOffset);
            var partition = _image!.TryGetPartition(end.Partition)!;
            ImmutableArray<LastKnownReplica> known =
                [.. _logEnds.Where(e => e.Key.Item1 == end.Partition).Select(e => e.Value)];
            if (LastKnownElections.Fullest(_image, partition, known) is not null)
                effects.Add(new SubmitToController(new ElectLastKnown(end.Partition, known)));
        }
    }

    private static bool IsOpen(MetadataImage image, TopicIdPartition partition) =>
        image.TryGetPartition(partition) is { } registration && LastKnownElections.IsOpen(registration);

    private bool IsUnfenced(BrokerId broker, BrokerEpoch epoch) =>
        _image?.TryGetBroker(broker) is { Fenced: false } registration && registration.Epoch == epoch;

    private sealed class Session(BrokerEpoch epoch, long lastContactMs, long? earlyFenceAtMs)
    {
        public BrokerEpoch Epoch { get; } = epoch;

        public long LastContactMs { get; set; } = lastContactMs;

        public long LastSentAtMs { get; set; } = long.MinValue;

        public long ReportedOffset { get; set; } = -1;

        // Survives the life: it limits how often a broker is moved.
        public long? EarlyFenceAtMs { get; set; } = earlyFenceAtMs;

        public bool FenceWhenWritten { get; set; }

        /// <summary>Submitted, and not committed yet.</summary>
        public bool IsBeingFenced { get; set; }
    }
}
