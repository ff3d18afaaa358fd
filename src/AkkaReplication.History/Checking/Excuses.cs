namespace AkkaReplication.History.Checking;

/// <summary>The losses that a test calls legitimate, by key.</summary>
internal sealed class Excuses
{
    private readonly Dictionary<int, List<(long From, long AtNs)>> _from = [];
    private readonly Dictionary<int, long> _below = [];

    public Excuses(OperationHistory history, IReadOnlyList<LossExcuse> excuses)
    {
        foreach (var excuse in excuses)
        {
            if (history.Keys.Find(excuse.Key) is var key and >= 0)
                Add(key, excuse.FromOffset ?? -1, excuse.BelowOffset, excuse.AtNs);
        }

        for (var operation = 0; operation < history.Count; operation++)
        {
            var header = history.HeaderOf(operation);
            if (header.Kind != OperationKind.Excuse || header.Outcome == Outcome.Fail)
                continue;
            for (var step = history.StepsStart(operation); step < history.StepsEnd(operation); step++)
            {
                var (key, offset) = (history.StepKey(step), history.StepOffset(step));
                if (history.StepKindOf(step) == StepKind.LostFrom)
                    Add(key, offset, 0, history.InvokedNs(operation));
                else
                    Add(key, -1, offset, Operation.NeverNs);
            }
        }
    }

    public bool IsAny => _from.Count > 0 || _below.Count > 0;

    public bool Drops(int key, long offset, long invokedNs) =>
        _from.TryGetValue(key, out var excuses)
        && excuses.Exists(excuse => offset >= excuse.From && invokedNs <= excuse.AtNs);

    public bool MayDrop(int key, long invokedNs) =>
        _below.ContainsKey(key)
        || (_from.TryGetValue(key, out var excuses) && excuses.Exists(excuse => invokedNs <= excuse.AtNs));

    public long Below(int key) => _below.GetValueOrDefault(key);

    private void Add(int key, long from, long below, long atNs)
    {
        if (from < 0)
        {
            _below[key] = Math.Max(below, _below.GetValueOrDefault(key));
            return;
        }

        if (!_from.TryGetValue(key, out var excuses))
            _from.Add(key, excuses = []);
        excuses.Add((from, atNs));
    }
}
