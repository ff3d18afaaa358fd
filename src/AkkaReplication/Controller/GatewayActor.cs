using Akka.Actor;
using AkkaReplication.Links;

namespace AkkaReplication.Controller;

/// <summary>
/// The one place where a broker and its controller meet: what the broker's actors tell the controller, and its answers and
/// notifications, pass here and over the carrier. Lasts as long as the cluster; decides nothing.
/// </summary>
/// <remarks>
/// Every actor that speaks to the controller has a line of its own, which the controller takes for it. A line ends with its
/// actor, if the controller can hear of that: a broker that dies while it is cut off is missed only in time.
/// </remarks>
internal sealed class GatewayActor : UntypedActor
{
    private readonly BrokerId _broker;
    private readonly IActorRef _controller;
    private readonly IPeerCarrier _carrier;
    private readonly Dictionary<IActorRef, IActorRef> _lines = [];

    public GatewayActor(BrokerId broker, IActorRef controller, IPeerCarrier carrier)
    {
        _broker = broker;
        _controller = controller;
        _carrier = carrier;
    }

    public static Props Props(BrokerId broker, IActorRef controller, IPeerCarrier carrier) =>
        Akka.Actor.Props.Create(() => new GatewayActor(broker, controller, carrier));

    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void OnReceive(object message)
    {
        if (message is Terminated terminated)
        {
            OnTerminated(terminated.ActorRef);
            return;
        }

        if (!_lines.TryGetValue(Sender, out var line))
        {
            var local = Sender;
            line = Context.ActorOf(Akka.Actor.Props.Create(() => new Line(_broker, local, _controller, _carrier)));
            _lines.Add(Context.Watch(local), Context.Watch(line));
        }

        line.Tell(new ToController(message), ActorRefs.NoSender);
    }

    private void OnTerminated(IActorRef actor)
    {
        if (_lines.Remove(actor))
            return;

        // A line that broke: who spoke over it gets another one.
        foreach (var (local, line) in _lines)
        {
            if (!line.Equals(actor))
                continue;
            Context.Unwatch(local);
            _lines.Remove(local);
            return;
        }
    }

    private sealed class Line : UntypedActor
    {
        private readonly BrokerId _broker;
        private readonly IActorRef _local;
        private readonly IActorRef _controller;
        private readonly IPeerCarrier _carrier;

        public Line(BrokerId broker, IActorRef local, IActorRef controller, IPeerCarrier carrier)
        {
            _broker = broker;
            _local = local;
            _controller = controller;
            _carrier = carrier;
        }

        protected override void PreStart() => Context.Watch(_local);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case ToController outgoing:
                    _carrier.Send(_broker, IPeerCarrier.Controller, _controller, outgoing.Message, Self);
                    break;
                case Terminated:
                    _carrier.Send(_broker, IPeerCarrier.Controller, Self, Closed.Instance, Self);
                    break;
                case Closed:
                    Context.Stop(Self);
                    break;
                default:
                    _carrier.Send(IPeerCarrier.Controller, _broker, _local, message, Self);
                    break;
            }
        }
    }

    private sealed record ToController(object Message) : INoSerializationVerificationNeeded;

    private sealed class Closed : INoSerializationVerificationNeeded
    {
        public static readonly Closed Instance = new();
    }
}
