using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>What an <see cref="Inbox"/> offers.</summary>
public interface IInboxable : ICanWatch
{
    /// <summary>The reference others answer to.</summary>
    IActorRef Receiver { get; }

    /// <summary>Takes the next message, within the default time.</summary>
    object Receive();

    /// <summary>Takes the next message.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    object Receive(TimeSpan timeout);

    /// <summary>Takes the next message, within the default time.</summary>
    Task<object> ReceiveAsync();

    /// <summary>
    /// Takes the next message; a <see cref="Status.Failure"/> with a TimeoutException when none came in time.
    /// </summary>
    Task<object> ReceiveAsync(TimeSpan timeout);

    /// <summary>Takes the next message for which the predicate holds, within the default time.</summary>
    object ReceiveWhere(Predicate<object> predicate);

    /// <summary>Takes the next message for which the predicate holds.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    object ReceiveWhere(Predicate<object> predicate, TimeSpan timeout);

    /// <summary>Sends a message with this inbox as the sender.</summary>
    void Send(IActorRef target, object message);
}

/// <summary>Lets code outside of actors send, receive and watch. It keeps messages until they are taken.</summary>
public class Inbox : IInboxable, IDisposable
{
    private readonly InboxRef _receiver;
    private readonly TimeSpan _defaultTimeout;

    private Inbox(ActorSystem system)
    {
        var config = system.Settings.Config;
        _defaultTimeout = config.GetTimeSpan("akka.actor.inbox.default-timeout", TimeSpan.FromSeconds(5));
        _receiver = new InboxRef(
            ((ExtendedActorSystem)system).Provider, config.GetInt("akka.actor.inbox.inbox-size", 1000), system.Log);
    }

    /// <inheritdoc/>
    public IActorRef Receiver => _receiver;

    /// <summary>Makes an inbox.</summary>
    public static Inbox Create(ActorSystem system) => new(system);

    /// <inheritdoc/>
    public object Receive() => Receive(_defaultTimeout);

    /// <inheritdoc/>
    public object Receive(TimeSpan timeout) => ReceiveWhere(static _ => true, timeout);

    /// <inheritdoc/>
    public object ReceiveWhere(Predicate<object> predicate) => ReceiveWhere(predicate, _defaultTimeout);

    /// <inheritdoc/>
    public object ReceiveWhere(Predicate<object> predicate, TimeSpan timeout)
    {
        var message = _receiver.TakeAsync(predicate, timeout).GetAwaiter().GetResult();
        return message is Status.Failure { Cause: TimeoutException timedOut } ? throw timedOut : message;
    }

    /// <inheritdoc/>
    public Task<object> ReceiveAsync() => ReceiveAsync(_defaultTimeout);

    /// <inheritdoc/>
    public Task<object> ReceiveAsync(TimeSpan timeout) => _receiver.TakeAsync(static _ => true, timeout);

    /// <inheritdoc/>
    public void Send(IActorRef actorRef, object message) => actorRef.Tell(message, Receiver);

    /// <inheritdoc/>
    public IActorRef Watch(IActorRef subject)
    {
        var watchee = (IInternalActorRef)subject;
        watchee.SendSystemMessage(new Watch(watchee, _receiver));
        return subject;
    }

    /// <inheritdoc/>
    public IActorRef WatchWith(IActorRef subject, object message)
    {
        _receiver.AnswerTermination(subject, message);
        return Watch(subject);
    }

    /// <inheritdoc/>
    public IActorRef Unwatch(IActorRef subject)
    {
        var watchee = (IInternalActorRef)subject;
        watchee.SendSystemMessage(new Unwatch(watchee, _receiver));
        return subject;
    }

    /// <summary>Ends the inbox; what it gets from now on goes to the dead letters.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the inbox.</summary>
    protected virtual void Dispose(bool disposing) => _receiver.Close();

    /// <summary>The messages, and those who wait for some.</summary>
    private sealed class InboxRef : MinimalActorRef
    {
        private readonly Lock _lock = new();
        private readonly LinkedList<object> _messages = new();
        private readonly LinkedList<(Predicate<object> Predicate, TaskCompletionSource<object> Taker)> _takers = new();
        private readonly Dictionary<IActorRef, object> _terminationMessages = [];
        private readonly int _capacity;
        private readonly ILoggingAdapter _log;
        private bool _closed;

        public InboxRef(IActorRefProvider provider, int capacity, ILoggingAdapter log)
        {
            Provider = provider;
            _capacity = capacity;
            _log = log;
            Path = provider.TempPath();
            provider.RegisterTempActor(this, Path);
        }

        public override ActorPath Path { get; }

        public override IActorRefProvider Provider { get; }

        public void AnswerTermination(IActorRef subject, object message)
        {
            lock (_lock)
            {
                _terminationMessages[subject] = message;
            }
        }

        public async Task<object> TakeAsync(Predicate<object> predicate, TimeSpan timeout)
        {
            var taker = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock)
            {
                for (var node = _messages.First; node is not null; node = node.Next)
                {
                    if (predicate(node.Value))
                    {
                        _messages.Remove(node);
                        return node.Value;
                    }
                }

                _takers.AddLast((predicate, taker));
            }

            try
            {
                return await taker.Task.WaitAsync(timeout).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // A message that came at the last moment must not be lost.
                return taker.TrySetCanceled() ? TimedOut(timeout) : await taker.Task.ConfigureAwait(false);
            }
        }

        public void Close()
        {
            Provider.UnregisterTempActor(Path);
            lock (_lock)
            {
                _closed = true;
                _messages.Clear();
            }
        }

        public override void SendSystemMessage(ISystemMessage message)
        {
            if (message is not DeathWatchNotification notification)
            {
                return;
            }

            object? wanted;
            lock (_lock)
            {
                _terminationMessages.Remove(notification.Actor, out wanted);
            }

            Tell(
                wanted ?? new Terminated(
                    notification.Actor, notification.ExistenceConfirmed, notification.AddressTerminated),
                notification.Actor);
        }

        protected override void TellInternal(object message, IActorRef? sender)
        {
            lock (_lock)
            {
                if (!_closed)
                {
                    Put(message);
                    return;
                }
            }

            Provider.DeadLetters.Tell(new DeadLetter(message, sender, this), sender);
        }

        private static Status.Failure TimedOut(TimeSpan timeout) => new(
            new TimeoutException($"Inbox didn't receive a response message in specified timeout {timeout}"));

        private void Put(object message)
        {
            for (var node = _takers.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Taker.Task.IsCompleted)
                {
                    _takers.Remove(node);
                }
                else if (node.Value.Predicate(message))
                {
                    _takers.Remove(node);
                    if (node.Value.Taker.TrySetResult(message))
                    {
                        return;
                    }
                }

                node = next;
            }

            if (_messages.Count < _capacity)
            {
                _messages.AddLast(message);
            }
            else
            {
                _log.Warning("Dropping message: Inbox size has been exceeded, akka.actor.inbox.inbox-size raises it");
            }
        }
    }
}
