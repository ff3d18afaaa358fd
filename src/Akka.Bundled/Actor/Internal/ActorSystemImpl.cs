using System.Reflection;
using System.Text.RegularExpressions;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using Akka.Util.Internal;

namespace Akka.Actor.Internal;

/// <summary>The actor system: owns its parts, and their order of starting and stopping.</summary>
internal sealed partial class ActorSystemImpl : ExtendedActorSystem
{
    private readonly TerminationCallbacks _termination = new();
    private readonly IActorRefProvider _provider;
    private Serialization.Serialization _serialization;
    private IActorRef? _deadLetterListener;

    public ActorSystemImpl(string name, Config config, ActorSystemSetup setup)
    {
        if (!ValidName().IsMatch(name))
        {
            throw new ArgumentException(
                $"Invalid ActorSystem name [{name}], must contain only word characters " +
                "(i.e. [a-zA-Z0-9] plus non-leading '-')",
                nameof(name));
        }

        ArgumentNullException.ThrowIfNull(config);
        Name = name;
        Settings = new Settings(this, config, setup);
        SerializeAllMessages = Settings.SerializeAllMessages;
        EventStream = new EventStream(Settings.DebugEventStream);
        EventStream.StartStdoutLogger(Settings);
        Log = new BusLogging(EventStream, $"ActorSystem({name})", GetType(), Settings.LogFormatter);
        Scheduler = CreateByName<IScheduler>(Settings.SchedulerClass, Settings.Config, Log);
        try
        {
            _provider = CreateByName<IActorRefProvider>(Settings.ProviderClass, name, Settings, EventStream);
            _serialization = new Serialization.Serialization(this);
            Mailboxes = new Mailboxes(this);
            var prerequisites = new DefaultDispatcherPrerequisites(EventStream, Scheduler, Settings, Mailboxes);
            Dispatchers = new Dispatchers(this, prerequisites, Log);
        }
        catch
        {
            (Scheduler as IDisposable)?.Dispose();
            throw;
        }
    }

    public override Settings Settings { get; }

    public override string Name { get; }

    public override Serialization.Serialization Serialization => _serialization;

    public override EventStream EventStream { get; }

    public override IActorRef DeadLetters => _provider.DeadLetters;

    public override IActorRef IgnoreRef => _provider.IgnoreRef;

    public override Dispatchers Dispatchers { get; }

    public override Mailboxes Mailboxes { get; }

    public override IScheduler Scheduler { get; }

    public override ILoggingAdapter Log { get; }

    public override IActorRefProvider Provider => _provider;

    public override IInternalActorRef Guardian => _provider.Guardian;

    public override IInternalActorRef SystemGuardian => _provider.SystemGuardian;

    public override IInternalActorRef LookupRoot => _provider.RootGuardian;

    public override Task WhenTerminated => _termination.Task;

    /// <summary>A setting that every message asks for.</summary>
    public bool SerializeAllMessages { get; }

    /// <summary>True when the system stops without manners.</summary>
    public bool IsAborting { get; private set; }

    /// <summary>The actors that want to know of lost nodes.</summary>
    public AddressTerminatedSubscribers AddressTerminatedSubscribers { get; } = new();

    public void Start()
    {
        try
        {
            RegisterOnTermination(() => (Scheduler as IDisposable)?.Dispose());
            _provider.Init(this);
            _termination.StartAfter(_provider.TerminationTask, Dispatchers.Shutdown);
            EventStream.StartUnsubscriber(this);
            EventStream.StartDefaultLoggers(this);
            LoadExtensions();
            if (Settings.LogDeadLetters > 0)
            {
                _deadLetterListener = SystemActorOf(
                    Props.Create<DeadLetterListener>().WithDispatcher(Dispatchers.InternalDispatcherId),
                    "deadLetterListener");
            }

            if (Settings.LogConfigOnStart)
            {
                Log.Info(Settings.ToString());
            }
        }
        catch
        {
            (Scheduler as IDisposable)?.Dispose();
            throw;
        }
    }

    public override IActorRef ActorOf(Props props, string? name = null) =>
        _provider.Guardian.Cell.MakeChild(props, name, isSystemService: false);

    public override IActorRef SystemActorOf(Props props, string? name = null) =>
        _provider.SystemGuardian.Cell.MakeChild(props, name, isSystemService: true);

    public override IActorRef SystemActorOf<TActor>(string? name = null) => SystemActorOf(Props.Create<TActor>(), name);

    public override ActorSelection ActorSelection(ActorPath actorPath) =>
        ActorRefFactoryShared.ActorSelection(actorPath, this);

    public override ActorSelection ActorSelection(string actorPath) =>
        ActorRefFactoryShared.ActorSelection(actorPath, this, _provider.RootGuardian);

    public override void Stop(IActorRef actor)
    {
        var parent = actor.Path.Parent;
        if (parent == _provider.Guardian.Path)
        {
            _provider.Guardian.Tell(new StopChild(actor));
        }
        else if (parent == _provider.SystemGuardian.Path)
        {
            _provider.SystemGuardian.Tell(new StopChild(actor));
        }
        else
        {
            ((IInternalActorRef)actor).Stop();
        }
    }

    public override Task Terminate() => Settings.CoordinatedShutdownRunByActorSystemTerminate
        ? CoordinatedShutdown.Get(this).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance)
        : FinalTerminate();

    public override void Abort()
    {
        IsAborting = true;
        _ = FinalTerminate();
    }

    public override void RegisterOnTermination(Action code) => _termination.Add(code);

    public override string PrintTree() => ActorTree.Print(_provider.RootGuardian);

    public override string ToString() => _provider.RootPath.Address.ToString();

    internal override Task FinalTerminate()
    {
        Log.Debug("System shutdown initiated");
        if (!Settings.LogDeadLettersDuringShutdown && _deadLetterListener is { } listener)
        {
            Stop(listener);
        }

        _provider.Guardian.Stop();
        return WhenTerminated;
    }

    internal void ReloadSerialization()
    {
        // While the system is being made there is none yet; it will be made from the new configuration anyway.
        if (_serialization is not null)
        {
            _serialization = new Serialization.Serialization(this);
        }
    }

    private static T CreateByName<T>(string typeName, params object[] args)
        where T : class
    {
        var type = TypeResolution.GetType(typeName, false);
        if (type is null || !typeof(T).IsAssignableFrom(type))
        {
            throw new ConfigurationException($"[{typeName}] could not be found, or is not a {typeof(T).Name}.");
        }

        return (T)Activator.CreateInstance(
            type, BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions, null, args, null)!;
    }

    [GeneratedRegex("^[a-zA-Z0-9][a-zA-Z0-9-]*$")]
    private static partial Regex ValidName();
}
