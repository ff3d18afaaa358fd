namespace AkkaReplication.Core.Tests.Links;

/// <summary>Virtual time, one source of chance, and a network that loses, repeats, reorders and delays.</summary>
internal sealed class SimulatedWorld(int seed)
{
    private readonly PriorityQueue<Action, (long AtMs, long Order)> _events = new();
    private readonly HashSet<(int, int)> _cut = [];
    private long _order;

    public Random Random { get; } = new(seed);

    public long NowMs { get; private set; } = 10_000;

    /// <summary>Whether the network misbehaves.</summary>
    public bool IsLossy { get; set; } = true;

    public long EventCount { get; private set; }

    public void After(long delayMs, Action action) => _events.Enqueue(action, (NowMs + Math.Max(0, delayMs), _order++));

    public void Every(Func<long> periodMs, Action action) => After(periodMs(), () =>
    {
        action();
        Every(periodMs, action);
    });

    public bool Chance(int percent) => Random.Next(100) < percent;

    /// <summary>Nothing passes between the two, in both directions.</summary>
    public void Cut(int one, int other) => _cut.Add((Math.Min(one, other), Math.Max(one, other)));

    public void HealNetwork() => _cut.Clear();

    public bool IsCut(int one, int other) => _cut.Contains((Math.Min(one, other), Math.Max(one, other)));

    /// <summary>Sends at most, and mostly, once; now and then a copy turns up seconds later.</summary>
    public void Send(int from, int to, Action deliver)
    {
        if (IsCut(from, to) || (IsLossy && Chance(2)))
            return;

        After(Random.Next(1, 6), deliver);
        if (!IsLossy)
            return;
        if (Chance(3))
            After(Random.Next(1, 30), deliver);
        if (Chance(1))
            After(Random.Next(100, 8000), deliver);
    }

    public void RunUntil(long untilMs, Action<long> afterEach)
    {
        while (_events.TryPeek(out _, out var next) && next.AtMs <= untilMs)
        {
            _events.TryDequeue(out var action, out _);
            NowMs = next.AtMs;
            EventCount++;
            action!();
            afterEach(EventCount);
        }

        NowMs = untilMs;
    }
}
