namespace AkkaReplication.Simulation.Time;

/// <summary>
/// Virtual time in microseconds and what is to happen in it, in one thread. What is due at the same moment happens in the
/// order in which it was asked for.
/// </summary>
internal sealed class VirtualTime
{
    private readonly PriorityQueue<Action, (long AtUs, long Order)> _events = new();
    // Whoever answers at once to what he asked at once goes on for ever.
    private const int MostAtOneMoment = 200_000;

    private long _order;
    private int _atThisMoment;

    /// <summary>Since the beginning of the simulation.</summary>
    public long NowUs { get; private set; }

    public long NowMs => NowUs / 1000;

    /// <summary>Events that have happened.</summary>
    public long Steps { get; private set; }

    /// <summary>Lets something happen; at once, but after what is due now, where the delay is 0 or less.</summary>
    public void After(long delayUs, Action action) => _events.Enqueue(action, (NowUs + Math.Max(0, delayUs), _order++));

    /// <summary>Lets the next event happen; false where there is none up to then.</summary>
    public bool Step(long untilUs)
    {
        if (!_events.TryPeek(out _, out var next) || next.AtUs > untilUs)
        {
            NowUs = Math.Max(NowUs, untilUs);
            return false;
        }

        _events.TryDequeue(out var action, out _);
        _atThisMoment = next.AtUs == NowUs ? _atThisMoment + 1 : 0;
        if (_atThisMoment > MostAtOneMoment)
            throw new InvalidOperationException($"Time stands still at {NowUs} us: {_atThisMoment} events in one moment.");
        NowUs = next.AtUs;
        Steps++;
        action!();
        return true;
    }
}
