using System.Collections.Concurrent;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// A path at which no actor is: what is sent there becomes a dead letter, who watches it learns that.
/// </summary>
internal class EmptyLocalActorRef : MinimalActorRef
{
    private readonly EventStream _eventStream;

    public EmptyLocalActorRef(IActorRefProvider provider, ActorPath path, EventStream eventStream)
    {
        Provider = provider;
        Path = path;
        _eventStream = eventStream;
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    public override bool IsTerminated => true;

    public override void SendSystemMessage(ISystemMessage message) => SpecialHandle(message, Provider.DeadLetters);

    protected override void TellInternal(object message, IActorRef? sender)
    {
        switch (message)
        {
            case DeadLetter letter:
                SpecialHandle(letter.Message, letter.Sender);
                break;
            default:
                if (!SpecialHandle(message, sender))
                {
                    Publish(new DeadLetter(message, sender ?? Provider.DeadLetters, this));
                }

                break;
        }
    }

    protected void Publish(AllDeadLetters letter) => _eventStream.Publish(letter);

    /// <summary>Answers what even the dead must answer; false for ordinary messages.</summary>
    protected virtual bool SpecialHandle(object message, IActorRef? sender)
    {
        switch (message)
        {
            case Watch watch:
                if (watch.Watchee.Equals(this) && !watch.Watcher.Equals(this))
                {
                    watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, false, false));
                }

                return true;
            case Unwatch:
                return true;
            case Identify identify:
                sender?.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);
                return true;
            case ActorSelectionMessage { Message: Identify identify }:
                sender?.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);
                return true;
            case ActorSelectionMessage selection:
                Publish(new DeadLetter(selection.Message, sender ?? Provider.DeadLetters, this));
                return true;
            case IDeadLetterSuppression suppressed:
                Publish(new SuppressedDeadLetter(suppressed, sender ?? Provider.DeadLetters, this));
                return true;
            default:
                return false;
        }
    }
}

/// <summary>Where the messages go that nobody takes: it publishes them on the event stream.</summary>
internal sealed class DeadLetterActorRef(IActorRefProvider provider, ActorPath path, EventStream eventStream)
    : EmptyLocalActorRef(provider, path, eventStream)
{
    protected override void TellInternal(object message, IActorRef? sender)
    {
        switch (message)
        {
            case Identify identify:
                sender?.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);
                break;
            case DeadLetter letter:
                if (!SpecialHandle(letter, letter.Message, letter.Sender))
                {
                    Publish(letter);
                }

                break;
            default:
                if (!SpecialHandle(message, sender))
                {
                    Publish(new DeadLetter(message, sender ?? Provider.DeadLetters, this));
                }

                break;
        }
    }

    protected override bool SpecialHandle(object message, IActorRef? sender)
    {
        // Whoever is watched through the dead letters is dead.
        if (message is Watch watch)
        {
            if (!watch.Watchee.Equals(this) && !watch.Watcher.Equals(this))
            {
                watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, false, false));
            }

            return true;
        }

        return base.SpecialHandle(message, sender);
    }

    /// <summary>As for a message of one's own, but the letter's recipient stays the one it was meant for.</summary>
    private bool SpecialHandle(DeadLetter letter, object message, IActorRef? sender)
    {
        switch (message)
        {
            case IDeadLetterSuppression suppressed:
                Publish(new SuppressedDeadLetter(suppressed, sender ?? this, letter.Recipient));
                return true;
            case ActorSelectionMessage { Message: not Identify } selection:
                Publish(new DeadLetter(selection.Message, sender ?? this, letter.Recipient));
                return true;
            default:
                return SpecialHandle(message, sender);
        }
    }
}

/// <summary>Takes every message and does nothing: the sender for tells whose answer nobody wants.</summary>
internal sealed class IgnoreActorRef(IActorRefProvider provider) : MinimalActorRef
{
    public const string SystemName = "local";

    public static readonly ActorPath IgnorePath = new RootActorPath(new Address("akka", "ignored")) / SystemName;

    public override ActorPath Path => IgnorePath;

    public override IActorRefProvider Provider => provider;
}

/// <summary>Has children but is no actor: /temp.</summary>
internal sealed class VirtualPathContainer(IActorRefProvider provider, ActorPath path, IInternalActorRef parent)
    : MinimalActorRef
{
    private readonly ConcurrentDictionary<string, IInternalActorRef> _children = new();

    public override IActorRefProvider Provider => provider;

    public override ActorPath Path => path;

    public override IInternalActorRef Parent => parent;

    public void AddChild(string name, IInternalActorRef child) => _children[name] = child;

    public void RemoveChild(string name) => _children.TryRemove(name, out _);

    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        if (name.Count == 0 || string.IsNullOrEmpty(name[0]))
        {
            return this;
        }

        // A uid in the name adds nothing: temporary names are not used twice.
        var first = name[0].Split('#')[0];
        if (!_children.TryGetValue(first, out var child))
        {
            return Nobody.Instance;
        }

        return name.Count == 1 ? child : child.GetChild([.. name.Skip(1)]);
    }
}

/// <summary>The supervisor of the root guardian: it walks outside the hierarchy and ends when the root does.</summary>
internal sealed class RootGuardianSupervisor(IActorRefProvider provider, RootActorPath root, ActorSystemImpl system)
    : MinimalActorRef
{
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Terminated => _terminated.Task;

    public override IActorRefProvider Provider => provider;

    public override ActorPath Path { get; } = root / "_Root-guardian-supervisor";

    public override void SendSystemMessage(ISystemMessage message)
    {
        switch (message)
        {
            case Failed failed:
                system.Log.Error(failed.Cause, "guardian {0} failed, shutting down!", failed.Child);
                ((IInternalActorRef)failed.Child).Stop();
                break;
            case DeathWatchNotification:
                _terminated.TrySetResult();
                break;
        }
    }
}
