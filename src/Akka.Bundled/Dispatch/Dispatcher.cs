using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Dispatch;

/// <summary>What a dispatcher may use of its actor system.</summary>
public interface IDispatcherPrerequisites
{
    /// <summary>The event stream.</summary>
    EventStream EventStream { get; }

    /// <summary>The scheduler.</summary>
    IScheduler Scheduler { get; }

    /// <summary>The settings.</summary>
    Settings Settings { get; }

    /// <summary>The mailboxes.</summary>
    Mailboxes Mailboxes { get; }
}

/// <summary>The prerequisites as plain values.</summary>
public sealed class DefaultDispatcherPrerequisites : IDispatcherPrerequisites
{
    /// <summary>Keeps what it is given.</summary>
    public DefaultDispatcherPrerequisites(
        EventStream eventStream, IScheduler scheduler, Settings settings, Mailboxes mailboxes)
    {
        EventStream = eventStream;
        Scheduler = scheduler;
        Settings = settings;
        Mailboxes = mailboxes;
    }

    /// <inheritdoc/>
    public EventStream EventStream { get; }

    /// <inheritdoc/>
    public IScheduler Scheduler { get; }

    /// <inheritdoc/>
    public Settings Settings { get; }

    /// <inheritdoc/>
    public Mailboxes Mailboxes { get; }
}

/// <summary>Makes the dispatcher of one configuration section.</summary>
public abstract class MessageDispatcherConfigurator
{
    /// <summary>The constructor every configurator named in a configuration must have.</summary>
    protected MessageDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    {
        Config = config;
        Prerequisites = prerequisites;
    }

    /// <summary>The section.</summary>
    public Config Config { get; }

    /// <summary>What the dispatcher may use.</summary>
    public IDispatcherPrerequisites Prerequisites { get; }

    /// <summary>Gives the dispatcher: the same every time, or a new one for each actor.</summary>
    public abstract MessageDispatcher Dispatcher();
}

/// <summary>Runs actors on an executor; actors share its threads unless it is pinned.</summary>
public class Dispatcher : MessageDispatcher
{
    private readonly Executor _executor;
    private readonly TimeSpan _shutdownTimeout;

    internal Dispatcher(MessageDispatcherConfigurator configurator, string id, Executor executor)
        : base(configurator)
    {
        var config = configurator.Config;
        Id = id;
        _executor = executor;
        Throughput = config.GetInt("throughput", 30);
        var deadline = config.GetTimeSpan("throughput-deadline-time", TimeSpan.Zero);
        ThroughputDeadlineTime = deadline > TimeSpan.Zero ? deadline.Ticks : null;
        _shutdownTimeout = config.GetTimeSpan("shutdown-timeout", TimeSpan.FromSeconds(1));
    }

    /// <inheritdoc/>
    protected override void ExecuteTask(IRunnable run) => _executor.Execute(run);

    internal override bool OwnsThreads => _executor.OwnsThreads;

    internal override void OnUninhabited()
    {
        if (OwnsThreads)
        {
            Configurator.Prerequisites.Scheduler.Advanced.ScheduleOnce(_shutdownTimeout, ShutdownIfUninhabited);
        }
    }

    internal override void ShutdownThreads() => _executor.Shutdown();

    private void ShutdownIfUninhabited()
    {
        if (!IsUninhabited)
        {
            return;
        }

        ShutdownThreads();
        if (Configurator is PinnedDispatcherConfigurator)
        {
            // It was its actor's alone; the next actor gets another.
            Configurator.Prerequisites.Settings.System.Dispatchers.Forget(this);
        }
    }
}

/// <summary>One dispatcher for all actors that name the section.</summary>
internal sealed class SharedDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly Dispatcher _dispatcher;

    public SharedDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites, string? executor)
        : base(config, prerequisites)
    {
        var id = config.GetString("id", "unknown")!;
        _dispatcher = new Dispatcher(this, id, Executors.Create(id, executor, config, prerequisites));
    }

    public override MessageDispatcher Dispatcher() => _dispatcher;
}

/// <summary>A dispatcher, and so a thread, for each actor that names the section.</summary>
internal sealed class PinnedDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : MessageDispatcherConfigurator(config, prerequisites)
{
    private readonly string _id = config.GetString("id", "unknown")!;

    public override MessageDispatcher Dispatcher() => new Dispatcher(this, _id, Executors.Pinned(_id));
}
