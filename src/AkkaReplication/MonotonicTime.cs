using Akka.Actor;

namespace AkkaReplication;

/// <summary>The time that machines are given: the scheduler's, so that a test's virtual scheduler rules it too.</summary>
internal static class MonotonicTime
{
    /// <summary>Monotonic milliseconds.</summary>
    public static long NowMs(this IActorContext context) => (long)context.System.Scheduler.MonotonicClock.TotalMilliseconds;
}
