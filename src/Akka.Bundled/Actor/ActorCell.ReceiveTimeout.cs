namespace Akka.Actor;

/// <summary>The receive timeout: a message to oneself that every other message puts off.</summary>
internal partial class ActorCell
{
    private TimeSpan? _receiveTimeout;
    private ICancelable? _pendingReceiveTimeout;

    public TimeSpan? ReceiveTimeout => _receiveTimeout;

    public void SetReceiveTimeout(TimeSpan? timeout) => _receiveTimeout = timeout;

    private static bool InfluencesReceiveTimeout(object? message) =>
        (message is TimerTick tick ? tick.Message : message) is not INotInfluenceReceiveTimeout;

    /// <summary>Arms the timeout again, or for the first time, or disarms it, as the actor wants by now.</summary>
    private void CheckReceiveTimeout(bool reschedule)
    {
        if (_receiveTimeout is not { } timeout)
        {
            if (_pendingReceiveTimeout is not null)
            {
                CancelReceiveTimeout();
            }
        }
        else if (reschedule || _pendingReceiveTimeout is null)
        {
            CancelReceiveTimeout();
            _pendingReceiveTimeout = _system.Scheduler.ScheduleTellOnceCancelable(
                timeout, _self, Akka.Actor.ReceiveTimeout.Instance, _self);
        }
    }

    private void CancelReceiveTimeout()
    {
        _pendingReceiveTimeout?.Cancel();
        _pendingReceiveTimeout = null;
    }
}
