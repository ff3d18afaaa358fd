using Akka.Actor;
using Akka.Event;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>What a <see cref="ClientActor"/> needs.</summary>
/// <param name="Gate">Held in every turn of the machine, since callers enter it from their own threads.</param>
/// <param name="Perform">Carries out the effects that are for the caller; on the actor's thread, without the
/// gate.</param>
/// <param name="Ended">Completed when the actor has ended and every caller has been told.</param>
internal sealed record ClientStart(
    string Cluster,
    IBrokerSource Brokers,
    string ClientId,
    ClientMachine Machine,
    object Gate,
    Action<Effect> Perform,
    TaskCompletionSource Ended);

/// <summary>
/// Runs a client machine: opens sessions at brokers, carries its calls and their answers, keeps its timer. Decides
/// nothing itself. When it ends, for whatever reason, the machine is aborted, so that no caller waits for ever.
/// </summary>
internal sealed class ClientActor : UntypedActor, IWithTimers
{
    private const string TimerKey = "turn";

    private readonly ClientStart _start;
    private readonly ClientMachine _machine;
    private readonly EffectList _effects = new();
    private readonly EffectInterpreter _interpreter;
    private readonly Dictionary<long, Link> _links = [];
    private readonly Dictionary<IActorRef, Link> _bySession = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();

    // Effects of the present turn that were begun.
    private int _begun;

    public ClientActor(ClientStart start)
    {
        _start = start;
        _machine = start.Machine;
        _interpreter = new EffectInterpreter(Perform);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>On the threads of the sessions it talks to: an answer from another pool would wake a thread each time.</summary>
    public static Props Props(ClientStart start) =>
        Akka.Actor.Props.Create(() => new ClientActor(start)).WithDispatcher(ReplicationDispatchers.Network);

    /// <summary>A session among its children that fails is a connection that is lost.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void OnReceive(object message)
    {
        try
        {
            Handle(message);
        }
        catch (Exception e)
        {
            // What the machine knows can no longer be trusted: PostStop fails everything unfinished.
            _log.Error(e, "Client {0} of cluster {1} stops", _start.ClientId, _start.Cluster);
            Context.Stop(Self);
        }
    }

    protected override void PostStop()
    {
        lock (_start.Gate)
            _machine.Abort(Context.NowMs(), ErrorCode.InvalidRequest, "The client has stopped.", _effects);

        // After a turn that broke its effects are still there: what came before the broken one has been done.
        foreach (var effect in _effects.AsReadOnly().Skip(_begun))
        {
            try
            {
                Perform(effect);
            }
            catch (Exception e)
            {
                // One caller's trouble is not another's: all are told, and whoever waits for the end learns of it.
                _log.Error(e, "Client {0} of cluster {1} could not carry out {2}", _start.ClientId, _start.Cluster, effect);
            }
        }

        _effects.Clear();
        _start.Ended.TrySetResult();
    }

    private void Handle(object message)
    {
        switch (message)
        {
            case Turn:
                lock (_start.Gate)
                    _machine.OnTimer(Context.NowMs(), _effects);
                break;
            case ClientReply reply:
                OnReply(reply);
                break;
            case ActorIdentity identity:
                OnIdentity(identity);
                break;
            case ClientSessionOpened opened:
                OnSession(opened);
                break;
            case ClientSessionRefused:
                OnRefused(Sender);
                break;
            case Terminated terminated:
                OnTerminated(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }

        _interpreter.Run(_effects);
        _begun = 0;
    }

    private void OnReply(ClientReply reply)
    {
        if (!_bySession.TryGetValue(Sender, out var link))
            return;

        lock (_start.Gate)
            _machine.OnReply(Context.NowMs(), link.Connection, reply, _effects);
    }

    private void Open(OpenConnection open)
    {
        _links.Add(open.Connection, new Link(open.Connection, open.Broker));
        // Identify first: that a broker is not there is known at once, not by a time-out.
        _start.Brokers.Find(open.Broker, Context).Tell(new Identify(open.Connection), Self);
    }

    private void OnIdentity(ActorIdentity identity)
    {
        if (identity.MessageId is not long connection || !_links.TryGetValue(connection, out var link))
            return;

        if (identity.Subject is not { } broker)
        {
            Drop(link);
            return;
        }

        link.BrokerActor = broker;
        Context.Watch(broker);
        broker.Tell(new OpenClientSession(_start.ClientId), Self);
    }

    private void OnSession(ClientSessionOpened opened)
    {
        Link? link = null;
        foreach (var candidate in _links.Values)
        {
            if (candidate.Broker == opened.Broker && candidate.BrokerActor is not null && candidate.Session is null)
                link = candidate;
        }

        if (link is null)
        {
            // The answer to an attempt that was given up.
            opened.Session.Tell(PoisonPill.Instance, Self);
            return;
        }

        link.Session = opened.Session;
        _bySession.Add(opened.Session, link);
        Context.Watch(opened.Session);
        lock (_start.Gate)
            _machine.OnOpened(Context.NowMs(), link.Connection, _effects);
    }

    private void OnTerminated(IActorRef actor)
    {
        if (_bySession.TryGetValue(actor, out var link))
        {
            Drop(link);
            return;
        }

        OnRefused(actor);
    }

    /// <summary>That broker opens no session.</summary>
    private void OnRefused(IActorRef broker)
    {
        foreach (var opening in _links.Values.Where(l => l.Session is null && broker.Equals(l.BrokerActor)).ToArray())
            Drop(opening);
    }

    private void Drop(Link link)
    {
        Forget(link);
        lock (_start.Gate)
            _machine.OnClosed(Context.NowMs(), link.Connection, _effects);
    }

    private void Close(CloseConnection close)
    {
        if (!_links.TryGetValue(close.Connection, out var link))
            return;

        Forget(link);
        if (link.Session is not { } session)
            return;

        Context.Unwatch(session);
        session.Tell(PoisonPill.Instance, Self);
    }

    private void Forget(Link link)
    {
        _links.Remove(link.Connection);
        if (link.Session is { } session)
            _bySession.Remove(session);
    }

    private void Perform(Effect effect)
    {
        _begun++;
        switch (effect)
        {
            case SendCall send:
                if (_links.TryGetValue(send.Connection, out var link))
                    link.Session?.Tell(send.Call, Self);
                break;
            case OpenConnection open:
                Open(open);
                break;
            case CloseConnection close:
                Close(close);
                break;
            case StartClientTimer timer:
                Timers.StartSingleTimer(TimerKey, Turn.Instance, TimeSpan.FromMilliseconds(timer.DelayMs));
                break;
            case ClientObserved observed:
                _log.Warning("Client {0} of cluster {1}: {2}", _start.ClientId, _start.Cluster, observed.Observation);
                break;
            default:
                _start.Perform(effect);
                break;
        }
    }

    /// <summary>The machine shall have a turn.</summary>
    internal sealed class Turn : INoSerializationVerificationNeeded
    {
        public static readonly Turn Instance = new();

        private Turn()
        {
        }
    }

    /// <summary>One connection of the machine, from the first attempt to its end.</summary>
    private sealed class Link(long connection, BrokerId broker)
    {
        public long Connection { get; } = connection;

        public BrokerId Broker { get; } = broker;

        public IActorRef? BrokerActor { get; set; }

        public IActorRef? Session { get; set; }
    }
}
