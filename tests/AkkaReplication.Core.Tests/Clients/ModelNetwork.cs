using AkkaReplication.Clients;
using AkkaReplication.Effects;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>How often things go wrong, per message; all 0 once the faults are over.</summary>
internal sealed record ModelFaults
{
    public static readonly ModelFaults None = new();

    public double LoseRequest { get; init; }

    public double LoseAnswer { get; init; }

    public double RepeatAnswer { get; init; }

    public double BreakConnection { get; init; }

    public double RefuseConnection { get; init; }

    /// <summary>Everything sent over a connection from some request on is held up for long.</summary>
    public double StallConnection { get; init; }

    /// <summary>What was on its way over a connection that is gone reaches the broker all the same.</summary>
    public double LateCopies { get; init; }

    public double RefuseBatch { get; init; }

    public double UnknownOutcome { get; init; }

    public double MoveLeader { get; init; }
}

/// <summary>
/// Runs a client machine against model brokers in virtual time: everything that happens follows from the seed.
/// </summary>
internal sealed class ModelNetwork
{
    private readonly PriorityQueue<Action, (long, long)> _events = new();
    private readonly Dictionary<long, Connection> _connections = [];
    private readonly EffectList _effects = new();
    private readonly Action<Effect> _other;
    private long _eventNumber;
    private long _timer;

    public ModelNetwork(Random random, Action<Effect> other)
    {
        Random = random;
        _other = other;
    }

    public Random Random { get; }

    public ClientMachine Machine { get; set; } = null!;

    public ModelFaults Faults { get; set; } = ModelFaults.None;

    /// <summary>What a broker does with a request; it answers through the callback, at once, later or never.</summary>
    public Action<BrokerId, ClientRequest, Action<ClientResponse>> Serve { get; set; } = (_, _, _) => { };

    public long Now { get; private set; } = 1_000;

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public void At(long time, Action action) => _events.Enqueue(action, (Math.Max(time, Now), _eventNumber++));

    /// <summary>Lets the machine have its turn, as a caller does that was told to wake it.</summary>
    public void Turn() => Input(() => Machine.OnTimer(Now, _effects));

    public void Abort() => Input(() => Machine.Abort(Now, ErrorCode.InvalidRequest, "Aborted.", _effects));

    /// <summary>Lets time pass up to that moment.</summary>
    public void RunUntil(long time)
    {
        while (_events.TryPeek(out _, out var due) && due.Item1 <= time)
        {
            var action = _events.Dequeue();
            Now = Math.Max(Now, due.Item1);
            action();
        }

        Now = Math.Max(Now, time);
    }

    /// <summary>Lets time pass until the condition holds; false when it does not within that many ms.</summary>
    public bool RunUntil(Func<bool> condition, long withinMs)
    {
        var end = Now + withinMs;
        while (!condition())
        {
            if (!_events.TryPeek(out _, out var due) || due.Item1 > end)
                return false;
            RunUntil(due.Item1);
        }

        return true;
    }

    public void BreakConnections(BrokerId broker)
    {
        foreach (var connection in _connections.Values.Where(c => c.Broker == broker && c.IsAlive).ToArray())
            Break(connection);
    }

    private void Input(Action input)
    {
        input();
        var effects = _effects.AsReadOnly().ToArray();
        _effects.Clear();
        foreach (var effect in effects)
            Perform(effect);
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case OpenConnection open:
                Open(open);
                break;
            case CloseConnection close:
                _connections[close.Connection].IsAlive = false;
                break;
            case SendCall send:
                Send(_connections[send.Connection], send.Call);
                break;
            case StartClientTimer timer:
                var number = ++_timer;
                At(Now + timer.DelayMs, () =>
                {
                    if (number == _timer)
                        Turn();
                });
                break;
            default:
                _other(effect);
                break;
        }
    }

    private void Open(OpenConnection open)
    {
        var connection = new Connection(open.Connection, open.Broker);
        _connections.Add(open.Connection, connection);
        At(Now + Delay(), () =>
        {
            if (!connection.IsAlive)
                return;
            if (Chance(Faults.RefuseConnection))
                Break(connection);
            else
                Input(() => Machine.OnOpened(Now, connection.Number, _effects));
        });
    }

    private void Send(Connection connection, ClientCall call)
    {
        Assert.True(connection.IsAlive);
        if (Chance(Faults.BreakConnection))
            At(Now + Delay(), () => Break(connection));
        if (Chance(Faults.LoseRequest))
            return;

        var stall = Chance(Faults.StallConnection) ? Random.Next(3_000) : 0;
        connection.ArrivesAt = Math.Max(connection.ArrivesAt + 1, Now + Delay() + stall);
        At(connection.ArrivesAt, () => Arrive(connection, call));
    }

    private void Arrive(Connection connection, ClientCall call)
    {
        if (!connection.IsAlive)
        {
            // In the mailbox of a session that is gone for the client, but not for the broker.
            connection.LateCopies ??= Chance(Faults.LateCopies);
            if (connection.LateCopies == true)
                Serve(connection.Broker, call.Request, static _ => { });
            return;
        }

        void Reply(ClientResponse response) => Answer(connection, new ClientReply(call.CorrelationId, response));
        Serve(connection.Broker, call.Request, Reply);
    }

    private void Answer(Connection connection, ClientReply reply)
    {
        if (Chance(Faults.LoseAnswer))
            return;

        var copies = Chance(Faults.RepeatAnswer) ? 2 : 1;
        for (var i = 0; i < copies; i++)
        {
            At(Now + Delay(), () =>
            {
                if (connection.IsAlive)
                    Input(() => Machine.OnReply(Now, connection.Number, reply, _effects));
            });
        }
    }

    private void Break(Connection connection)
    {
        if (!connection.IsAlive)
            return;

        connection.IsAlive = false;
        Input(() => Machine.OnClosed(Now, connection.Number, _effects));
    }

    public long Delay() => 1 + Random.Next(8);

    private sealed class Connection(long number, BrokerId broker)
    {
        public long Number { get; } = number;

        public BrokerId Broker { get; } = broker;

        public bool IsAlive { get; set; } = true;

        public bool? LateCopies { get; set; }

        public long ArrivesAt { get; set; }
    }
}
