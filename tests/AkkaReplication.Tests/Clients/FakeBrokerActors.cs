using Akka.Actor;
using AkkaReplication.Clients;

namespace AkkaReplication.Tests.Clients;

/// <summary>The parent of the fake brokers.</summary>
internal sealed class RootActor(FakeCluster cluster) : UntypedActor
{
    private readonly Dictionary<IActorRef, (BrokerId Broker, IActorRef Asker)> _stopping = [];

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StartBroker start:
                var broker = Context.ActorOf(
                    Props.Create(() => new BrokerActor(cluster, start.Broker)), $"broker-{start.Broker.Value}");
                broker.Forward(new Identify(start.Broker));
                break;
            case StopBroker stop:
                var stopping = Context.Child($"broker-{stop.Broker.Value}");
                _stopping[stopping] = (stop.Broker, Sender);
                Context.Watch(stopping);
                Context.Stop(stopping);
                break;
            case Terminated terminated:
                if (_stopping.Remove(terminated.ActorRef, out var stopped))
                    stopped.Asker.Tell(new BrokerStopped(stopped.Broker));
                break;
        }
    }

    internal sealed record StartBroker(BrokerId Broker);

    internal sealed record StopBroker(BrokerId Broker);

    internal sealed record BrokerStopped(BrokerId Broker);

    /// <summary>Opens sessions.</summary>
    private sealed class BrokerActor(FakeCluster cluster, BrokerId broker) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is not OpenClientSession)
                return;

            var client = Sender;
            var session = Context.ActorOf(Props.Create(() => new SessionActor(cluster, broker, client)));
            client.Tell(new ClientSessionOpened(session, broker), session);
        }
    }

    /// <summary>Answers one client's calls; looks again for fetches that found nothing.</summary>
    private sealed class SessionActor(FakeCluster cluster, BrokerId broker, IActorRef client)
        : UntypedActor, IWithTimers
    {
        public ITimerScheduler Timers { get; set; } = null!;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case ClientCall call:
                    var waitMs = call.Request is FetchRequest { MaxWaitMs: var most } ? most : 0;
                    Answer(call, DateTime.UtcNow.AddMilliseconds(waitMs));
                    break;
                case LookAgain again:
                    Answer(again.Call, again.Until);
                    break;
            }
        }

        private void Answer(ClientCall call, DateTime until)
        {
            var response = cluster.Serve(broker, call.Request);
            var isEmpty = response is FetchResponse fetch
                && fetch.Results.All(r => r.Error == ErrorCode.None && r.Records.IsEmpty && r.DivergingEpochEnd < 0);
            if (isEmpty && DateTime.UtcNow < until)
                Timers.StartSingleTimer(call.CorrelationId, new LookAgain(call, until), TimeSpan.FromMilliseconds(10));
            else if (response is not null && call.Request is not ProduceRequest { Acks: 0 })
                client.Tell(new ClientReply(call.CorrelationId, response), Self);
        }

        private sealed record LookAgain(ClientCall Call, DateTime Until);
    }
}
