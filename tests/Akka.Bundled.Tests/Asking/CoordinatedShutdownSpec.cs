using Akka.Actor;
using Akka.Configuration;

namespace Akka.Conformance.Asking;

public sealed class CoordinatedShutdownSpec : ActorSpec
{
    private const string ShortPhases = """
        akka.coordinated-shutdown {
          run-by-clr-shutdown-hook = off
          phases.service-requests-done.timeout = 200ms
        }
        """;

    public CoordinatedShutdownSpec() : base(ShortPhases)
    {
    }

    [Fact]
    public async Task Tasks_run_phase_by_phase()
    {
        var shutdown = CoordinatedShutdown.Get(Sys);
        Add(shutdown, CoordinatedShutdown.PhaseServiceStop, "3");
        Add(shutdown, CoordinatedShutdown.PhaseBeforeServiceUnbind, "1");
        Add(shutdown, CoordinatedShutdown.PhaseServiceUnbind, "2");
        Add(shutdown, CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "4");
        var reason = CoordinatedShutdown.UnknownReason.Instance;
        await shutdown.Run(reason);
        await ExpectTrace("1", "2", "3", "4");
        Assert.Same(reason, shutdown.ShutdownReason);
        await Sys.WhenTerminated.WaitAsync(Eventually);
    }

    [Fact]
    public async Task It_runs_once_whoever_asks()
    {
        var shutdown = CoordinatedShutdown.Get(Sys);
        Add(shutdown, CoordinatedShutdown.PhaseServiceStop, "once");
        await Task.WhenAll(shutdown.Run(CoordinatedShutdown.UnknownReason.Instance),
            shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance));
        await ExpectTrace("once");
        await ExpectNoMsgAsync(AShortWhile);
    }

    [Fact]
    public async Task It_can_begin_with_a_later_phase()
    {
        var shutdown = CoordinatedShutdown.Get(Sys);
        Add(shutdown, CoordinatedShutdown.PhaseServiceUnbind, "skipped");
        Add(shutdown, CoordinatedShutdown.PhaseServiceStop, "run");
        await shutdown.Run(CoordinatedShutdown.UnknownReason.Instance, CoordinatedShutdown.PhaseServiceRequestsDone);
        await ExpectTrace("run");
    }

    [Fact]
    public async Task A_task_that_fails_or_hangs_does_not_hold_up_the_rest()
    {
        var shutdown = CoordinatedShutdown.Get(Sys);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "failing", () => throw new Boom());
        var never = new TaskCompletionSource<Done>();
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "hanging", () => never.Task);
        Add(shutdown, CoordinatedShutdown.PhaseServiceStop, "after");
        await shutdown.Run(CoordinatedShutdown.UnknownReason.Instance);
        await ExpectTrace("after");
    }

    [Fact]
    public async Task Terminating_the_system_runs_it()
    {
        Add(CoordinatedShutdown.Get(Sys), CoordinatedShutdown.PhaseBeforeServiceUnbind, "task");
        await Sys.Terminate();
        await ExpectTrace("task");
        Assert.IsType<CoordinatedShutdown.ActorSystemTerminateReason>(CoordinatedShutdown.Get(Sys).ShutdownReason);
    }

    [Fact]
    public void Timeouts_come_from_the_configuration()
    {
        var shutdown = CoordinatedShutdown.Get(Sys);
        Assert.Equal(TimeSpan.FromMilliseconds(200), shutdown.Timeout(CoordinatedShutdown.PhaseServiceRequestsDone));
        Assert.Equal(TimeSpan.FromSeconds(5), shutdown.Timeout(CoordinatedShutdown.PhaseServiceStop));
        Assert.Equal(TimeSpan.FromSeconds(10), shutdown.Timeout(CoordinatedShutdown.PhaseActorSystemTerminate));
    }

    [Fact]
    public void A_phase_that_is_not_configured_is_refused() =>
        Assert.Throws<ConfigurationException>(() =>
            CoordinatedShutdown.Get(Sys).AddTask("no-such-phase", "task", () => Task.FromResult(Done.Instance)));

    private void Add(CoordinatedShutdown shutdown, string phase, string trace) =>
        shutdown.AddTask(phase, trace, () =>
        {
            TestActor.Tell(trace);
            return Task.FromResult(Done.Instance);
        });
}
