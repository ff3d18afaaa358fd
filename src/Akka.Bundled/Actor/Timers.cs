namespace Akka.Actor;

/// <summary>An actor with timers of its own, which end with it and with its restart.</summary>
public interface IWithTimers
{
    /// <summary>Set by the runtime after construction.</summary>
    ITimerScheduler Timers { get; set; }
}

/// <summary>
/// The timers of one actor instance. A key names at most one timer; starting it again replaces the former. Their
/// messages have no sender: an answer to one is a dead letter.
/// </summary>
public interface ITimerScheduler
{
    /// <summary>Sends <paramref name="msg"/> to the actor at a fixed rate, the first time after one interval.</summary>
    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    /// <summary>
    /// Sends <paramref name="msg"/> to the actor at a fixed rate, the first time after a delay of its own.
    /// </summary>
    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

    /// <summary>Sends <paramref name="msg"/> to the actor once.</summary>
    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    /// <summary>True from the start until the message is handled (single) or the timer is cancelled.</summary>
    bool IsTimerActive(object key);

    /// <summary>Ends a timer; its message is discarded even when it is already in the mailbox.</summary>
    void Cancel(object key);

    /// <summary>Ends all timers.</summary>
    void CancelAll();

    /// <summary>The keys of the active timers.</summary>
    IReadOnlyCollection<object> ActiveTimers { get; }
}
