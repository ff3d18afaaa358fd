using Akka.Actor;

namespace AkkaReplication.Links;

/// <summary>Carries bulk messages between brokers; in one process a tell.</summary>
internal interface IPeerCarrier
{
    void Send(BrokerId from, BrokerId to, IActorRef target, object message, IActorRef sender);
}
