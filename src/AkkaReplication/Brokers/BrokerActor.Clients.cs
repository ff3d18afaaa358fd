using Akka.Actor;
using AkkaReplication.Clients;
using AkkaReplication.Replicas;
using AkkaReplication.Sessions;

namespace AkkaReplication.Brokers;

internal sealed partial class BrokerActor
{
    /// <summary>Requests for producer ids that may wait for a controller that does not answer; the rest ask again later.</summary>
    internal const int MostWaitingForIds = 10_000;

    private readonly Dictionary<RequestToken, (IActorRef Session, long CallId)> _producerIdWaiters = [];
    private long _nextToken;

    private void OnOpenClientSession(OpenClientSession open)
    {
        // Listeners open only once the broker is unfenced: until then a client is told so, and tries elsewhere.
        if (!_running || _closing)
        {
            Sender.Tell(new ClientSessionRefused(_life.Broker), Self);
            return;
        }

        var session = Context.ActorOf(
            ClientSessionActor.Props(_broker!, Sender, _controller, open.ClientId, open.ReportsWritten));
        Sender.Tell(new ClientSessionOpened(session, _life.Broker), session);
    }

    private void OnProducerIdWanted(long now, ProducerIdWanted wanted)
    {
        if (_producerIds is null || _producerIdWaiters.Count >= MostWaitingForIds)
        {
            Sender.Tell(new ProducerIdGranted(wanted.CallId, ErrorCode.BrokerNotAvailable, -1), Self);
            return;
        }

        var token = new RequestToken(_nextToken++);
        _producerIdWaiters.Add(token, (Sender, wanted.CallId));
        _producerIds.OnRequest(now, token, _effects);
    }

    private void OnProducerIdAssigned(ProducerIdAssigned assigned)
    {
        if (_producerIdWaiters.Remove(assigned.Token, out var waiter))
            waiter.Session.Tell(new ProducerIdGranted(waiter.CallId, ErrorCode.None, assigned.ProducerId));
    }
}
