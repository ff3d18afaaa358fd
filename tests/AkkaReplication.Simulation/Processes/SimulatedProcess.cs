using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>
/// A process on a node: lives, dies, is paused, and has a clock of its own. What it asked for in one life never happens in
/// the next; what is due while it is paused happens when it goes on.
/// </summary>
internal abstract class SimulatedProcess
{
    private readonly long _clockOffsetMs;
    private readonly double _rate;
    private List<Action> _held = [];

    protected SimulatedProcess(World world, int node)
    {
        World = world;
        Node = node;
        _clockOffsetMs = world.Scheduling.Between(10_000L, 1_000_000_000);
        var drift = world.Profile.Drift;
        _rate = 1 + ((2 * world.Scheduling.NextDouble() - 1) * drift);
    }

    public World World { get; }

    public int Node { get; }

    public bool IsAlive { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>Counts from 1 with the first life.</summary>
    public int Life { get; private set; }

    /// <summary>Monotonic, in ms; it goes on while the process is paused.</summary>
    public long NowMs => (long)(World.Time.NowUs * _rate / 1000) + _clockOffsetMs;

    /// <summary>Ms since the Unix epoch, as the process believes.</summary>
    public long WallClockMs => 1_700_000_000_000 + World.Time.NowMs + WallClockErrorMs;

    public long WallClockErrorMs { get; set; }

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        IsPaused = false;
        var held = _held;
        _held = [];
        foreach (var action in held)
            World.Time.After(0, () => Run(action));
    }

    /// <summary>In this life only; by this process's clock, and never early.</summary>
    public void After(long delayMs, Action action) => AfterUs((long)Math.Ceiling(delayMs * 1000 / _rate) + 1, action);

    public void AfterUs(long delayUs, Action action)
    {
        var life = Life;
        World.Time.After(delayUs, () =>
        {
            if (life == Life && IsAlive)
                Run(action, life);
        });
    }

    /// <summary>A message from outside, whatever life it was meant for.</summary>
    public void Receive(Action action)
    {
        if (IsAlive)
            Run(action, Life);
    }

    protected void BeginLife()
    {
        Life++;
        IsAlive = true;
        IsPaused = false;
        _held = [];
    }

    protected void EndLife()
    {
        IsAlive = false;
        IsPaused = false;
        _held = [];
    }

    private void Run(Action action, int life)
    {
        if (!IsPaused)
        {
            action();
            return;
        }

        _held.Add(() =>
        {
            if (life == Life && IsAlive)
                action();
        });
    }

    private void Run(Action action)
    {
        if (IsPaused)
            _held.Add(action);
        else
            action();
    }
}
