using Akka.Actor;

namespace Akka.TestKit;

/// <summary>What a probe does with each message, besides keeping it for the test.</summary>
public abstract class AutoPilot
{
    /// <summary>Returned by <see cref="Run"/>: the same pilot goes on.</summary>
    public static KeepRunning KeepRunning => KeepRunning.Instance;

    /// <summary>Returned by <see cref="Run"/>: no pilot from now on.</summary>
    public static NoAutoPilot NoAutoPilot => NoAutoPilot.Instance;

    /// <summary>Handles one message, in the probe's actor, before the test can receive it.</summary>
    /// <returns>The pilot for the next message.</returns>
    public abstract AutoPilot Run(IActorRef sender, object message);
}

/// <summary>The body of a <see cref="DelegateAutoPilot"/>.</summary>
public delegate AutoPilot AutoPilotDelegate(IActorRef sender, object message);

/// <summary>A pilot made of a delegate.</summary>
public sealed class DelegateAutoPilot : AutoPilot
{
    private readonly AutoPilotDelegate _autoPilotDelegate;

    /// <summary>Runs <paramref name="autoPilotDelegate"/> for each message.</summary>
    public DelegateAutoPilot(AutoPilotDelegate autoPilotDelegate) => _autoPilotDelegate = autoPilotDelegate;

    /// <inheritdoc />
    public override AutoPilot Run(IActorRef sender, object message) => _autoPilotDelegate(sender, message);
}

/// <summary>Keeps the pilot that returns it; it is never a pilot itself.</summary>
public sealed class KeepRunning : AutoPilot
{
    /// <summary>The only instance.</summary>
    public static KeepRunning Instance = new();

    private KeepRunning()
    {
    }

    /// <inheritdoc />
    public override AutoPilot Run(IActorRef sender, object message) =>
        throw new InvalidOperationException("KeepRunning is what a pilot returns; it cannot be one.");
}

/// <summary>A pilot that does nothing.</summary>
public sealed class NoAutoPilot : AutoPilot
{
    /// <summary>The only instance.</summary>
    public static NoAutoPilot Instance = new();

    private NoAutoPilot()
    {
    }

    /// <inheritdoc />
    public override AutoPilot Run(IActorRef sender, object message) => this;
}
