using Akka.Actor;

namespace Akka.Pattern;

/// <summary>Options of a supervisor that starts its child again after a growing delay.</summary>
public static class Backoff
{
    /// <summary>The child is started again when it fails; when it stops by itself, so does the supervisor.</summary>
    [Obsolete("Use the overloaded one which accepts maxNrOfRetries instead.")]
    public static BackoffOptions OnFailure(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor) =>
        OnFailure(childProps, childName, minBackoff, maxBackoff, randomFactor, -1);

    /// <summary>The child is started again when it fails; when it stops by itself, so does the supervisor.</summary>
    /// <param name="childProps">How the child is created.</param>
    /// <param name="childName">The child's name, the same for every incarnation.</param>
    /// <param name="minBackoff">The first delay, doubled every time.</param>
    /// <param name="maxBackoff">The longest delay.</param>
    /// <param name="randomFactor">Which part of the delay is added at random, from 0 to 1.</param>
    /// <param name="maxNrOfRetries">How often it is started again at most; -1 is without limit.</param>
    public static BackoffOptions OnFailure(
        Props childProps,
        string childName,
        TimeSpan minBackoff,
        TimeSpan maxBackoff,
        double randomFactor,
        int maxNrOfRetries) =>
        new BackoffOptionsImpl(false, childProps, childName, minBackoff, maxBackoff, randomFactor)
            .WithMaxNrOfRetries(maxNrOfRetries);

    /// <summary>The child is started again when it has stopped, for whatever reason.</summary>
    [Obsolete("Use the overloaded one which accepts maxNrOfRetries instead.")]
    public static BackoffOptions OnStop(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor) =>
        OnStop(childProps, childName, minBackoff, maxBackoff, randomFactor, -1);

    /// <summary>
    /// The child is started again when it has stopped, for whatever reason: the choice for persistent actors, which
    /// stop when the journal fails.
    /// </summary>
    /// <inheritdoc cref="OnFailure(Props, string, TimeSpan, TimeSpan, double, int)"/>
    public static BackoffOptions OnStop(
        Props childProps,
        string childName,
        TimeSpan minBackoff,
        TimeSpan maxBackoff,
        double randomFactor,
        int maxNrOfRetries) =>
        new BackoffOptionsImpl(true, childProps, childName, minBackoff, maxBackoff, randomFactor)
            .WithMaxNrOfRetries(maxNrOfRetries);
}

/// <summary>Options of a backoff supervisor; each method returns changed ones.</summary>
public abstract class BackoffOptions
{
    /// <summary>
    /// The delay is the first one again when the child has run for so long; the default, with minBackoff.
    /// </summary>
    public abstract BackoffOptions WithAutoReset(TimeSpan resetBackoff);

    /// <summary>
    /// The delay is the first one again when the child says so with <see cref="BackoffSupervisor.Reset"/>.
    /// </summary>
    public abstract BackoffOptions WithManualReset();

    /// <summary>How failures of the child are judged.</summary>
    public abstract BackoffOptions WithSupervisorStrategy(OneForOneStrategy supervisorStrategy);

    /// <summary>Every failure stops the child.</summary>
    public abstract BackoffOptions WithDefaultStoppingStrategy();

    /// <summary>What senders get while there is no child; without it their messages are dead letters.</summary>
    public abstract BackoffOptions WithReplyWhileStopped(object replyWhileStopped);

    /// <summary>How often the child is started again at most; -1 is without limit.</summary>
    public abstract BackoffOptions WithMaxNrOfRetries(int maxNrOfRetries);

    /// <summary>A message to the child after which its stop is final and the supervisor stops too.</summary>
    public abstract BackoffOptions WithFinalStopMessage(Func<object, bool> isFinalStopMessage);

    internal abstract Props Props { get; }
}

/// <summary>When the delay of a backoff supervisor starts from the first one again.</summary>
public interface IBackoffReset;

internal sealed class ManualReset : IBackoffReset;

internal sealed class AutoReset : IBackoffReset
{
    public AutoReset(TimeSpan resetBackoff)
    {
        ResetBackoff = resetBackoff;
    }

    public TimeSpan ResetBackoff { get; }
}

internal sealed class BackoffOptionsImpl : BackoffOptions
{
    private readonly bool _onStop;
    private readonly Props _childProps;
    private readonly string _childName;
    private readonly TimeSpan _minBackoff;
    private readonly TimeSpan _maxBackoff;
    private readonly double _randomFactor;

    public BackoffOptionsImpl(
        bool onStop, Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor)
    {
        _onStop = onStop;
        _childProps = childProps;
        _childName = childName;
        _minBackoff = minBackoff;
        _maxBackoff = maxBackoff;
        _randomFactor = randomFactor;
        Reset = new AutoReset(minBackoff);
        Strategy = new OneForOneStrategy(SupervisorStrategy.DefaultDecider);
    }

    internal override Props Props
    {
        get
        {
            Require(_minBackoff > TimeSpan.Zero, "MinBackoff must be greater than 0");
            Require(_maxBackoff >= _minBackoff, "MaxBackoff must be greater than MinBackoff");
            Require(_randomFactor is >= 0.0 and <= 1.0, "RandomFactor must be between 0.0 and 1.0");
            object?[] arguments =
            [
                _childProps, _childName, _minBackoff, _maxBackoff, Reset, _randomFactor, Strategy, Reply, FinalStop
            ];
            return _onStop
                ? Props.Create<BackoffSupervisor>(arguments!)
                : Props.Create<BackoffOnRestartSupervisor>(arguments!);
        }
    }

    private IBackoffReset Reset { get; init; }

    private OneForOneStrategy Strategy { get; init; }

    private object? Reply { get; init; }

    private Func<object, bool>? FinalStop { get; init; }

    public override BackoffOptions WithAutoReset(TimeSpan resetBackoff) => With(reset: new AutoReset(resetBackoff));

    public override BackoffOptions WithManualReset() => With(reset: new ManualReset());

    public override BackoffOptions WithSupervisorStrategy(OneForOneStrategy supervisorStrategy) =>
        With(strategy: supervisorStrategy);

    public override BackoffOptions WithDefaultStoppingStrategy() => With(strategy: new OneForOneStrategy(
        Strategy.MaxNumberOfRetries, null, SupervisorStrategy.StoppingStrategy.Decider));

    public override BackoffOptions WithReplyWhileStopped(object replyWhileStopped) => With(reply: replyWhileStopped);

    public override BackoffOptions WithMaxNrOfRetries(int maxNrOfRetries) =>
        With(strategy: Strategy.WithMaxNrOfRetries(maxNrOfRetries));

    public override BackoffOptions WithFinalStopMessage(Func<object, bool> isFinalStopMessage) =>
        With(finalStop: isFinalStopMessage);

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException(message);
        }
    }

    private BackoffOptionsImpl With(
        IBackoffReset? reset = null,
        OneForOneStrategy? strategy = null,
        object? reply = null,
        Func<object, bool>? finalStop = null) =>
        new(_onStop, _childProps, _childName, _minBackoff, _maxBackoff, _randomFactor)
        {
            Reset = reset ?? Reset,
            Strategy = strategy ?? Strategy,
            Reply = reply ?? Reply,
            FinalStop = finalStop ?? FinalStop
        };
}
