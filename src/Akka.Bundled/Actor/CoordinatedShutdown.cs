using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// Owns the order in which an actor system goes down: phases one after the other, the tasks of a phase together. It
/// runs once, and a task that fails or hangs cannot keep it from going on unless its phase says so.
/// </summary>
public sealed class CoordinatedShutdown : IExtension
{
    /// <summary>Before anything: what must be done while everything still works.</summary>
    public const string PhaseBeforeServiceUnbind = "before-service-unbind";

    /// <summary>Stop accepting new connections and requests.</summary>
    public const string PhaseServiceUnbind = "service-unbind";

    /// <summary>Wait for requests in progress.</summary>
    public const string PhaseServiceRequestsDone = "service-requests-done";

    /// <summary>Stop the services.</summary>
    public const string PhaseServiceStop = "service-stop";

    /// <summary>What must be done before the cluster is left.</summary>
    public const string PhaseBeforeClusterShutdown = "before-cluster-shutdown";

    /// <summary>Hand over sharded entities.</summary>
    public const string PhaseClusterShardingShutdownRegion = "cluster-sharding-shutdown-region";

    /// <summary>Tell the cluster that this node leaves.</summary>
    public const string PhaseClusterLeave = "cluster-leave";

    /// <summary>Hand over cluster singletons.</summary>
    public const string PhaseClusterExiting = "cluster-exiting";

    /// <summary>Wait until the exit is known to the cluster.</summary>
    public const string PhaseClusterExitingDone = "cluster-exiting-done";

    /// <summary>Shut the cluster extension down.</summary>
    public const string PhaseClusterShutdown = "cluster-shutdown";

    /// <summary>What must be done before the actor system terminates.</summary>
    public const string PhaseBeforeActorSystemTerminate = "before-actor-system-terminate";

    /// <summary>Terminate the actor system.</summary>
    public const string PhaseActorSystemTerminate = "actor-system-terminate";

    private readonly Dictionary<string, ShutdownPhase> _phases;
    private readonly Dictionary<string, List<(string Name, Func<Task<Done>> Task)>> _tasks = [];
    private readonly TaskCompletionSource<Done> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _order;
    private readonly ILoggingAdapter _log;
    private Reason? _reason;

    internal CoordinatedShutdown(ExtendedActorSystem system, Dictionary<string, ShutdownPhase> phases)
    {
        System = system;
        _phases = phases;
        _order = ShutdownPhase.InOrder(phases);
        _log = Logging.GetLogger(system, this);
    }

    /// <summary>The system that goes down.</summary>
    public ExtendedActorSystem System { get; }

    /// <summary>Why the shutdown was started; null before.</summary>
    public Reason? ShutdownReason => Volatile.Read(ref _reason);

    /// <summary>The longest that all phases with tasks may take together.</summary>
    public TimeSpan TotalTimeout
    {
        get
        {
            lock (_tasks)
            {
                return _tasks.Keys.Aggregate(TimeSpan.Zero, (total, phase) => total + Timeout(phase));
            }
        }
    }

    /// <summary>The coordinated shutdown of a system.</summary>
    public static CoordinatedShutdown Get(ActorSystem sys) =>
        sys.WithExtension<CoordinatedShutdown, CoordinatedShutdownExtension>();

    /// <summary>Adds a task to a phase; also while the shutdown runs, as long as the phase has not begun.</summary>
    /// <exception cref="ConfigurationException">The phase is not configured.</exception>
    public void AddTask(string phase, string taskName, Func<Task<Done>> task)
    {
        if (!_order.Contains(phase))
        {
            throw new ConfigurationException(
                $"Unknown phase [{phase}], known phases [{string.Join(",", _order)}]. "
                + "All phases (along with their optional dependencies) must be defined in configuration.");
        }

        lock (_tasks)
        {
            if (!_tasks.TryGetValue(phase, out var tasks))
            {
                _tasks[phase] = tasks = [];
            }

            tasks.Add((taskName, task));
        }
    }

