namespace AkkaReplication.Simulation.Disks;

/// <summary>Counts the faults that were met, by kind: each at most once, however many operations meet it.</summary>
internal sealed class FaultCounts
{
    private readonly SortedDictionary<string, int> _met = new(StringComparer.Ordinal);
    private readonly HashSet<string> _waiting = [];

    public IReadOnlyDictionary<string, int> Met => _met;

    /// <summary>There is a fault of that kind, which nobody has met yet.</summary>
    public void Inject(string kind) => _waiting.Add(kind);

    /// <summary>The fault of that kind is over, met or not.</summary>
    public void Withdraw(string kind) => _waiting.Remove(kind);

    /// <summary>An operation meets it; counted where it is the first.</summary>
    public void Meet(string kind)
    {
        if (_waiting.Remove(kind))
            Count(kind);
    }

    public void Count(string kind) => _met[kind] = _met.GetValueOrDefault(kind) + 1;
}
