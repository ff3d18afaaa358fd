using Akka.Actor;
using Akka.Event;

namespace Akka.Pattern;

/// <summary>
/// Turns every restart of its child into a stop and, after a growing delay, a new start. When the child stops by
/// itself, the supervisor stops too.
/// </summary>
internal sealed class BackoffOnRestartSupervisor : BackoffSupervisorBase
{
    private readonly TimeSpan _minBackoff;
    private readonly TimeSpan _maxBackoff;
    private readonly double _randomFactor;
    private readonly OneForOneStrategy _strategy;
    private IActorRef? _failed;

    public BackoffOnRestartSupervisor(
        Props childProps,
        string childName,
        TimeSpan minBackoff,
        TimeSpan maxBackoff,
        IBackoffReset reset,
        double randomFactor,
        OneForOneStrategy strategy,
        object? replyWhileStopped,
        Func<object, bool>? finalStopMessage)
        : base(childProps, childName, reset, replyWhileStopped, finalStopMessage)
    {
        _minBackoff = minBackoff;
        _maxBackoff = maxBackoff;
        _randomFactor = randomFactor;
        _strategy = strategy;
    }

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(_strategy.MaxNumberOfRetries, _strategy.WithinTimeRangeMilliseconds, Decide);

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated terminated when terminated.ActorRef.Equals(_failed):
                _failed = null;
                Child = null;
                ScheduleStart(_minBackoff, _maxBackoff, _randomFactor);
                return true;
            case Terminated terminated when terminated.ActorRef.Equals(Child):
                Log.Debug("Terminating, because child {0} terminated itself", Child);
                Context.Stop(Self);
                return true;
            case BackoffSupervisor.StartChild when _failed is not null:
                // The next one is scheduled when the failed child is gone.
                return true;
            default:
                return HandleBackoff(message);
        }
    }

    private Directive Decide(Exception cause)
    {
        var directive = _strategy.Decider.Decide(cause);
        if (directive != Directive.Restart)
        {
            return directive;
        }

        if (_strategy.WithinTimeRangeMilliseconds > 0 && RestartCountN == 0)
        {
            var window = TimeSpan.FromMilliseconds(_strategy.WithinTimeRangeMilliseconds);
            var reset = new BackoffSupervisor.ResetRestartCount(RestartCountN);
            Context.System.Scheduler.ScheduleTellOnce(window, Self, reset, Self);
        }

        if (_strategy.MaxNumberOfRetries >= 0 && RestartCountN >= _strategy.MaxNumberOfRetries)
        {
            Log.Debug("Terminating: the child failed after {0} restarts, the most allowed", RestartCountN);
            Context.Stop(Self);
        }
        else
        {
            _failed = Sender;
        }

        return Directive.Stop;
    }
}