    /// <summary>Starts the shutdown; later calls give the same task and their reason is ignored.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="fromPhase">The first phase to run; null is all of them.</param>
    /// <exception cref="ArgumentException">There is no such phase.</exception>
    public Task<Done> Run(Reason reason, string? fromPhase = null)
    {
        ArgumentNullException.ThrowIfNull(reason);
        var first = fromPhase is null ? 0 : _order.IndexOf(fromPhase);
        if (first < 0)
        {
            throw new ArgumentException($"Unknown phase [{fromPhase}].", nameof(fromPhase));
        }

        if (Interlocked.CompareExchange(ref _reason, reason, null) is null)
        {
            _ = RunPhases(first);
        }

        return _done.Task;
    }

    /// <summary>How long a phase may take.</summary>
    /// <exception cref="ArgumentException">There is no such phase.</exception>
    public TimeSpan Timeout(string phase) => _phases.TryGetValue(phase, out var known)
        ? known.Timeout
        : throw new ArgumentException(
            $"Unknown phase [{phase}]. All phases must be defined in configuration.", nameof(phase));

    private async Task RunPhases(int first)
    {
        try
        {
            foreach (var phase in _order.Skip(first))
            {
                await RunPhase(phase).ConfigureAwait(false);
            }

            _done.SetResult(Done.Instance);
        }
        catch (Exception cause)
        {
            _done.SetException(cause);
        }
    }

    private async Task RunPhase(string name)
    {
        (string Name, Func<Task<Done>> Task)[] tasks;
        lock (_tasks)
        {
            tasks = _tasks.TryGetValue(name, out var added) ? [.. added] : [];
        }

        _log.Debug("Performing phase [{0}] with [{1}] tasks.", name, tasks.Length);
        if (tasks.Length == 0)
        {
            return;
        }

        var phase = _phases[name];
        var all = Task.WhenAll(tasks.Select(task => RunTask(name, task.Name, task.Task, phase.Recover)));
        try
        {
            // Not by the system's scheduler, which ends with the last phase.
            await all.WaitAsync(phase.Timeout).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!all.IsCompleted)
        {
            if (!phase.Recover)
            {
                throw new TimeoutException($"Coordinated shutdown phase [{name}] timed out after {phase.Timeout}");
            }

            _log.Warning("Coordinated shutdown phase [{0}] timed out after {1}", name, phase.Timeout);
        }
    }

    private async Task RunTask(string phase, string name, Func<Task<Done>> task, bool recover)
    {
        try
        {
            await task().ConfigureAwait(false);
        }
        catch (Exception cause) when (recover)
        {
            _log.Warning("Task [{0}] failed in phase [{1}]: {2}", name, phase, cause.Message);
        }
    }

    /// <summary>Why a system goes down; derive from it for reasons of one's own.</summary>
    public class Reason
    {
        /// <summary>For derived reasons.</summary>
        protected Reason()
        {
        }
    }

    /// <summary>The reason is not known.</summary>
    public class UnknownReason : Reason
    {
        /// <summary>The only instance.</summary>
        public static readonly Reason Instance = new UnknownReason();

        private UnknownReason()
        {
        }
    }

    /// <summary>The system was told to terminate.</summary>
    public class ActorSystemTerminateReason : Reason
    {
        /// <summary>The only instance.</summary>
        public static readonly Reason Instance = new ActorSystemTerminateReason();

        private ActorSystemTerminateReason()
        {
        }
    }

    /// <summary>The process exits.</summary>
    public class ClrExitReason : Reason
    {
        /// <summary>The only instance.</summary>
        public static readonly Reason Instance = new ClrExitReason();

        private ClrExitReason()
        {
        }
    }

    /// <summary>The cluster has removed this node as unreachable.</summary>
    public class ClusterDowningReason : Reason
    {
        /// <summary>The only instance.</summary>
        public static readonly Reason Instance = new ClusterDowningReason();

        private ClusterDowningReason()
        {
        }
    }

    /// <summary>This node has left the cluster.</summary>
    public class ClusterLeavingReason : Reason
    {
        /// <summary>The only instance.</summary>
        public static readonly Reason Instance = new ClusterLeavingReason();

        private ClusterLeavingReason()
        {
        }
    }

    /// <summary>This node could not join the cluster.</summary>
    public class ClusterJoinUnsuccessfulReason : Reason
    {
        /// <summary>The only instance.</summary>
        public static readonly Reason Instance = new ClusterJoinUnsuccessfulReason();

        private ClusterJoinUnsuccessfulReason()
        {
        }
    }
}
