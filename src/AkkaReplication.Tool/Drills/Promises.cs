namespace AkkaReplication.Tool.Drills;

/// <summary>What a scenario promised, and whether it held.</summary>
internal sealed class Promises
{
    private readonly List<Promise> _kept = [];

    public IReadOnlyList<Promise> All => _kept;

    public bool Hold => _kept.TrueForAll(promise => promise.Held);

    /// <param name="text">What must hold.</param>
    /// <param name="otherwise">What was found instead; said only when it does not hold.</param>
    public void Check(string text, bool held, string otherwise) =>
        _kept.Add(new Promise(text, held, held ? "" : otherwise));
}

/// <summary>One promise.</summary>
internal sealed record Promise(string Text, bool Held, string Otherwise);
