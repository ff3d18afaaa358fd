using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Registers an actor that must be told before /system stops.</summary>
internal sealed class RegisterTerminationHook
{
    public static RegisterTerminationHook Instance { get; } = new();
}

/// <summary>Tells a hook that the system stops; it answers with <see cref="TerminationHookDone"/>.</summary>
internal sealed class TerminationHook
{
    public static TerminationHook Instance { get; } = new();
}

/// <summary>A hook has finished.</summary>
internal sealed class TerminationHookDone
{
    public static TerminationHookDone Instance { get; } = new();
}

/// <summary>
/// Asks a guardian to stop one of its children. Only its own thread marks them as dying, so whoever stops a top-level
/// actor must expect that it handles messages for a while yet.
/// </summary>
internal sealed class StopChild(IActorRef child) : INoSerializationVerificationNeeded
{
    public IActorRef Child { get; } = child;
}

/// <summary>The root: supervises the other guardians, and stops when /system has.</summary>
internal sealed class RootGuardianActor : ActorBase, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    protected override bool Receive(object message)
    {
        if (message is Terminated)
        {
            Context.Stop(Self);
        }
        else
        {
            Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
        }

        return true;
    }

    protected override SupervisorStrategy SupervisorStrategy()
    {
        var log = Context.System.Log;
        return new OneForOneStrategy(
            failure =>
            {
                log.Error(failure, "guardian failed, shutting down system");
                return Directive.Stop;
            },
            loggingEnabled: false);
    }
}

/// <summary>The parent of all actors of the user.</summary>
internal sealed class UserGuardianActor : ActorBase, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    protected override bool Receive(object message)
    {
        if (message is StopChild stop)
        {
            Context.Stop(stop.Child);
        }
        else
        {
            Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
        }

        return true;
    }

    /// <summary>The guardian has no state; its children stay where they are.</summary>
    protected override void PreRestart(Exception reason, object? message)
    {
    }
}

/// <summary>
/// The parent of what the system itself runs. It outlives the user's actors: when those have stopped it tells the
/// termination hooks, and stops when all of them are done.
/// </summary>
internal sealed class SystemGuardianActor(IActorRef userGuardian)
    : ActorBase, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    private readonly HashSet<IActorRef> _hooks = [];

    protected override void PreStart() => Context.Watch(userGuardian);

    protected override void PreRestart(Exception reason, object? message)
    {
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated terminated when terminated.ActorRef.Equals(userGuardian):
                Become(Terminating);
                foreach (var hook in _hooks)
                {
                    hook.Tell(TerminationHook.Instance);
                }

                StopWhenAllDone();
                break;
            case Terminated terminated:
                _hooks.Remove(terminated.ActorRef);
                break;
            case StopChild stop:
                Context.Stop(stop.Child);
                break;
            case RegisterTerminationHook when Sender != Context.System.DeadLetters:
                _hooks.Add(Sender);
                Context.Watch(Sender);
                break;
            default:
                Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
                break;
        }

        return true;
    }

    private bool Terminating(object message)
    {
        switch (message)
        {
            case Terminated terminated:
                _hooks.Remove(terminated.ActorRef);
                StopWhenAllDone();
                break;
            case TerminationHookDone:
                _hooks.Remove(Sender);
                StopWhenAllDone();
                break;
            default:
                Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
                break;
        }

        return true;
    }

    private void StopWhenAllDone()
    {
        if (_hooks.Count == 0)
        {
            var system = (Internal.ActorSystemImpl)Context.System;
            system.EventStream.StopDefaultLoggers(system);
            Context.Stop(Self);
        }
    }
}
