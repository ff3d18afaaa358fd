using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Creates the coordinated shutdown of a system from <c>akka.coordinated-shutdown</c>.</summary>
public sealed class CoordinatedShutdownExtension : ExtensionIdProvider<CoordinatedShutdown>
{
    /// <inheritdoc/>
    public override CoordinatedShutdown CreateExtension(ExtendedActorSystem system)
    {
        var config = system.Settings.Config.GetConfig("akka.coordinated-shutdown");
        if (config.IsNullOrEmpty())
        {
            throw new ConfigurationException("akka.coordinated-shutdown config cannot be empty");
        }

        var shutdown = new CoordinatedShutdown(system, ShutdownPhase.FromConfig(config));
        AddTermination(system, config, shutdown);
        if (config.GetBoolean("run-by-clr-shutdown-hook"))
        {
            RunOnProcessExit(system, shutdown);
        }

        return shutdown;
    }

    private static void AddTermination(ExtendedActorSystem system, Config config, CoordinatedShutdown shutdown)
    {
        var terminate = config.GetBoolean("terminate-actor-system");
        var exit = config.GetBoolean("exit-clr");
        if (!terminate && !exit)
        {
            return;
        }

        shutdown.AddTask(CoordinatedShutdown.PhaseActorSystemTerminate, "terminate-system", async () =>
        {
            if (terminate)
            {
                var terminated = system.FinalTerminate();
                if (exit)
                {
                    // The process ends even if the system does not.
                    var limit = shutdown.Timeout(CoordinatedShutdown.PhaseActorSystemTerminate);
                    await Task.WhenAny(terminated, Task.Delay(limit)).ConfigureAwait(false);
                }
                else
                {
                    await terminated.ConfigureAwait(false);
                }
            }

            if (exit && shutdown.ShutdownReason is not CoordinatedShutdown.ClrExitReason)
            {
                // Not on this thread: exit handlers may wait for this very task.
                _ = Task.Run(() => Environment.Exit(0));
            }

            return Done.Instance;
        });
    }

    private static void RunOnProcessExit(ExtendedActorSystem system, CoordinatedShutdown shutdown)
    {
        void OnExit(object? sender, EventArgs args)
        {
            try
            {
                // The process ends when this handler returns, so it has to wait.
                shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).Wait(shutdown.TotalTimeout);
            }
            catch (AggregateException cause)
            {
                system.Log.Warning(
                    "CoordinatedShutdown from CLR shutdown failed: {0}", cause.GetBaseException().Message);
            }
        }

        AppDomain.CurrentDomain.ProcessExit += OnExit;
        system.WhenTerminated.ContinueWith(
            _ => AppDomain.CurrentDomain.ProcessExit -= OnExit,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
