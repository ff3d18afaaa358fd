using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.TestKit;

/// <summary>
/// Runs an actor on whatever thread gives it something to do: a tell returns when the message has been handled, unless
/// another thread, or a caller further up this one, is already at work in the actor; that one then goes on with it.
/// </summary>
public class CallingThreadDispatcher : MessageDispatcher
{
    /// <summary>The id under which test systems configure it.</summary>
    public static new string Id = "akka.test.calling-thread-dispatcher";

    /// <summary>Made by <see cref="CallingThreadDispatcherConfigurator"/>.</summary>
    public CallingThreadDispatcher(MessageDispatcherConfigurator configurator) : base(configurator)
    {
        base.Id = configurator.Config.GetString("id", Id)!;
        Throughput = int.MaxValue;
    }

    /// <inheritdoc />
    protected override void ExecuteTask(IRunnable run)
    {
        // An async handler must come back through its actor, not to where the caller's awaits go.
        var callersContext = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            run.Run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(callersContext);
        }
    }
}

/// <summary>Makes the <see cref="CallingThreadDispatcher"/>; named in the configuration of test systems.</summary>
public class CallingThreadDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly CallingThreadDispatcher _dispatcher;

    /// <summary>Called by the runtime.</summary>
    public CallingThreadDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) =>
        _dispatcher = new CallingThreadDispatcher(this);

    /// <inheritdoc />
    public override MessageDispatcher Dispatcher() => _dispatcher;
}
