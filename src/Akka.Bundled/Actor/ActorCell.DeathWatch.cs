using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>The node of an address is lost: everyone who lived there is dead.</summary>
internal sealed class AddressTerminated(Address address)
    : IAutoReceivedMessage, IPossiblyHarmful, IDeadLetterSuppression
{
    public Address Address { get; } = address;
}

/// <summary>
/// Who watches this actor, whom it watches, and which notifications are on their way through its mailbox.
/// </summary>
internal partial class ActorCell
{
    private Dictionary<IActorRef, object?>? _watching;
    private Dictionary<IActorRef, object?>? _terminatedQueued;
    private HashSet<IActorRef>? _watchedBy;

    public IActorRef Watch(IActorRef subject) => Watch(subject, null);

    public IActorRef WatchWith(IActorRef subject, object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Watch(subject, message);
    }

    public IActorRef Unwatch(IActorRef subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (!subject.Equals(_self) && _watching?.Remove(subject) == true)
        {
            var watchee = (IInternalActorRef)subject;
            watchee.SendSystemMessage(new Unwatch(watchee, _self));
            WatchesChanged(subject);
        }

        _terminatedQueued?.Remove(subject);
        return subject;
    }

    private IActorRef Watch(IActorRef subject, object? message)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var watchee = (IInternalActorRef)subject;
        if (!watchee.Equals(_self) && (_watching ??= []).TryAdd(watchee, message))
        {
            watchee.SendSystemMessage(new Watch(watchee, _self));
            WatchesChanged(watchee);
        }

        return subject;
    }

    private void ReceivedTerminated(Terminated terminated)
    {
        // Not there any more: the actor has unwatched it while it was in the mailbox.
        if (_terminatedQueued is not null && _terminatedQueued.Remove(terminated.ActorRef, out var message))
        {
            ReceiveMessage(message ?? terminated);
        }
    }

    /// <summary>
    /// The notification is sent again as a message to oneself, so that it comes after what is already in the mailbox.
    /// </summary>
    private void WatchedActorTerminated(DeathWatchNotification notification)
    {
        var subject = notification.Actor;
        if (_watching is not null && _watching.Remove(subject, out var message))
        {
            WatchesChanged(subject);
            if (!Children.IsTerminating)
            {
                (_terminatedQueued ??= [])[subject] = message;
                _self.Tell(
                    new Terminated(subject, notification.ExistenceConfirmed, notification.AddressTerminated), subject);
            }
        }

        if (Children.Find(subject) is not null)
        {
            HandleChildTerminated(subject);
        }
    }

    private void AddWatcher(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        if (watchee.Equals(_self) && !watcher.Equals(_self))
        {
            if ((_watchedBy ??= []).Add(watcher))
            {
                WatchesChanged(watcher);
                DebugLifecycle($"now watched by {watcher}");
            }
        }
        else if (watcher.Equals(_self))
        {
            Watch(watchee);
        }
    }

    private void RemoveWatcher(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        if (watchee.Equals(_self) && !watcher.Equals(_self))
        {
            if (_watchedBy?.Remove(watcher) == true)
            {
                WatchesChanged(watcher);
                DebugLifecycle($"no longer watched by {watcher}");
            }
        }
        else if (watcher.Equals(_self))
        {
            Unwatch(watchee);
        }
    }

    private void TellWatchersWeDied()
    {
        if (_watchedBy is not { Count: > 0 } watchers)
        {
            return;
        }

        _watchedBy = null;

        // Those elsewhere first: what stops here may be what the notification needs on its way.
        foreach (var local in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (var watcher in watchers.Cast<IInternalActorRef>())
            {
                // The parent learns it in any case, as the supervisor.
                if (watcher.IsLocal == local && !watcher.Equals(_parent))
                {
                    watcher.SendSystemMessage(new DeathWatchNotification(_self, true, false));
                }
            }
        }

        WatchesChanged(null);
    }

    private void UnwatchWatchedActors()
    {
        if (_watching is { } watching)
        {
            _watching = null;
            foreach (var watchee in watching.Keys.Cast<IInternalActorRef>())
            {
                watchee.SendSystemMessage(new Unwatch(watchee, _self));
            }

            WatchesChanged(null);
        }

        _terminatedQueued = null;
    }

    private void AddressTerminated(Address address)
    {
        _watchedBy?.RemoveWhere(watcher => watcher.Path.Address == address);
        foreach (var subject in _watching?.Keys.Where(s => s.Path.Address == address).ToArray() ?? [])
        {
            // A child there must be taken for dead as well, or its name would never be free again.
            var isChild = Children.Find(subject) is not null;
            _self.SendSystemMessage(new DeathWatchNotification(subject, isChild, addressTerminated: true));
        }
    }

    /// <summary>Keeps the subscription to lost addresses as long as there are watches across nodes.</summary>
    private void WatchesChanged(IActorRef? changed)
    {
        if (changed is null or IActorRefScope { IsLocal: false })
        {
            var remote = (_watching?.Keys.Any(IsRemote) ?? false) || (_watchedBy?.Any(IsRemote) ?? false);
            _system.AddressTerminatedSubscribers.Set(_self, remote);
        }
    }

    private static bool IsRemote(IActorRef actor) => actor is IActorRefScope { IsLocal: false };
}
