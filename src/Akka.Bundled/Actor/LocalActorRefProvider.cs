using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Event;
using Akka.Serialization;

namespace Akka.Actor;

/// <summary>Owns the guardians and the temporary references of a system that nobody else can reach.</summary>
internal sealed class LocalActorRefProvider : IActorRefProvider
{
    private readonly EventStream _eventStream;
    private readonly RootActorPath _root;
    private readonly ActorPath _tempNode;
    private ActorSystemImpl _system = null!;
    private RootGuardianActorRef _rootGuardian = null!;
    private RootGuardianSupervisor _supervisor = null!;
    private VirtualPathContainer _tempContainer = null!;
    private long _tempNumber;

    public LocalActorRefProvider(string systemName, Settings settings, EventStream eventStream)
        : this(new Address("akka", systemName), settings, eventStream)
    {
    }

    /// <summary>For a provider that adds remoting: the same, at an address others can reach.</summary>
    public LocalActorRefProvider(Address address, Settings settings, EventStream eventStream)
    {
        _eventStream = eventStream;
        _root = new RootActorPath(address);
        _tempNode = _root / "temp";
        Settings = settings;
        Deployer = new Deployer(settings);
        DeadLetters = new DeadLetterActorRef(this, _root / "deadLetters", eventStream);
        IgnoreRef = new IgnoreActorRef(this);
    }

    public Settings Settings { get; }

    public Deployer Deployer { get; }

    public IActorRef DeadLetters { get; }

    public IActorRef IgnoreRef { get; }

    public ActorPath RootPath => _root;

    public Address DefaultAddress => _root.Address;

    public IInternalActorRef RootGuardian => _rootGuardian;

    public LocalActorRef Guardian { get; private set; } = null!;

    public LocalActorRef SystemGuardian { get; private set; } = null!;

    public IInternalActorRef TempContainer => _tempContainer;

    public Task TerminationTask => _supervisor.Terminated;

    public Information SerializationInformation => new(_root.Address, _system);

    /// <summary>Places below the root that are no actors, such as /temp; a remote provider adds its own.</summary>
    public Dictionary<string, IInternalActorRef> ExtraNames { get; } = [];

    public void Init(ActorSystemImpl system)
    {
        _system = system;
        var dispatcher = system.Dispatchers.Lookup(Dispatch.Dispatchers.InternalDispatcherId);
        var mailbox = system.Mailboxes.Lookup(Dispatch.Mailboxes.DefaultMailboxId);
        _supervisor = new RootGuardianSupervisor(this, _root, system);
        _rootGuardian = new RootGuardianActorRef(
            system, Props.Create<RootGuardianActor>(), dispatcher, mailbox, _supervisor, _root, ExtraNames);
        _tempContainer = new VirtualPathContainer(this, _tempNode, _rootGuardian);
        ExtraNames["temp"] = _tempContainer;
        ExtraNames["deadLetters"] = (IInternalActorRef)DeadLetters;

        var strategy = SupervisorStrategyConfigurator.CreateConfigurator(Settings.SupervisorStrategyClass).Create();
        Guardian = MakeGuardian("user", Props.Create<UserGuardianActor>().WithSupervisorStrategy(strategy));
        SystemGuardian = MakeGuardian("system", Props.Create<SystemGuardianActor>(Guardian));
        _rootGuardian.SendSystemMessage(new Dispatch.SysMsg.Watch(SystemGuardian, _rootGuardian));
        _rootGuardian.Start();
        SystemGuardian.Start();
        Guardian.Start();

        LocalActorRef MakeGuardian(string name, Props props)
        {
            _rootGuardian.Cell.Children.Reserve(name);
            var guardian = new LocalActorRef(
                system, props, dispatcher, mailbox, _rootGuardian, new ChildActorPath(_root, name, 0));
            _rootGuardian.Cell.Children.Add(guardian);
            return guardian;
        }
    }

    public IInternalActorRef CreateActor(
        Props props, IInternalActorRef supervisor, ActorPath path, bool isSystemService)
    {
        if (Deployer.Lookup(path) is { } deploy)
        {
            props = props.WithDeploy(deploy);
        }

        if (!_system.Dispatchers.HasDispatcher(props.Dispatcher))
        {
            throw new ConfigurationException($"Dispatcher [{props.Dispatcher}] not configured for path {path}");
        }

        try
        {
            var dispatcher = props.Deploy.Dispatcher == Deploy.NoDispatcherGiven
                ? _system.Dispatchers.DefaultGlobalDispatcher
                : _system.Dispatchers.Lookup(props.Dispatcher);
            var mailbox = _system.Mailboxes.GetMailboxType(props, dispatcher.Configurator.Config);
            return new LocalActorRef(_system, props, dispatcher, mailbox, supervisor, path);
        }
        catch (Exception e)
        {
            throw new ConfigurationException(
                $"Configuration problem while creating [{path}] with dispatcher [{props.Dispatcher}] and mailbox " +
                $"[{props.Mailbox}]",
                e);
        }
    }

    public ActorPath TempPath() => _tempNode / ActorCell.Base64Name("$", Interlocked.Increment(ref _tempNumber) - 1);

    public void RegisterTempActor(IInternalActorRef actorRef, ActorPath path) =>
        _tempContainer.AddChild(path.Name, actorRef);

    public void UnregisterTempActor(ActorPath path) => _tempContainer.RemoveChild(path.Name);

    public IActorRef RootGuardianAt(Address address) => address == _root.Address ? _rootGuardian : DeadLetters;

    public Address? GetExternalAddressFor(Address address) => address == _root.Address ? address : null;

    public IActorRef ResolveActorRef(string path)
    {
        if (ActorPath.TryParse(path, out var actorPath))
        {
            return ResolveActorRef(actorPath);
        }

        _system.Log.Debug("Resolve of unknown path [{0}] failed. Invalid format.", path);
        return DeadLetters;
    }

    public IActorRef ResolveActorRef(ActorPath actorPath)
    {
        if (actorPath.Equals(IgnoreActorRef.IgnorePath))
        {
            return IgnoreRef;
        }

        if (actorPath.Address != _root.Address)
        {
            _system.Log.Debug("Resolve of foreign ActorPath [{0}] failed", actorPath);
            return DeadLetters;
        }

        if (actorPath.Depth == 0)
        {
            return _rootGuardian;
        }

        var found = _rootGuardian.GetChild(actorPath.Elements);
        return found.IsNobody() || (actorPath.Uid != 0 && found.Path.Uid != actorPath.Uid)
            ? new EmptyLocalActorRef(this, actorPath, _eventStream)
            : found;
    }
}
