using Akka.Actor;
using AkkaReplication.Brokers;
using AkkaReplication.Listeners;

namespace AkkaReplication.Tests.Actors;

/// <summary>A listener whose actor tells a probe everything, and its parent what the test says.</summary>
internal sealed class FakeListener(IActorRef probe) : IClientListener
{
    /// <summary>What it tells the broker at once.</summary>
    public object FirstWord { get; set; } = new ListenerProtocol.Bound([new("PLAINTEXT", "localhost", 9092)]);

    /// <summary>Completes when the ports of its lives are free.</summary>
    public TaskCompletionSource Released { get; } = new();

    public Props Props(BrokerContext broker) => Akka.Actor.Props.Create(() => new Listening(this, probe, broker));

    private sealed class Listening : UntypedActor
    {
        private readonly IActorRef _probe;

        public Listening(FakeListener listener, IActorRef probe, BrokerContext broker)
        {
            _probe = probe;
            broker.ListenerReleased = listener.Released.Task;
            Context.Parent.Tell(listener.FirstWord);
        }

        protected override void OnReceive(object message) => _probe.Forward(message);
    }
}
