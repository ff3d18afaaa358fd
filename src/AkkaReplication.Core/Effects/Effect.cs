namespace AkkaReplication.Effects;

/// <summary>
/// Something a state machine wants done outside itself: data, not a call. A machine appends its effects to an
/// <see cref="EffectList"/> in the order in which they must become visible.
/// </summary>
public abstract record Effect;

/// <summary>
/// An effect whose completion comes back to the machine as an input. Nothing after it in its list may leave the process
/// before that input arrived; the interpreter holds the rest back (see architecture: "Effects are an ordered list").
/// </summary>
public abstract record BarrierEffect : Effect;

/// <summary>The effects of one or more turns, oldest first.</summary>
public sealed class EffectList
{
    private readonly List<Effect> _effects = [];

    public int Count => _effects.Count;

    public Effect this[int index] => _effects[index];

    public void Add(Effect effect) => _effects.Add(effect);

    public void Clear() => _effects.Clear();

    public List<Effect>.Enumerator GetEnumerator() => _effects.GetEnumerator();

    public IReadOnlyList<Effect> AsReadOnly() => _effects;
}
