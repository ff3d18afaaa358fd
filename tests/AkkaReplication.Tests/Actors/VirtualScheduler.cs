using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit;

namespace AkkaReplication.Tests.Actors;

/// <summary>
/// Stands still until a test moves it, the monotonic clock included: the product's machines read that one, and the kit's own
/// scheduler leaves it to the real time.
/// </summary>
public sealed class VirtualScheduler(Config config, ILoggingAdapter log) : TestScheduler(config, log), ITimeProvider
{
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;

    TimeSpan ITimeProvider.MonotonicClock => TimeNow - Epoch;

    TimeSpan ITimeProvider.HighResMonotonicClock => TimeNow - Epoch;

    /// <summary>What the product takes for the time, ms.</summary>
    public long NowMs => (long)((ITimeProvider)this).MonotonicClock.TotalMilliseconds;
}
