using Akka.Actor;
using AkkaReplication.Testing.Times;

namespace AkkaReplication.Testing;

/// <summary>
/// The time of a test's cluster: timers, lags, leases and sessions follow it. It flows as usual, and with
/// <see cref="TestClusterOptions.VirtualTime"/> the test can move it on, or hold it.
/// </summary>
/// <remarks>
/// Timestamps of records and what is kept by them (retention) follow the clock on the wall, as do slow disks.
/// </remarks>
public sealed class TestTime
{
    private const int MostRounds = 200;

    // From a message that the carrier or a file has seen to the next one at most two actors pass it on by themselves.
    private const int QuietRounds = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly TestCluster _cluster;
    private readonly VirtualScheduler? _scheduler;
    private readonly IActorRef _barrier;
    private int _isAdvancing;

    internal TestTime(TestCluster cluster)
    {
        _cluster = cluster;
        _scheduler = cluster.System.Scheduler as VirtualScheduler;
        _barrier = cluster.System.ActorOf(MailboxBarrier.Props());
    }

    /// <summary>The test can move the time.</summary>
    public bool IsVirtual => _scheduler is not null;

    /// <summary>Monotonic; says something only in comparison.</summary>
    public TimeSpan Now => _cluster.System.Scheduler.MonotonicClock;

    /// <summary>
    /// Moves the time on. Everything that falls due on the way happens in its order, and brokers answer each other in time:
    /// only who is dead, paused or cut off seems so afterwards.
    /// </summary>
    /// <param name="span">Zero or more.</param>
    /// <exception cref="InvalidOperationException">The time is not virtual, or is being advanced already.</exception>
    public async Task AdvanceAsync(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        var scheduler = Require();
        if (Interlocked.Exchange(ref _isAdvancing, 1) != 0)
            throw new InvalidOperationException("The time is being advanced already.");
        try
        {
            await SettleAsync().ConfigureAwait(false);
            var until = scheduler.MonotonicClock + span;
            for (var now = scheduler.MonotonicClock; now < until; now = scheduler.MonotonicClock)
            {
                // Not from timer to timer: what is due within one stride may as well be a little late.
                var next = now + Stride();
                if (scheduler.NextDue() is { } due && due > next)
                    next = due;
                scheduler.AdvanceTo(next < until ? next : until);
                await SettleAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            Volatile.Write(ref _isAdvancing, 0);
        }
    }

    /// <summary>Time passes only in <see cref="AdvanceAsync"/> from now on: nothing that waits for a timer goes on.</summary>
    /// <exception cref="InvalidOperationException">The time is not virtual.</exception>
    public void Freeze() => Require().Freeze();

    /// <summary>Time flows again.</summary>
    /// <exception cref="InvalidOperationException">The time is not virtual.</exception>
    public void Thaw() => Require().Thaw();

    /// <summary>Waits until brokers and controller have nothing left to do before the next timer fires.</summary>
    internal async Task SettleAsync()
    {
        var quiet = 0;
        var silent = new HashSet<ICanTell>();
        for (var round = 0; round < MostRounds && quiet < QuietRounds; round++)
        {
            var before = Activity();
            var actors = Actors().Where(actor => !silent.Contains(actor)).ToArray();

            // Who is busy for that long waits for something that no other actor will bring.
            silent.UnionWith(await MailboxBarrier.PassAsync(_barrier, actors, Patience).ConfigureAwait(false));
            quiet = Activity() == before && _cluster.Files.UnderWay == 0 ? quiet + 1 : 0;
        }
    }

    private VirtualScheduler Require() => _scheduler ?? throw new InvalidOperationException(
        $"The time of this cluster is not virtual; set {nameof(TestClusterOptions)}.{nameof(TestClusterOptions.VirtualTime)}.");

    /// <summary>A part of what brokers promise each other to be heard within.</summary>
    private TimeSpan Stride()
    {
        var settings = _cluster.Settings;
        var shortest = Math.Min(
            Math.Min(settings.BrokerHeartbeatIntervalMs, settings.BrokerSessionTimeoutMs / 4),
            Math.Max(settings.ReplicaFetchWaitMaxMs, settings.ReplicaLagTimeMaxMs / 40));
        return TimeSpan.FromMilliseconds(Math.Clamp(shortest / 2, 1, 1_000));
    }

    private long Activity() => _cluster.Carrier.Sent + _cluster.Files.Calls + (_scheduler?.Fired ?? 0);

    /// <summary>Those that work, and do not stand still because the test says so.</summary>
    private List<ICanTell> Actors()
    {
        var system = _cluster.System;
        var name = _cluster.Name;
        var controller = ReplicationPaths.Controller(name);
        var state = _cluster.Embedded.State;
        List<ICanTell> actors =
        [
            system.ActorSelection(controller),
            system.ActorSelection($"{controller}/sessions"),
            system.ActorSelection($"{controller}/controller-{state.Image.Epoch}"),
        ];
        foreach (var broker in _cluster.Brokers)
        {
            actors.Add(system.ActorSelection(ReplicationPaths.Gateway(name, broker.BrokerId)));
            actors.AddRange(_cluster.Carrier.LinesOf(broker.BrokerId));
            if (broker.IsPaused || !state.Living.TryGetValue(broker.BrokerId, out var living))
                continue;
            actors.Add(system.ActorSelection(ReplicationPaths.Broker(name, broker.BrokerId)));

            // Whoever waits for a disk does not answer, and neither does who shares a thread with it.
            if (broker.Faults.HoldsUp)
                continue;
            actors.AddRange(living.Links.Values);
            actors.AddRange(living.Replicas.All.Select(replica => replica.Replica).Where(replica => !replica.IsNobody()));
            actors.AddRange(living.LogDirs.SelectMany(dir => new[] { dir.RecentReader, dir.Reader }));
        }

        return actors;
    }
}
