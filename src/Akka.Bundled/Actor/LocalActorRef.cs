using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>The handle of an actor in this process.</summary>
internal class LocalActorRef : InternalActorRefBase
{
    private readonly ActorCell _cell;
    private readonly ActorSystemImpl _system;

    internal LocalActorRef(
        ActorSystemImpl system,
        Props props,
        MessageDispatcher dispatcher,
        MailboxType mailboxType,
        IInternalActorRef supervisor,
        ActorPath path)
    {
        _system = system;
        Path = path;
        _cell = NewActorCell(system, props, dispatcher, supervisor);
        _cell.Init(mailboxType);
    }

    /// <inheritdoc/>
    public override ActorPath Path { get; }

    /// <inheritdoc/>
    public override IInternalActorRef Parent => _cell.ParentRef;

    /// <inheritdoc/>
    public override IActorRefProvider Provider => _system.Provider;

    /// <inheritdoc/>
    public override bool IsLocal => true;

    /// <inheritdoc/>
    public override bool IsTerminated => _cell.IsTerminated;

    internal ActorCell Cell => _cell;

    /// <summary>The children, living or just stopping.</summary>
    internal IEnumerable<IInternalActorRef> ChildRefs => _cell.Children.All().Select(c => c.Child);

    /// <inheritdoc/>
    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        IActorRef current = this;
        for (var i = 0; i < name.Count; i++)
        {
            if (current is not LocalActorRef local)
            {
                return ((IInternalActorRef)current).GetChild([.. name.Skip(i)]);
            }

            current = name[i] switch
            {
                "" => current,
                ".." => local.Parent,
                _ => local.GetSingleChild(name[i])
            };

            if (current.IsNobody())
            {
                return current;
            }
        }

        return current;
    }

    /// <inheritdoc/>
    public override void Start() => _cell.Start();

    /// <inheritdoc/>
    public override void Resume(Exception? causedByFailure = null) => SendSystemMessage(new Resume(causedByFailure));

    /// <inheritdoc/>
    public override void Suspend() => SendSystemMessage(new Suspend());

    /// <inheritdoc/>
    public override void Restart(Exception cause) => SendSystemMessage(new Recreate(cause));

    /// <inheritdoc/>
    public override void Stop() => SendSystemMessage(new Terminate());

    /// <inheritdoc/>
    public override void SendSystemMessage(ISystemMessage message) => _cell.SendSystemMessage((SystemMessage)message);

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef? sender) => _cell.SendMessage(message, sender);

    internal virtual ActorCell NewActorCell(
        ActorSystemImpl system, Props props, MessageDispatcher dispatcher, IInternalActorRef supervisor) =>
        new(system, this, props, dispatcher, supervisor);

    /// <summary>The child of a name, which may carry a uid.</summary>
    internal virtual IInternalActorRef GetSingleChild(string name)
    {
        var fragment = name.IndexOf('#');
        var stats = _cell.Children.Find(fragment < 0 ? name : name[..fragment]);
        if (stats is null)
        {
            return Nobody.Instance;
        }

        return fragment < 0 || name[(fragment + 1)..] == stats.Child.Path.Uid.ToString(
            System.Globalization.CultureInfo.InvariantCulture)
            ? stats.Child
            : Nobody.Instance;
    }
}

/// <summary>The handle of the root: it knows the places that are no actors.</summary>
internal sealed class RootGuardianActorRef(
    ActorSystemImpl system,
    Props props,
    MessageDispatcher dispatcher,
    MailboxType mailboxType,
    IInternalActorRef supervisor,
    ActorPath path,
    IReadOnlyDictionary<string, IInternalActorRef> extraNames)
    : LocalActorRef(system, props, dispatcher, mailboxType, supervisor, path)
{
    public override IInternalActorRef Parent => this;

    internal override IInternalActorRef GetSingleChild(string name) =>
        extraNames.TryGetValue(name, out var extra) ? extra : base.GetSingleChild(name);
}
