using AkkaReplication.Clients;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>
/// A client's connection to one life of a broker, as TCP is: what is sent arrives once and in order, or the connection breaks,
/// and then each side learns it some time later or by its own time-outs.
/// </summary>
internal sealed class ClientConnection(World world, ClientProcess client, BrokerProcess broker, long number)
{
    private long _lastToBrokerUs;
    private long _lastToClientUs;

    public ClientProcess Client => client;

    public BrokerProcess Broker => broker;

    /// <summary>As the client's machine numbers it.</summary>
    public long Number => number;

    /// <summary>Nothing arrives any more, in either direction.</summary>
    public bool IsBroken { get; private set; }

    public void ToBroker(Action deliver) => Carry(client.Node, broker.Node, ref _lastToBrokerUs, () => broker.Receive(() =>
    {
        if (!IsBroken)
            deliver();
    }));

    public void ToClient(ClientReply reply) => Carry(broker.Node, client.Node, ref _lastToClientUs, () => client.Receive(() =>
    {
        if (!IsBroken)
            client.OnReply(this, reply);
    }));

    /// <summary>The connection ends; whoever is told, is told after a while.</summary>
    public void Break(bool tellClient, bool tellBroker)
    {
        if (IsBroken)
            return;

        IsBroken = true;
        if (tellBroker)
            world.Time.After(world.Network.DelayUs(client.Node, broker.Node), () => broker.Receive(() => broker.OnConnectionClosed(this)));
        if (tellClient)
            world.Time.After(world.Network.DelayUs(broker.Node, client.Node), () => client.Receive(() => client.OnConnectionClosed(this)));
    }

    private void Carry(int from, int to, ref long lastUs, Action deliver)
    {
        if (IsBroken)
            return;

        if (world.Network.IsBlocked(from, to))
        {
            // What is lost is sent again by TCP for a while; then the connection is given up. Here: at once, unheard.
            Break(tellClient: false, tellBroker: false);
            return;
        }

        lastUs = Math.Max(lastUs, world.Time.NowUs + world.Network.DelayUs(from, to));
        world.Time.After(lastUs - world.Time.NowUs, deliver);
    }
}
