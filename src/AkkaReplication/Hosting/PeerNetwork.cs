using System.Collections.Concurrent;
using Akka.Actor;
using AkkaReplication.Links;

namespace AkkaReplication;

/// <summary>
/// The network between the brokers of an embedded cluster, for tests and drills: what is blocked is lost, silently, as on
/// a real network. Replication traffic only; heartbeats go on. Any thread.
/// </summary>
public sealed class PeerNetwork : IPeerCarrier
{
    private readonly ConcurrentDictionary<(BrokerId From, BrokerId To), bool> _blocked = new();
    private readonly IReadOnlyList<BrokerId> _brokers;
    private long _messages;

    internal PeerNetwork(IReadOnlyList<BrokerId> brokers) => _brokers = brokers;

    /// <summary>Messages between brokers that passed so far: fetches and their answers.</summary>
    public long Messages => Interlocked.Read(ref _messages);

    /// <summary>Messages from one broker to another are lost from now on; the other way is not touched.</summary>
    public void Block(BrokerId from, BrokerId to) => _blocked[(from, to)] = true;

    /// <summary>Cuts a broker off from all others, both ways.</summary>
    public void BlockAll(BrokerId broker)
    {
        foreach (var other in _brokers)
        {
            if (other == broker)
                continue;
            Block(broker, other);
            Block(other, broker);
        }
    }

    /// <summary>Messages from one broker to another pass again.</summary>
    public void Heal(BrokerId from, BrokerId to) => _blocked.TryRemove((from, to), out _);

    /// <summary>Everything passes again.</summary>
    public void HealAll() => _blocked.Clear();

    void IPeerCarrier.Send(BrokerId from, BrokerId to, IActorRef target, object message, IActorRef sender)
    {
        if (_blocked.ContainsKey((from, to)))
            return;
        if (from != IPeerCarrier.Controller && to != IPeerCarrier.Controller)
            Interlocked.Increment(ref _messages);
        target.Tell(message, sender);
    }
}
