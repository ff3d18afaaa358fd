using System.Collections.Concurrent;
using Akka.Actor;
using AkkaReplication.Links;

namespace AkkaReplication.Testing.Networks;

/// <summary>Carries what brokers and the controller say to each other over links that may be faulty. Any thread.</summary>
/// <param name="seed">Decides, with the two ends, which messages a lossy link loses.</param>
internal sealed class FaultyCarrier(int seed) : IPeerCarrier
{
    private readonly ConcurrentDictionary<(BrokerId From, BrokerId To), FaultyLink> _links = new();
    private readonly ConcurrentDictionary<(BrokerId Broker, IActorRef Line), bool> _lines = new();
    private IScheduler? _scheduler;
    private long _sent;

    /// <summary>Messages that were sent so far.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>The links that have ever been faulty.</summary>
    public IEnumerable<KeyValuePair<(BrokerId From, BrokerId To), FaultyLink>> Links => _links;

    /// <summary>The actors through which a broker has spoken to the controller.</summary>
    public IEnumerable<IActorRef> LinesOf(BrokerId broker) =>
        _lines.Keys.Where(line => line.Broker == broker).Select(line => line.Line);

    /// <summary>Called before anything is sent: what delays messages.</summary>
    public void Attach(ActorSystem system) => _scheduler = system.Scheduler;

    public FaultyLink Link(BrokerId from, BrokerId to) => _links.GetOrAdd(
        (from, to),
        link => new FaultyLink(() => _scheduler!, new Random(HashCode(seed, link.From.Value, link.To.Value))));

    public void Send(BrokerId from, BrokerId to, IActorRef target, object message, IActorRef sender)
    {
        Interlocked.Increment(ref _sent);
        if (to == IPeerCarrier.Controller)
            _lines.TryAdd((from, sender), true);
        if (_links.TryGetValue((from, to), out var link))
            link.Send(target, message, sender);
        else
            target.Tell(message, sender);
    }

    // System.HashCode is another one in every process.
    private static int HashCode(int a, int b, int c) => unchecked((((a * 31) + b) * 31) + c);
}
