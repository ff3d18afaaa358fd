using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

/// <summary>
/// Owns the permits to recover, so that the start of many persistent actors does not drown the journal. An actor holds
/// at most one permit; one that dies gives it back.
/// </summary>
internal sealed class RecoveryPermitter : ReceiveActor
{
    private readonly HashSet<IActorRef> _holders = [];
    private readonly LinkedList<IActorRef> _pending = [];
    private readonly int _permits;

    public RecoveryPermitter(int permits)
    {
        _permits = permits;
        var log = Context.GetLogger();

        Receive<RequestRecoveryPermit>(_ =>
        {
            Context.Watch(Sender);
            if (_holders.Contains(Sender))
            {
                // An actor that was restarted asks again.
                Grant(Sender);
            }
            else if (_holders.Count < _permits)
            {
                Grant(Sender);
            }
            else if (!_pending.Contains(Sender))
            {
                if (_pending.Count == 0)
                {
                    log.Debug("Exceeded max-concurrent-recoveries [{0}]. First pending {1}", _permits, Sender);
                }

                _pending.AddLast(Sender);
            }
        });
        Receive<ReturnRecoveryPermit>(_ => Return(Sender));
        Receive<Terminated>(terminated => Return(terminated.ActorRef));
    }

    private void Grant(IActorRef actor)
    {
        _holders.Add(actor);
        actor.Tell(RecoveryPermitGranted.Instance, Self);
    }

    private void Return(IActorRef actor)
    {
        Context.Unwatch(actor);
        _pending.Remove(actor);
        if (_holders.Remove(actor) && _pending.First is { } next)
        {
            _pending.RemoveFirst();
            Grant(next.Value);
        }
    }
}

internal sealed class RequestRecoveryPermit : INoSerializationVerificationNeeded
{
    private RequestRecoveryPermit()
    {
    }

    public static RequestRecoveryPermit Instance { get; } = new();
}

internal sealed class RecoveryPermitGranted : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    private RecoveryPermitGranted()
    {
    }

    public static RecoveryPermitGranted Instance { get; } = new();
}

internal sealed class ReturnRecoveryPermit : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    private ReturnRecoveryPermit()
    {
    }

    public static ReturnRecoveryPermit Instance { get; } = new();
}
