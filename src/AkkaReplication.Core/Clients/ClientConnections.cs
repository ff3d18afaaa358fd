using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>A request that was sent and is not answered.</summary>
/// <param name="Context">What the sender needs to make sense of the answer.</param>
public sealed record PendingCall(
    long CorrelationId, BrokerId Broker, ClientRequest Request, object Context, long SentAtMs, long DeadlineMs);

/// <summary>
/// Owns a client's connections to brokers and the calls in flight on them, and says which calls are lost. Never repeats
/// a call: what a lost one means only its sender knows.
/// </summary>
public sealed class ClientConnections(ClientSettings settings, Func<double> random)
{
    private readonly SortedDictionary<BrokerId, Peer> _peers = [];
    private readonly Dictionary<long, Peer> _byConnection = [];
    private long _lastConnection;
    private long _lastCorrelationId;

    public bool IsOpen(BrokerId broker) => _peers.TryGetValue(broker, out var peer) && peer.IsOpen;

    public bool IsOpening(BrokerId broker) => _peers.TryGetValue(broker, out var peer) && peer.IsOpening;

    public int InFlight(BrokerId broker) => _peers.TryGetValue(broker, out var peer) ? peer.InFlight.Count : 0;

    /// <summary>
    /// Whether calls can be sent to the broker now; if not, the connection is on its way once its backoff is over.
    /// </summary>
    public bool TryUse(long nowMs, BrokerId broker, EffectList effects)
    {
        if (!_peers.TryGetValue(broker, out var peer))
            _peers.Add(broker, peer = new Peer(broker));
        if (peer.IsOpen)
            return true;
        if (peer.IsOpening)
            return false;

        peer.IsWanted = nowMs < peer.NotBeforeMs;
        if (!peer.IsWanted)
            Open(nowMs, peer, effects);
        return false;
    }

    /// <summary>Sends a request over the broker's open connection.</summary>
    /// <exception cref="InvalidOperationException">The connection is not open.</exception>
    public PendingCall Call(
        long nowMs, BrokerId broker, ClientRequest request, object context, int timeoutMs, EffectList effects)
    {
        var peer = RequireOpen(broker);
        var call = new PendingCall(++_lastCorrelationId, broker, request, context, nowMs, nowMs + timeoutMs);
        peer.InFlight.Add(call);
        effects.Add(new SendCall(peer.Connection, new ClientCall(call.CorrelationId, request)));
        return call;
    }

    /// <summary>Sends a request that has no answer (acks=0).</summary>
    public void Send(BrokerId broker, ClientRequest request, EffectList effects) =>
        effects.Add(new SendCall(RequireOpen(broker).Connection, new ClientCall(++_lastCorrelationId, request)));

    public void OnOpened(long connection)
    {
        if (!_byConnection.TryGetValue(connection, out var peer) || peer.IsOpen)
            return;

        peer.IsOpen = true;
        peer.Failures = 0;
    }

    /// <summary>
    /// The connection is gone, or could not be opened. Calls in flight go to <paramref name="lost"/>, oldest first.
    /// </summary>
    /// <returns>Whose it was; null where the connection was given up before.</returns>
    public BrokerId? OnClosed(long nowMs, long connection, List<PendingCall> lost)
    {
        if (!_byConnection.TryGetValue(connection, out var peer))
            return null;

        Lose(nowMs, peer, lost);
        return peer.Broker;
    }

    /// <summary>The call that is answered by this, or null for an answer nobody waits for any more.</summary>
    public PendingCall? OnReply(long connection, long correlationId)
    {
        if (!_byConnection.TryGetValue(connection, out var peer))
            return null;

        for (var i = 0; i < peer.InFlight.Count; i++)
        {
            var call = peer.InFlight[i];
            if (call.CorrelationId != correlationId)
                continue;

            peer.InFlight.RemoveAt(i);
            return call;
        }

        return null;
    }

    /// <summary>
    /// Gives up connections that do not open or do not answer in time; as in Kafka all their calls are lost with them.
    /// </summary>
    /// <param name="given">Is told whose they were.</param>
    /// <returns>Whether there was any.</returns>
    public bool OnTimer(long nowMs, List<PendingCall> lost, Action<BrokerId> given, EffectList effects)
    {
        var any = false;
        foreach (var peer in _peers.Values)
        {
            if (nowMs >= peer.NotBeforeMs)
                peer.IsWanted = false;
            if (nowMs < peer.DeadlineMs)
                continue;

            any = true;
            effects.Add(new CloseConnection(peer.Connection));
            Lose(nowMs, peer, lost);
            given(peer.Broker);
        }

        return any;
    }

    /// <summary>When <see cref="OnTimer"/>, or another <see cref="TryUse"/>, has something to do.</summary>
    public long NextDeadlineMs
    {
        get
        {
            var next = long.MaxValue;
            foreach (var peer in _peers.Values)
                next = Math.Min(next, peer.IsWanted ? peer.NotBeforeMs : peer.DeadlineMs);
            return next;
        }
    }

    /// <summary>Gives everything up; calls in flight go to <paramref name="lost"/>.</summary>
    public void CloseAll(long nowMs, List<PendingCall> lost, EffectList effects)
    {
        foreach (var peer in _peers.Values)
        {
            if (!peer.IsOpen && !peer.IsOpening)
                continue;

            effects.Add(new CloseConnection(peer.Connection));
            Lose(nowMs, peer, lost);
        }
    }

    private void Open(long nowMs, Peer peer, EffectList effects)
    {
        peer.Connection = ++_lastConnection;
        peer.OpenDeadlineMs = nowMs + settings.ConnectionSetupTimeoutMs;
        _byConnection.Add(peer.Connection, peer);
        effects.Add(new OpenConnection(peer.Broker, peer.Connection));
    }

    private void Lose(long nowMs, Peer peer, List<PendingCall> lost)
    {
        _byConnection.Remove(peer.Connection);
        lost.AddRange(peer.InFlight);
        peer.InFlight.Clear();
        peer.IsOpen = false;
        peer.Connection = Peer.NoConnection;
        peer.Failures++;
        peer.NotBeforeMs = nowMs + Backoff.AfterMs(
            peer.Failures, settings.ReconnectBackoffMs, settings.ReconnectBackoffMaxMs, random());
    }

    private Peer RequireOpen(BrokerId broker) =>
        _peers.TryGetValue(broker, out var peer) && peer.IsOpen
            ? peer
            : throw new InvalidOperationException($"There is no open connection to broker {broker}.");

    private sealed class Peer(BrokerId broker)
    {
        public const long NoConnection = -1;

        public BrokerId Broker { get; } = broker;

        public List<PendingCall> InFlight { get; } = [];

        public long Connection { get; set; } = NoConnection;

        public bool IsOpen { get; set; }

        public bool IsOpening => !IsOpen && Connection != NoConnection;

        public long OpenDeadlineMs { get; set; }

        public int Failures { get; set; }

        public long NotBeforeMs { get; set; }

        /// <summary>Somebody asked for the connection during its backoff.</summary>
        public bool IsWanted { get; set; }

        public long DeadlineMs
        {
            get
            {
                if (IsOpening)
                    return OpenDeadlineMs;

                var deadline = long.MaxValue;
                foreach (var call in InFlight)
                    deadline = Math.Min(deadline, call.DeadlineMs);
                return deadline;
            }
        }
    }
}
