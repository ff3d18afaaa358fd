using Akka.Actor;
using Akka.Event;

namespace Akka.Pattern;

/// <summary>
/// Owns one child of a fixed name, passes messages on to it, and starts it again when told. Which event calls for a new
/// start is decided by the derived supervisors.
/// </summary>
public abstract class BackoffSupervisorBase : ActorBase
{
    internal BackoffSupervisorBase(
        Props childProps,
        string childName,
        IBackoffReset reset,
        object? replyWhileStopped,
        Func<object, bool>? finalStopMessage)
    {
        ChildProps = childProps;
        ChildName = childName;
        Reset = reset;
        ReplyWhileStopped = replyWhileStopped;
        FinalStopMessage = finalStopMessage;
        Log = Context.GetLogger();
    }

    /// <summary>How the child is created.</summary>
    protected Props ChildProps { get; }

    /// <summary>The name of the child.</summary>
    protected string ChildName { get; }

    /// <summary>When the delay starts from the first one again.</summary>
    protected IBackoffReset Reset { get; }

    /// <summary>What senders get while there is no child.</summary>
    protected object? ReplyWhileStopped { get; }

    /// <summary>Tells the message after which the child's stop is final.</summary>
    protected Func<object, bool>? FinalStopMessage { get; }

    /// <summary>The running child, or null.</summary>
    protected IActorRef? Child { get; set; }

    /// <summary>How often the child was started again since the last reset.</summary>
    protected int RestartCountN { get; set; }

    /// <summary>Whether the message came after which the child's stop is final.</summary>
    protected bool FinalStopMessageReceived { get; set; }

    internal ILoggingAdapter Log { get; }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        StartChild();
        base.PreStart();
    }

    /// <summary>Handles the supervisor's own messages and passes all others on.</summary>
    protected bool HandleBackoff(object message)
    {
        switch (message)
        {
            case BackoffSupervisor.StartChild:
                StartChild();
                if (Reset is AutoReset auto)
                {
                    var reset = new BackoffSupervisor.ResetRestartCount(RestartCountN);
                    Context.System.Scheduler.ScheduleTellOnce(auto.ResetBackoff, Self, reset, Self);
                }

                break;
            case BackoffSupervisor.Reset when Reset is ManualReset:
                RestartCountN = 0;
                break;
            case BackoffSupervisor.Reset:
                Unhandled(message);
                break;
            case BackoffSupervisor.ResetRestartCount reset:
                // Another start since then makes the reset stale.
                RestartCountN = reset.Current == RestartCountN ? 0 : RestartCountN;
                break;
            case BackoffSupervisor.GetRestartCount:
                Sender.Tell(new BackoffSupervisor.RestartCount(RestartCountN), Self);
                break;
            case BackoffSupervisor.GetCurrentChild:
                Sender.Tell(new BackoffSupervisor.CurrentChild(Child), Self);
                break;
            default:
                PassOn(message);
                break;
        }

        return true;
    }

    internal void ScheduleStart(TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor)
    {
        var delay = CalculateDelay(RestartCountN, minBackoff, maxBackoff, randomFactor);
        Context.System.Scheduler.ScheduleTellOnce(delay, Self, BackoffSupervisor.StartChild.Instance, Self);
        RestartCountN++;
    }

    internal static TimeSpan CalculateDelay(
        int restartCount, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor)
    {
        var random = 1.0 + (Random.Shared.NextDouble() * randomFactor);
        var ticks = Math.Min(maxBackoff.Ticks, minBackoff.Ticks * Math.Pow(2, restartCount)) * random;
        return ticks is < 0d or >= long.MaxValue ? maxBackoff : new TimeSpan((long)ticks);
    }

    private void StartChild() => Child ??= Context.Watch(Context.ActorOf(ChildProps, ChildName));

    private void PassOn(object message)
    {
        if (Child is null)
        {
            if (ReplyWhileStopped is null)
            {
                Context.System.DeadLetters.Tell(message, Sender);
            }
            else
            {
                Sender.Tell(ReplyWhileStopped, Self);
            }

            if (FinalStopMessage is not null && FinalStopMessage(message))
            {
                Context.Stop(Self);
            }
        }
        else if (Child.Equals(Sender))
        {
            // Those above know the supervisor only.
            Context.Parent.Tell(message, Self);
        }
        else
        {
            Child.Tell(message, Sender);
            FinalStopMessageReceived |= FinalStopMessage is not null && FinalStopMessage(message);
        }
    }
}
