using Akka.Actor;
using static Akka.TestKit.Internal.TestActorMessages;

namespace Akka.TestKit.Internal;

/// <summary>
/// The actor behind a test kit or a probe: it puts everything it receives into the kit's queue, and must never fail by
/// itself because of a message.
/// </summary>
internal sealed class InternalTestActor : UntypedActor
{
    private readonly TestQueue _queue;
    private Func<object, bool>? _ignore;
    private AutoPilot? _autoPilot;

    public InternalTestActor(TestQueue queue) => _queue = queue;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SetIgnore ignore:
                _ignore = ignore.Ignore;
                break;
            case SetAutoPilot pilot:
                _autoPilot = pilot.AutoPilot;
                break;
            case Watch watch:
                Context.Watch(watch.Subject);
                Sender.Tell(Ack.Instance);
                break;
            case Unwatch unwatch:
                Context.Unwatch(unwatch.Subject);
                Sender.Tell(Ack.Instance);
                break;
            case Spawn spawn:
                OnSpawn(spawn);
                break;
            default:
                OnTestMessage(message);
                break;
        }
    }

    private void OnSpawn(Spawn spawn)
    {
        try
        {
            Sender.Tell(Context.ActorOf(spawn.Props, spawn.Name));
        }
        catch (Exception failure)
        {
            Sender.Tell(new Status.Failure(failure));
        }
    }

    private void OnTestMessage(object message)
    {
        // Before the message is queued: a test that has received it may rely on what the pilot did.
        if (_autoPilot?.Run(Sender, message) is { } next and not KeepRunning) _autoPilot = next;
        if (_ignore?.Invoke(message) == true) return;
        _queue.Add(new RealMessageEnvelope(message, Sender));
    }
}
