using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// What all client machines share: connections, metadata, one timer. Each input is one turn; at its end the machine has
/// sent what can be sent and asked for the timer it needs. Never touches an actor, a clock or a task.
/// </summary>
public abstract class ClientMachine
{
    private readonly List<PendingCall> _lost = [];
    private long _timerAtMs = long.MaxValue;

    private protected ClientMachine(ClientSettings settings, Func<double> random)
    {
        if (settings.Bootstrap.IsDefaultOrEmpty)
            throw new ArgumentException("bootstrap.servers names no broker.", nameof(settings));

        Random = random;
        Metadata = new ClientMetadata();
        Connections = new ClientConnections(settings, random);
        Brokers = new BrokerPicker(settings, Metadata, Connections);
        Updater = new MetadataUpdater(settings, Metadata, Connections, Brokers);
    }

    /// <summary>What this client knows about the cluster.</summary>
    public ClientMetadata Metadata { get; }

    /// <summary>The client has ended: nothing that is asked of it will be answered.</summary>
    public bool IsAborted { get; private set; }

    private protected ClientConnections Connections { get; }

    private protected BrokerPicker Brokers { get; }

    private protected MetadataUpdater Updater { get; }

    private protected Func<double> Random { get; }

    /// <summary>The session that <see cref="OpenConnection"/> asked for is there.</summary>
    public void OnOpened(long nowMs, long connection, EffectList effects)
    {
        Connections.OnOpened(connection);
        Turn(nowMs, effects);
    }

    /// <summary>The session is gone, or could not be opened.</summary>
    public void OnClosed(long nowMs, long connection, EffectList effects)
    {
        if (Connections.OnClosed(nowMs, connection, _lost) is { } broker)
        {
            Updater.Want();
            OnDisconnected(broker);
        }

        LoseCalls(nowMs, effects);
        Turn(nowMs, effects);
    }

    /// <summary>A broker answered.</summary>
    public void OnReply(long nowMs, long connection, ClientReply reply, EffectList effects)
    {
        if (Connections.OnReply(connection, reply.CorrelationId) is { } call)
            Answered(nowMs, call, reply.Response, effects);
        Turn(nowMs, effects);
    }

    /// <summary>
    /// The timer of <see cref="StartClientTimer"/> fired, or the caller has given the machine something to do.
    /// </summary>
    public void OnTimer(long nowMs, EffectList effects)
    {
        if (Connections.OnTimer(nowMs, _lost, OnDisconnected, effects))
            Updater.Want();
        LoseCalls(nowMs, effects);
        Turn(nowMs, effects);
    }

    /// <summary>Ends the client: every connection is given up, everything unfinished fails with this error.</summary>
    public void Abort(long nowMs, ErrorCode error, string message, EffectList effects)
    {
        if (IsAborted)
            return;

        IsAborted = true;
        Connections.CloseAll(nowMs, _lost, effects);
        LoseCalls(nowMs, effects);
        OnAbort(nowMs, error, message, effects);
    }

    /// <summary>An answer to one of the machine's own calls.</summary>
    private protected abstract void OnAnswer(long nowMs, PendingCall call, ClientResponse response, EffectList effects);

    /// <summary>
    /// A call of the machine's own was lost with its connection: nobody knows whether it was carried out.
    /// </summary>
    private protected abstract void OnLost(long nowMs, PendingCall call, EffectList effects);

    /// <summary>The connection to that broker is gone, or could not be opened.</summary>
    private protected virtual void OnDisconnected(BrokerId broker)
    {
    }

    /// <summary>Metadata has changed.</summary>
    private protected abstract void OnMetadata(long nowMs, EffectList effects);

    /// <summary>Everything that can be done now.</summary>
    private protected abstract void Work(long nowMs, EffectList effects);

    private protected abstract void OnAbort(long nowMs, ErrorCode error, string message, EffectList effects);

    /// <summary>When <see cref="Work"/> has something to do that no other input announces.</summary>
    private protected abstract long NextWorkMs(long nowMs);

    private void Turn(long nowMs, EffectList effects)
    {
        Work(nowMs, effects);
        Updater.Poll(nowMs, effects);
        ArmTimer(nowMs, effects);
    }

    private void Answered(long nowMs, PendingCall call, ClientResponse response, EffectList effects)
    {
        if (call.Context != Updater)
        {
            OnAnswer(nowMs, call, response, effects);
            return;
        }

        if (response is not MetadataResponse metadata)
        {
            Updater.OnLost(call);
            return;
        }

        switch (Updater.OnAnswer(nowMs, call, metadata))
        {
            case MetadataNews.OtherCluster:
                effects.Add(new ClientObserved(new OtherClusterMet(Metadata.ClusterId!, metadata.ClusterId)));
                break;
            default:
                OnMetadata(nowMs, effects);
                break;
        }
    }

    private void LoseCalls(long nowMs, EffectList effects)
    {
        foreach (var call in _lost)
        {
            if (call.Context == Updater)
                Updater.OnLost(call);
            else
                OnLost(nowMs, call, effects);
        }

        _lost.Clear();
    }

    private void ArmTimer(long nowMs, EffectList effects)
    {
        // A timer that fires early costs one turn; so only an earlier deadline needs a new one.
        if (_timerAtMs <= nowMs)
            _timerAtMs = long.MaxValue;

        var next = Math.Min(Math.Min(Connections.NextDeadlineMs, Updater.NextDeadlineMs(nowMs)), NextWorkMs(nowMs));
        if (next >= _timerAtMs)
            return;

        _timerAtMs = Math.Max(next, nowMs + 1);
        effects.Add(new StartClientTimer(_timerAtMs - nowMs));
    }
}
