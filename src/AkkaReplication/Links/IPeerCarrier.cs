using Akka.Actor;

namespace AkkaReplication.Links;

/// <summary>Carries messages between brokers, and between them and the controller; in one process a tell.</summary>
internal interface IPeerCarrier
{
    /// <summary>The controller's place among the brokers, whose numbers begin with 1.</summary>
    static readonly BrokerId Controller = new(0);

    void Send(BrokerId from, BrokerId to, IActorRef target, object message, IActorRef sender);
}
