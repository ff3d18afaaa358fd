namespace AkkaReplication.Simulation.Processes;

/// <summary>One timer of a process: a newer start replaces the older.</summary>
internal sealed class ProcessTimer(SimulatedProcess process)
{
    private long _version;

    public void Start(long delayMs, Action action)
    {
        var version = ++_version;
        process.After(delayMs, () =>
        {
            if (version == _version)
                action();
        });
    }

    public void Stop() => _version++;
}
