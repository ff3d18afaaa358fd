namespace AkkaReplication.Effects;

/// <summary>
/// Carries out effects in their order, in every shell and in the simulator alike. After a <see cref="BarrierEffect"/> it
/// holds everything later, also of later turns, until <see cref="Completed"/> is called for it.
/// </summary>
/// <param name="perform">Carries out one effect; for a barrier it only starts it.</param>
public sealed class EffectInterpreter(Action<Effect> perform)
{
    private readonly Queue<Effect> _held = new();
    private BarrierEffect? _pending;
    private bool _running;

    /// <summary>Effects that wait behind a barrier.</summary>
    public int HeldCount => _held.Count;

    /// <summary>The barrier that has not completed yet, if any.</summary>
    public BarrierEffect? Pending => _pending;

    /// <summary>Performs the list's effects, or holds them behind a pending barrier, and empties the list.</summary>
    public void Run(EffectList effects)
    {
        if (_pending is null && _held.Count == 0 && !_running)
            RunDirectly(effects);
        else
            Hold(effects);
        effects.Clear();
    }

    /// <summary>The pending barrier's completion has been fed to its machine: what waited behind it may go.</summary>
    /// <exception cref="InvalidOperationException">That barrier is not the pending one.</exception>
    public void Completed(BarrierEffect barrier)
    {
        if (!ReferenceEquals(barrier, _pending))
            throw new InvalidOperationException($"{barrier} completed, but the pending barrier is {_pending}.");
        _pending = null;
        Drain();
    }

    private void RunDirectly(EffectList effects)
    {
        _running = true;
        try
        {
            for (var i = 0; i < effects.Count; i++)
            {
                if (_pending is null)
                    Perform(effects[i]);
                else
                    _held.Enqueue(effects[i]);
            }
        }
        finally
        {
            _running = false;
        }

        Drain();
    }

    private void Hold(EffectList effects)
    {
        foreach (var effect in effects)
            _held.Enqueue(effect);
        Drain();
    }

    private void Drain()
    {
        if (_running)
            return;

        _running = true;
        try
        {
            while (_pending is null && _held.TryDequeue(out var effect))
                Perform(effect);
        }
        finally
        {
            _running = false;
        }
    }

    private void Perform(Effect effect)
    {
        // Set first: performing may complete it at once.
        _pending = effect as BarrierEffect ?? _pending;
        perform(effect);
    }
}
