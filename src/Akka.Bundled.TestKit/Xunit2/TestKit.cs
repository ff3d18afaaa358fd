using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Xunit.Abstractions;

namespace Akka.TestKit.Xunit2;

/// <summary>
/// The base of xunit test classes that test actors: each test gets a system of its own, which ends with the test.
/// </summary>
public class TestKit : TestKitBase, IDisposable
{
    /// <summary>Where the system's log goes as well, if anywhere.</summary>
    protected readonly ITestOutputHelper? Output;

    private bool _disposed;

    /// <summary>Tests on <paramref name="system"/>, or on a new one with the default configuration.</summary>
    public TestKit(ActorSystem? system = null, ITestOutputHelper? output = null) : base(Assertions, system)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    /// <summary>Tests on a new system made from <paramref name="config"/>.</summary>
    public TestKit(ActorSystemSetup config, string? actorSystemName = null, ITestOutputHelper? output = null)
        : base(Assertions, config, actorSystemName)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    /// <summary>Tests on a new system with <paramref name="config"/>, which falls back on the kit's defaults.</summary>
    public TestKit(Config config, string? actorSystemName = null, ITestOutputHelper? output = null)
        : base(Assertions, config, actorSystemName)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    /// <summary>Tests on a new system with <paramref name="config"/>, in HOCON.</summary>
    public TestKit(string config, ITestOutputHelper? output = null)
        : this(ConfigurationFactory.ParseString(config), null, output)
    {
    }

    /// <summary>What every test system falls back on.</summary>
    public static new Config DefaultConfig => TestKitBase.DefaultConfig;

    /// <summary>Everything the runtime can log about itself, switched on.</summary>
    public static new Config FullDebugConfig => TestKitBase.FullDebugConfig;

    /// <summary>Reports to xunit.</summary>
    protected static XunitAssertions Assertions { get; } = new();

    /// <summary>Runs at the end of each test, before its system ends.</summary>
    protected virtual void AfterAll()
    {
    }

    /// <summary>Sends the log of <paramref name="system"/> to <see cref="Output"/>.</summary>
    protected void InitializeLogger(ActorSystem system) => InitializeLogger(system, "");

    /// <summary>Sends the log of <paramref name="system"/> to <see cref="Output"/>, each line with a prefix.</summary>
    protected void InitializeLogger(ActorSystem system, string prefix)
    {
        if (Output is not { } output) return;
        var logger = ((ExtendedActorSystem)system).SystemActorOf(
            Props.Create(() => new TestOutputLogger(output, prefix)), "log-test");
        // Blocks, because a constructor calls it; the logger answers from a pool thread of its own.
        logger.Ask<LoggerInitialized>(new InitializeLogger(system.EventStream), TimeSpan.FromSeconds(3))
            .GetAwaiter().GetResult();
    }

    /// <summary>Ends the test: <see cref="AfterAll"/>, then the system.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (_disposed) return;
        _disposed = true;
        try
        {
            AfterAll();
        }
        finally
        {
            Shutdown();
            LeaveTest();
        }
    }

    /// <summary>Ends the test.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }
}
