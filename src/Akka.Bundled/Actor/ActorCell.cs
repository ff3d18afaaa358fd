using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// Owns one actor from its start to its stop, across restarts: the instance, its behaviours, children and watches. All
/// of it belongs to the thread that runs the mailbox; other threads may only send.
/// </summary>
internal partial class ActorCell : IUntypedActorContext
{
    [ThreadStatic]
    private static ActorCell? _current;

    private readonly ActorSystemImpl _system;
    private readonly LocalActorRef _self;
    private readonly IInternalActorRef _parent;
    private readonly MessageDispatcher _dispatcher;
    private Mailbox _mailbox = null!;
    private Props _props;
    private ActorBase? _actor;
    private Envelope _envelope;
    private bool _constructing;

    public ActorCell(
        ActorSystemImpl system,
        LocalActorRef self,
        Props props,
        MessageDispatcher dispatcher,
        IInternalActorRef parent)
    {
        _system = system;
        _self = self;
        _props = props;
        _dispatcher = dispatcher;
        _parent = parent;
    }

    /// <summary>The cell whose mailbox runs on this thread.</summary>
    public static ActorCell? Current
    {
        get => _current;
        set => _current = value;
    }

    public IActorRef Self => _self;

    public LocalActorRef SelfRef => _self;

    public Props Props => _props;

    public ActorSystem System => _system;

    public ActorSystemImpl SystemImpl => _system;

    public IActorRef Parent => _parent;

    public IInternalActorRef ParentRef => _parent;

    public MessageDispatcher Dispatcher => _dispatcher;

    public Mailbox Mailbox => _mailbox;

    /// <summary>The instance; null before its creation and after its stop.</summary>
    public ActorBase? Actor => _actor;

    /// <summary>The message being handled; null between messages.</summary>
    public object? CurrentMessage => _envelope.Message;

    /// <summary>The message being handled, with its sender.</summary>
    public Envelope CurrentEnvelope => _envelope;

    public IActorRef Sender => _envelope.Sender ?? _system.DeadLetters;

    /// <summary>Counts the messages handled, so that a stash can tell them apart.</summary>
    public long EnvelopeCount { get; private set; }

    public bool IsConstructing => _constructing;

    public bool IsTerminated => _mailbox.IsClosed;

    internal static IActorRef? GetCurrentSelfOrNoSender() => _current?._self;

    internal static IActorRef? GetCurrentSenderOrNoSender() => _current?.Sender;

    public void Init(MailboxType mailboxType)
    {
        _mailbox = _dispatcher.CreateMailbox(this, mailboxType);
        _mailbox.TryEnqueueSystem(new Create());
    }

    public void Start() => _dispatcher.Attach(this);

    /// <summary>Sends a user message; called by any thread.</summary>
    public virtual void SendMessage(object message, IActorRef? sender)
    {
        if (_system.SerializeAllMessages)
        {
            SendSerialized(message, sender);
            return;
        }

        _dispatcher.Dispatch(this, new Envelope(message, sender ?? _system.DeadLetters));
    }

    /// <summary>Sends a system message; called by any thread.</summary>
    public virtual void SendSystemMessage(SystemMessage message) => _dispatcher.SystemDispatch(this, message);

    /// <summary>Gives a message that came too late to the dead letters.</summary>
    public void ToDeadLetters(Envelope envelope) =>
        _system.Mailboxes.DeadLetterQueue.Enqueue(_self, envelope);

    /// <summary>Gives a system message that came too late to the dead letters, which answer a watch.</summary>
    public void ToDeadLetters(SystemMessage message) =>
        _system.DeadLetters.Tell(new DeadLetter(message, _self, _self), _self);

    public void SuspendMailbox() => _dispatcher.Suspend(this);

    public void ResumeMailbox() => _dispatcher.Resume(this);

    public IActorRef ActorOf(Props props, string? name = null) => MakeChild(props, name, isSystemService: false);

    public ActorSelection ActorSelection(ActorPath actorPath) =>
        ActorRefFactoryShared.ActorSelection(actorPath, _system);

    public ActorSelection ActorSelection(string actorPath) =>
        ActorRefFactoryShared.ActorSelection(actorPath, _system, _self);

    /// <summary>Creates an instance and gives it what it is to find after its construction.</summary>
    protected virtual ActorBase NewActor()
    {
        ClearBehaviors();
        ActorBase actor;
        var outer = _current;
        _current = this;
        _constructing = true;
        try
        {
            actor = _props.NewActor();
        }
        finally
        {
            _constructing = false;
            _current = outer;
        }

        if (!ReferenceEquals(actor.Cell, this))
        {
            throw new InvalidOperationException(
                $"The producer of {_props.Type} gave an actor that has been used before.");
        }

        Equip(actor);
        return actor;
    }

    private void Equip(ActorBase actor)
    {
        if (_props.SupervisorStrategy is { } strategy)
        {
            actor.SupervisorStrategyInternal = strategy;
        }

        if (actor is IActorStash stashing)
        {
            stashing.Stash = StashFactory.CreateStash(this, stashing);
        }

        if (actor is IWithTimers timed)
        {
            timed.Timers = new TimerScheduler(this);
        }

        (actor as IInitializableActor)?.Init();
    }

    /// <summary>Takes everything from an instance that will not be used any more.</summary>
    private void ClearActor(ActorBase? actor)
    {
        if (actor is null)
        {
            return;
        }

        AbandonTasks();
        CancelTimers(actor);
        if (actor is IDisposable disposable)
        {
            try
            {
                disposable.Dispose();
            }
            catch (Exception e)
            {
                Publish(new Error(
                    e, LogSource, actor.GetType(), $"An error occurred while disposing {actor.GetType()}."));
            }
        }

        _props.Release(actor);
        actor.Detach();
        _envelope = default;
        ClearBehaviors();
    }

    private static void CancelTimers(ActorBase? actor) => ((actor as IWithTimers)?.Timers as TimerScheduler)?.CancelAll();

    private string LogSource => _self.Path.ToString();

    private Type LogClass => _actor?.GetType() ?? _props.Type;

    private void Publish(LogEvent logEvent)
    {
        try
        {
            _system.EventStream.Publish(logEvent);
        }
        catch (Exception)
        {
            // A logger that fails must not take down whoever has something to say.
        }
    }

    private void DebugLifecycle(string message)
    {
        if (_system.Settings.DebugLifecycle)
        {
            Publish(new Debug(LogSource, LogClass, message));
        }
    }

    /// <summary>
    /// With <c>akka.actor.serialize-messages</c>: sends what the receiver would get from another node, or reports why
    /// it could not get it.
    /// </summary>
    private void SendSerialized(object message, IActorRef? sender)
    {
        try
        {
            _dispatcher.Dispatch(this, new Envelope(MessageVerification.RoundTrip(_system, message), sender, _system));
        }
        catch (Exception e)
        {
            Publish(new Error(e, LogSource, LogClass, "Swallowing exception during message send"));
        }
    }
}
