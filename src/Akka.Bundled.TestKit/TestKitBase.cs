using System.Diagnostics;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Configs;
using Akka.TestKit.Internal;

namespace Akka.TestKit;

/// <summary>
/// A test's view of an actor system: it owns a test actor, the queue of what that actor received, and the expectations
/// on it. It belongs to one test at a time and must never be shared by tests that run at once.
/// </summary>
public abstract partial class TestKitBase : IActorRefFactory
{
    private static int _testActors;

    private readonly ITestKitAssertions _assertions;
    private readonly TestQueue _queue = new();
    private MessageEnvelope _lastMessage = NullMessageEnvelope.Instance;

    /// <summary>A kit on <paramref name="system"/>, or on a new system with the default configuration.</summary>
    protected TestKitBase(ITestKitAssertions assertions, ActorSystem? system = null, string? testActorName = null)
        : this(assertions, system, ActorSystemSetup.Empty, null, testActorName)
    {
    }

    /// <summary>A kit on a new system made from <paramref name="setup"/>.</summary>
    protected TestKitBase(ITestKitAssertions assertions, ActorSystemSetup setup, string? actorSystemName = null,
        string? testActorName = null)
        : this(assertions, null, setup, actorSystemName, testActorName)
    {
    }

    /// <summary>A kit on a new system with <paramref name="config"/>, which falls back on the kit's defaults.</summary>
    protected TestKitBase(ITestKitAssertions assertions, Config config, string? actorSystemName = null,
        string? testActorName = null)
        : this(assertions, null, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config)), actorSystemName,
            testActorName)
    {
    }

    /// <summary>
    /// A kit on <paramref name="system"/>; only without one is a system made, from <paramref name="config"/>.
    /// </summary>
    /// <param name="assertions">How failures reach the test framework.</param>
    /// <param name="system">The system, or null.</param>
    /// <param name="config">How to make one.</param>
    /// <param name="actorSystemName">The new system's name, "test" when null.</param>
    /// <param name="testActorName">The test actor's name below /system; a numbered one when null.</param>
    protected TestKitBase(ITestKitAssertions assertions, ActorSystem? system, ActorSystemSetup config,
        string? actorSystemName, string? testActorName)
    {
        ArgumentNullException.ThrowIfNull(assertions);
        _assertions = assertions;

        if (system is null)
            system = ActorSystem.Create(actorSystemName ?? "test", WithKitDefaults(config));
        else
            system.Settings.InjectTopLevelFallback(DefaultConfig);

        Sys = system;
        TestKitSettings = new TestKitSettings(system.Settings.Config);
        Log = Logging.GetLogger(system, GetType());
        EventFilter = new EventFilterFactory(this);
        TestActor = CreateTestActor(string.IsNullOrEmpty(testActorName)
            ? $"testActor{Interlocked.Increment(ref _testActors)}"
            : testActorName);
        EnterTest();
    }

    /// <summary>What every test system falls back on.</summary>
    public static Config DefaultConfig => TestConfigs.DefaultConfig;

    /// <summary>Everything the runtime can log about itself, switched on.</summary>
    public static Config FullDebugConfig { get; } = ConfigurationFactory.ParseString("""
        akka {
          loglevel = DEBUG
          stdout-loglevel = DEBUG
          log-dead-letters = on
          log-dead-letters-during-shutdown = on
          actor.debug {
            receive = on
            autoreceive = on
            lifecycle = on
            event-stream = on
            unhandled = on
          }
        }
        """);

    /// <summary>The time that Within counts in: monotonic, from an arbitrary origin.</summary>
    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>The system under test.</summary>
    public ActorSystem Sys { get; }

    /// <summary>The settings of <c>akka.test</c>.</summary>
    public TestKitSettings TestKitSettings { get; }

    /// <summary>Logs in the name of the test class.</summary>
    public ILoggingAdapter Log { get; }

    /// <summary>Filters for what <see cref="Sys"/> logs.</summary>
    public EventFilterFactory EventFilter { get; }

    /// <summary>The actor whose messages the test expects, and the implicit sender of the test's tells.</summary>
    public IActorRef TestActor { get; }

    /// <summary>The message looked at last; null when the last expectation got none.</summary>
    public object LastMessage => _lastMessage.Message;

    /// <summary>The sender of <see cref="LastMessage"/>.</summary>
    public IActorRef LastSender => _lastMessage.Sender;

    /// <summary>Whether a message waits to be received.</summary>
    public bool HasMessages => _queue.Count > 0;

    /// <summary>Filters for what <paramref name="system"/> logs.</summary>
    public EventFilterFactory CreateEventFilter(ActorSystem system) => new(this, system);

    /// <summary>Drops messages for which <paramref name="shouldIgnoreMessage"/> holds, from now on.</summary>
    public void IgnoreMessages(Func<object, bool> shouldIgnoreMessage) =>
        TestActor.Tell(new TestActorMessages.SetIgnore(shouldIgnoreMessage));

    /// <summary>Drops messages of a type for which <paramref name="shouldIgnoreMessage"/> holds, from now on.</summary>
    public void IgnoreMessages<TMsg>(Func<TMsg, bool> shouldIgnoreMessage) =>
        IgnoreMessages(message => message is TMsg typed && shouldIgnoreMessage(typed));

    /// <summary>Drops all messages of a type, from now on.</summary>
    public void IgnoreMessages<TMsg>() => IgnoreMessages(static message => message is TMsg);

    /// <summary>Drops no more messages.</summary>
    public void IgnoreNoMessages() => TestActor.Tell(new TestActorMessages.SetIgnore(null));

    /// <summary>Lets <paramref name="pilot"/> act on each message, from now on.</summary>
    public void SetAutoPilot(AutoPilot pilot) => TestActor.Tell(new TestActorMessages.SetAutoPilot(pilot));

    /// <summary>Terminates <see cref="Sys"/> and waits for it.</summary>
    /// <param name="duration">How long to wait; 5 s dilated, at most 10 s, when not given.</param>
    /// <param name="verifySystemShutdown">Whether to throw when it takes longer.</param>
    /// <exception cref="TimeoutException">It took longer.</exception>
    public virtual void Shutdown(TimeSpan? duration = null, bool verifySystemShutdown = false) =>
        Shutdown(Sys, duration, verifySystemShutdown);

    /// <summary>Terminates <paramref name="system"/> and waits for it.</summary>
    /// <inheritdoc cref="Shutdown(TimeSpan?, bool)" path="/param" />
    /// <exception cref="TimeoutException">It took longer.</exception>
    protected virtual void Shutdown(ActorSystem? system, TimeSpan? duration = null, bool verifySystemShutdown = false)
    {
        system ??= Sys;
        var wait = duration ?? Min(Dilated(TimeSpan.FromSeconds(5)), TimeSpan.FromSeconds(10));
        if (system.Terminate().Wait(wait)) return;

        const string Message = "Failed to stop [{0}] within [{1}]";
        if (verifySystemShutdown) throw new TimeoutException(string.Format(null, Message, system.Name, wait));
        system.Log.Warning(Message, system.Name, wait);
    }

    private protected void LeaveTest() => ImplicitSenderContext.Leave(((LocalActorRef)TestActor).Cell);

    private static ActorSystemSetup WithKitDefaults(ActorSystemSetup setup)
    {
        var given = setup.Get<BootstrapSetup>();
        var bootstrap = given.HasValue ? given.Value : BootstrapSetup.Create();
        return setup.WithSetup(bootstrap.WithConfigFallback(DefaultConfig));
    }

    private void EnterTest()
    {
        if (this is TestProbe) return;
        ImplicitSenderContext.Enter(this is INoImplicitSender ? null : ((LocalActorRef)TestActor).Cell);
    }

    internal void Fail(string format, params object?[] args) => _assertions.Fail(format, args!);

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>The result of a task that ran without suspending, as every one does that was told not to.</summary>
    private static T Completed<T>(ValueTask<T> task) => task.IsCompleted
        ? task.Result
        : throw new InvalidOperationException("A blocking expectation suspended; that is a bug in the test kit.");
}
