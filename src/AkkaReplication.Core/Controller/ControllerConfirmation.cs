using AkkaReplication.Effects;

namespace AkkaReplication.Controller;

/// <summary>Hand <see cref="ConfirmEpoch"/> to the controller.</summary>
public sealed record SubmitConfirmation : Effect
{
    public static readonly SubmitConfirmation Instance = new();
}

/// <summary>A majority has confirmed the controller in a round that began then: leases count from it (E1).</summary>
public sealed record ControllerConfirmed(long RoundStartedMs) : Effect;

/// <summary>The controller must resign: perhaps another one decides by now.</summary>
/// <param name="Reason">For people.</param>
public sealed record ControllerUnconfirmed(string Reason) : Effect;

/// <summary>Call ControllerConfirmation.OnTimer after the delay; replaces the timer asked for before.</summary>
public sealed record StartConfirmationTimer(long DelayMs) : Effect;

/// <summary>
/// Has the active controller confirmed at a majority once in an interval, by whatever it writes or else by a no-op, and has it
/// resign when that fails (P6): a controller that was deposed while it had nothing to write would never learn of it. Decides
/// nothing else, and lives beside the controller because a controller that waits for a write hears nothing.
/// </summary>
/// <remarks>For voters in other processes: where the only voter is the controller's own, nobody else can depose it.</remarks>
/// <param name="intervalMs">controller.quorum.confirm.ms: 2 or more. It resigns after 1.5 times that.</param>
public sealed class ControllerConfirmation(long intervalMs)
{
    private bool _isActive;
    private bool _isSubmitted;
    private long _confirmedAtMs;
    private long? _writingSinceMs;

    /// <summary>A controller took over: its epoch's first entry was committed in a round that began then.</summary>
    public void OnControllerActive(long nowMs, long roundStartedMs, EffectList effects)
    {
        (_isActive, _writingSinceMs) = (true, null);
        Confirm(nowMs, roundStartedMs, effects);
    }

    /// <summary>The controller is gone, for whatever reason.</summary>
    public void OnControllerInactive() => _isActive = false;

    /// <summary>The controller began to write.</summary>
    public void OnWriteStarted(long nowMs) => _writingSinceMs ??= nowMs;

    /// <summary>What was being written is committed.</summary>
    public void OnWriteCommitted(long nowMs, EffectList effects)
    {
        if (!_isActive || _writingSinceMs is not { } startedMs)
            return;

        _writingSinceMs = null;
        Confirm(nowMs, startedMs, effects);
    }

    /// <summary>The timer fired.</summary>
    public void OnTimer(long nowMs, EffectList effects)
    {
        if (_isActive)
            Check(nowMs, effects);
    }

    private void Confirm(long nowMs, long roundStartedMs, EffectList effects)
    {
        _isSubmitted = false;
        _confirmedAtMs = roundStartedMs;
        effects.Add(new ControllerConfirmed(roundStartedMs));
        Check(nowMs, effects);
    }

    private void Check(long nowMs, EffectList effects)
    {
        var unconfirmedMs = nowMs - _confirmedAtMs;
        var limitMs = intervalMs + (intervalMs / 2);
        if (unconfirmedMs >= limitMs)
        {
            _isActive = false;
            effects.Add(new ControllerUnconfirmed($"no majority has confirmed it for {unconfirmedMs} ms"));
            return;
        }

        if (unconfirmedMs >= intervalMs && !_isSubmitted && _writingSinceMs is null)
        {
            _isSubmitted = true;
            effects.Add(SubmitConfirmation.Instance);
        }

        effects.Add(new StartConfirmationTimer((unconfirmedMs < intervalMs ? intervalMs : limitMs) - unconfirmedMs));
    }
}
