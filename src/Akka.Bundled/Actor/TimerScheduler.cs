namespace Akka.Actor;

/// <summary>
/// The message of a timer on its way through the mailbox, with what tells whether it is still wanted.
/// </summary>
internal sealed class TimerTick(TimerScheduler? owner, object key, object message, int generation, bool repeats)
    : IAutoReceivedMessage, INoSerializationVerificationNeeded, Event.IDeadLetterSuppression
{
    public TimerScheduler? Owner { get; } = owner;

    public object Key { get; } = key;

    public object Message { get; } = message;

    public int Generation { get; } = generation;

    public bool Repeats { get; } = repeats;

    public override string ToString() => $"Timer [{Key}]: {Message}";
}

/// <summary>
/// Owns the timers of one actor instance. A timer that is cancelled or replaced may have a message in the mailbox
/// already: the generation tells it from those of the living one.
/// </summary>
internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, (int Generation, ICancelable Task)> _timers = [];
    private int _generations;

    public IReadOnlyCollection<object> ActiveTimers => [.. _timers.Keys];

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) =>
        StartPeriodicTimer(key, msg, interval, interval);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval) =>
        Start(key, msg, initialDelay, interval);

    public void StartSingleTimer(object key, object msg, TimeSpan timeout) => Start(key, msg, timeout, null);

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var timer))
        {
            timer.Task.Cancel();
        }
    }

    public void CancelAll()
    {
        foreach (var (_, task) in _timers.Values)
        {
            task.Cancel();
        }

        _timers.Clear();
    }

    /// <summary>True when the tick is one of a living timer; a single timer ends with it.</summary>
    public bool Accept(TimerTick tick)
    {
        if (!_timers.TryGetValue(tick.Key, out var timer) || timer.Generation != tick.Generation)
        {
            return false;
        }

        if (!tick.Repeats)
        {
            _timers.Remove(tick.Key);
        }

        return true;
    }

    private void Start(object key, object message, TimeSpan delay, TimeSpan? interval)
    {
        Cancel(key);
        var generation = ++_generations;
        var tick = new TimerTick(this, key, message, generation, interval is not null);
        var scheduler = cell.System.Scheduler;
        var task = interval is { } every
            ? scheduler.ScheduleTellRepeatedlyCancelable(delay, every, cell.Self, tick, ActorRefs.NoSender)
            : scheduler.ScheduleTellOnceCancelable(delay, cell.Self, tick, ActorRefs.NoSender);
        _timers[key] = (generation, task);
    }
}
