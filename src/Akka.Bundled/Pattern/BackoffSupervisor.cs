using Akka.Actor;
using Akka.Event;

namespace Akka.Pattern;

/// <summary>Starts its child again, after a growing delay, whenever the child has stopped.</summary>
public sealed class BackoffSupervisor : BackoffSupervisorBase
{
    private readonly TimeSpan _minBackoff;
    private readonly TimeSpan _maxBackoff;
    private readonly double _randomFactor;
    private readonly SupervisorStrategy _strategy;

    /// <summary>Creates a supervisor with the default strategy and an automatic reset after minBackoff.</summary>
    public BackoffSupervisor(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor)
        : this(
            childProps,
            childName,
            minBackoff,
            maxBackoff,
            new AutoReset(minBackoff),
            randomFactor,
            Actor.SupervisorStrategy.DefaultStrategy)
    {
    }

    /// <summary>Creates a supervisor.</summary>
    public BackoffSupervisor(
        Props childProps,
        string childName,
        TimeSpan minBackoff,
        TimeSpan maxBackoff,
        IBackoffReset reset,
        double randomFactor,
        SupervisorStrategy strategy,
        object? replyWhileStopped = null,
        Func<object, bool>? finalStopMessage = null)
        : base(childProps, childName, reset, replyWhileStopped, finalStopMessage)
    {
        _minBackoff = minBackoff;
        _maxBackoff = maxBackoff;
        _randomFactor = randomFactor;
        _strategy = strategy;
    }

    /// <summary>Props of a supervisor with the default strategy.</summary>
    public static Props Props(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor) =>
        PropsWithSupervisorStrategy(
            childProps, childName, minBackoff, maxBackoff, randomFactor, Actor.SupervisorStrategy.DefaultStrategy);

    /// <summary>Props of a supervisor with the default strategy and a limit of new starts.</summary>
    public static Props Props(
        Props childProps,
        string childName,
        TimeSpan minBackoff,
        TimeSpan maxBackoff,
        double randomFactor,
        int maxNrOfRetries) =>
        PropsWithSupervisorStrategy(
            childProps,
            childName,
            minBackoff,
            maxBackoff,
            randomFactor,
            new OneForOneStrategy(Actor.SupervisorStrategy.DefaultDecider).WithMaxNrOfRetries(maxNrOfRetries));

    /// <summary>Props of a supervisor with the given options.</summary>
    /// <exception cref="ArgumentException">A delay or factor is out of its range.</exception>
    public static Props Props(BackoffOptions options) => options.Props;

    /// <summary>Props of a supervisor with the given strategy.</summary>
    public static Props PropsWithSupervisorStrategy(
        Props childProps,
        string childName,
        TimeSpan minBackoff,
        TimeSpan maxBackoff,
        double randomFactor,
        SupervisorStrategy strategy) =>
        Actor.Props.Create(() => new BackoffSupervisor(
            childProps,
            childName,
            minBackoff,
            maxBackoff,
            new AutoReset(minBackoff),
            randomFactor,
            strategy,
            null,
            null));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => _strategy;

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        if (message is not Terminated terminated || !terminated.ActorRef.Equals(Child))
        {
            return HandleBackoff(message);
        }

        Child = null;
        var maxNrOfRetries = _strategy is OneForOneStrategy oneForOne ? oneForOne.MaxNumberOfRetries : -1;
        if (FinalStopMessageReceived)
        {
            Context.Stop(Self);
        }
        else if (maxNrOfRetries >= 0 && RestartCountN >= maxNrOfRetries)
        {
            Log.Debug("Terminating: the child has stopped after {0} restarts, the most allowed", maxNrOfRetries);
            Context.Stop(Self);
        }
        else
        {
            ScheduleStart(_minBackoff, _maxBackoff, _randomFactor);
        }

        return true;
    }

    /// <summary>Asks for the running child; the answer is <see cref="CurrentChild"/>.</summary>
    public sealed class GetCurrentChild
    {
        /// <summary>The only instance.</summary>
        public static readonly GetCurrentChild Instance = new();

        private GetCurrentChild()
        {
        }
    }

    /// <summary>Tells the running child, null while there is none.</summary>
    public sealed class CurrentChild
    {
        /// <summary>Creates the answer.</summary>
        public CurrentChild(IActorRef? @ref)
        {
            Ref = @ref;
        }

        /// <summary>The child, or null.</summary>
        public IActorRef? Ref { get; }
    }

    /// <summary>Makes the next delay the first one again; for supervisors with manual reset.</summary>
    public new sealed class Reset
    {
        /// <summary>The only instance.</summary>
        public static readonly Reset Instance = new();

        private Reset()
        {
        }
    }

    /// <summary>Asks how often the child was started again; the answer is <see cref="RestartCount"/>.</summary>
    public sealed class GetRestartCount
    {
        /// <summary>The only instance.</summary>
        public static readonly GetRestartCount Instance = new();

        private GetRestartCount()
        {
        }
    }

    /// <summary>Tells how often the child was started again since the last reset.</summary>
    public sealed class RestartCount
    {
        /// <summary>Creates the answer.</summary>
        public RestartCount(int count)
        {
            Count = count;
        }

        /// <summary>The number of new starts.</summary>
        public int Count { get; }
    }

    /// <summary>The supervisor's reminder to itself that the delay is over.</summary>
    public sealed class StartChild : IDeadLetterSuppression
    {
        /// <summary>The only instance.</summary>
        public static readonly StartChild Instance = new();

        private StartChild()
        {
        }
    }

    /// <summary>The supervisor's reminder to itself that the child has run for long enough.</summary>
    public sealed class ResetRestartCount : IDeadLetterSuppression
    {
        /// <summary>Creates the reminder.</summary>
        public ResetRestartCount(int current)
        {
            Current = current;
        }

        /// <summary>The number of new starts when it was sent.</summary>
        public int Current { get; }
    }
}
