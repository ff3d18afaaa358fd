using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch;

namespace Akka.TestKit.Internal;

/// <summary>
/// The actor behind a <see cref="TestActorRef{TActor}"/>, with the way around its mailbox that tests have.
/// </summary>
internal sealed class InternalTestActorRef : LocalActorRef
{
    private static long _names;

    private InternalTestActorRef(ActorSystemImpl system, Props props, MessageDispatcher dispatcher,
        MailboxType mailboxType, IInternalActorRef supervisor, ActorPath path)
        : base(system, props, dispatcher, mailboxType, supervisor, path)
    {
    }

    /// <summary>The instance; it has been created by the time its reference exists, unless that failed.</summary>
    /// <exception cref="IllegalActorStateException">It has stopped, or was never created.</exception>
    public ActorBase UnderlyingActor =>
        Cell.Actor ?? throw new IllegalActorStateException($"The actor behind {Path} does not live.");

    public static InternalTestActorRef Create(ActorSystem system, Props props, IActorRef? supervisor, string? name)
    {
        var systemImpl = (ActorSystemImpl)system;
        if (props.Deploy.Dispatcher == Deploy.NoDispatcherGiven)
            props = props.WithDispatcher(CallingThreadDispatcher.Id);

        var parent = supervisor switch
        {
            null => (LocalActorRef)systemImpl.Guardian,
            LocalActorRef local => local,
            TestKitBase kit => (LocalActorRef)kit.TestActor,
            _ => throw new ArgumentException($"{supervisor} is no local actor.", nameof(supervisor)),
        };
        name ??= ActorCell.Base64Name("$$", Interlocked.Increment(ref _names) - 1);
        var dispatcher = system.Dispatchers.Lookup(props.Deploy.Dispatcher);
        var mailboxType = system.Mailboxes.GetMailboxType(props, dispatcher.Configurator.Config);

        var siblings = parent.Cell.Children;
        siblings.Reserve(name);
        var path = new ChildActorPath(parent.Path, name, ActorCell.NewUid());
        var actor = new InternalTestActorRef(systemImpl, props, dispatcher, mailboxType, parent, path);
        siblings.Add(actor);
        actor.Start();
        return actor;
    }

    public void Receive(object message, IActorRef? sender) => TestCell.Receive(message, sender);

    public Task ReceiveAsync(object message, IActorRef? sender) => TestCell.ReceiveAsync(message, sender);

    public override string ToString() => $"TestActor[{Path}]";

    internal override ActorCell NewActorCell(ActorSystemImpl system, Props props, MessageDispatcher dispatcher,
        IInternalActorRef supervisor) =>
        new TestActorCell(system, this, props, dispatcher, supervisor);

    private TestActorCell TestCell => (TestActorCell)Cell;

    private sealed class TestActorCell(ActorSystemImpl system, LocalActorRef self, Props props,
        MessageDispatcher dispatcher, IInternalActorRef parent)
        : ActorCell(system, self, props, dispatcher, parent)
    {
        private TaskCompletionSource? _completion;

        public void Receive(object message, IActorRef? sender)
        {
            var callersContext = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(null);
            try
            {
                ReceiveDirectly(new Envelope(message, sender ?? System.DeadLetters));
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(callersContext);
            }
        }

        /// <summary>Completes when the handler has, with what it throws.</summary>
        public Task ReceiveAsync(object message, IActorRef? sender)
        {
            var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _completion = completion;
            Receive(message, sender);
            if (IsAwaiting) return completion.Task;
            _completion = null;
            return completion.Task.IsCompleted ? completion.Task : Task.CompletedTask;
        }

        internal override void TaskCompleted(Exception? failure)
        {
            var completion = _completion;
            _completion = null;
            if (failure is null)
                completion?.TrySetResult();
            else
                completion?.TrySetException(failure);
            base.TaskCompleted(failure);
        }
    }
}
