using Akka.Actor;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// A machine, the actor that runs it, and the gate through which callers enter it on their own threads. The machine's
/// effects are the actor's business alone; a caller that gave the machine something to do wakes it.
/// </summary>
internal sealed class ClientHost<TMachine>
    where TMachine : ClientMachine
{
    private readonly ActorSystem _system;
    private readonly IActorRef _actor;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ClientHost(ClientContext context, string kind, string clientId, TMachine machine, Action<Effect> perform)
    {
        _system = context.System;
        ObjectDisposedException.ThrowIf(_system.WhenTerminated.IsCompleted, typeof(ReplicationClient));
        Machine = machine;
        var start = new ClientStart(context.ClusterName, context.Brokers, clientId, machine, Gate, perform, _ended);
        _actor = _system.ActorOf(ClientActor.Props(start), context.NextActorName(kind, clientId));
    }

    /// <summary>To be held around every use of <see cref="Machine"/>.</summary>
    public object Gate { get; } = new();

    public TMachine Machine { get; }

    /// <summary>Monotonic milliseconds, the same that the actor gives the machine.</summary>
    public long NowMs => (long)_system.Scheduler.MonotonicClock.TotalMilliseconds;

    /// <summary>The machine has something to do.</summary>
    public void Wake() => _actor.Tell(ClientActor.Turn.Instance, ActorRefs.NoSender);

    /// <summary>Ends the client; what is unfinished fails. Completes when everything has been told so.</summary>
    public Task StopAsync()
    {
        _actor.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        return _ended.Task;
    }
}
