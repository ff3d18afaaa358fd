using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.Util.Internal;

namespace Akka.Actor;

/// <summary>The settings of an actor system, read from its configuration at its start.</summary>
public class Settings
{
    private readonly Config _userConfig;
    private Config _fallbackConfig;

    /// <summary>Reads a configuration.</summary>
    public Settings(ActorSystem system, Config config)
        : this(system, config, ActorSystemSetup.Empty)
    {
    }

    /// <summary>Reads a configuration and a setup.</summary>
    public Settings(ActorSystem system, Config config, ActorSystemSetup setup)
    {
        System = system;
        Setup = setup;
        _userConfig = config;
        _fallbackConfig = ConfigurationFactory.Default();
        Config = config.WithFallback(_fallbackConfig);

        ProviderSelectionType = setup.Get<BootstrapSetup>()
            .Select(b => b.ActorRefProvider)
            .GetOrElse(default)
            .GetOrElse(ProviderSelection.Parse(Text("akka.actor.provider")));
        SupervisorStrategyClass = Text("akka.actor.guardian-supervisor-strategy");
        AskTimeout = Config.GetTimeSpan("akka.actor.ask-timeout", Timeout.InfiniteTimeSpan);
        CreationTimeout = Config.GetTimeSpan("akka.actor.creation-timeout", TimeSpan.FromSeconds(20));
        SerializeAllMessages = Config.GetBoolean("akka.actor.serialize-messages");
        SerializeAllCreators = Config.GetBoolean("akka.actor.serialize-creators");

        LogLevel = Text("akka.loglevel", "INFO");
        StdoutLogLevel = Text("akka.stdout-loglevel", "WARNING");
        StdoutLogger = CreateStdoutLogger(Text("akka.stdout-logger-class"));
        Loggers = Config.GetStringList("akka.loggers");
        LoggersDispatcher = Text("akka.loggers-dispatcher", Dispatch.Dispatchers.DefaultDispatcherId);
        LoggerStartTimeout = Config.GetTimeSpan("akka.logger-startup-timeout", TimeSpan.FromSeconds(5));
        LogFormatter = CreateFormatter(Text("akka.logger-formatter"));
        LogFilter = setup.Get<LogFilterSetup>()
            .Select(s => s.CreateEvaluator())
            .GetOrElse(LogFilterEvaluator.NoFilters);
        StdoutLogger.Filter = LogFilter;
        LogConfigOnStart = Config.GetBoolean("akka.log-config-on-start");
        LogDeadLetters = DeadLettersToLog(Text("akka.log-dead-letters", "10"));
        LogDeadLettersDuringShutdown = Config.GetBoolean("akka.log-dead-letters-during-shutdown");
        LogDeadLettersSuspendDuration = Config.GetTimeSpan(
            "akka.log-dead-letters-suspend-duration", TimeSpan.FromMinutes(5));

        AddLoggingReceive = Config.GetBoolean("akka.actor.debug.receive");
        DebugAutoReceive = Config.GetBoolean("akka.actor.debug.autoreceive");
        DebugLifecycle = Config.GetBoolean("akka.actor.debug.lifecycle");
        DebugEventStream = Config.GetBoolean("akka.actor.debug.event-stream");
        DebugUnhandledMessage = Config.GetBoolean("akka.actor.debug.unhandled");

        SchedulerClass = Text("akka.scheduler.implementation");
        SchedulerShutdownTimeout = Config.GetTimeSpan("akka.scheduler.shutdown-timeout", TimeSpan.FromSeconds(5));
        CoordinatedShutdownTerminateActorSystem = Config.GetBoolean("akka.coordinated-shutdown.terminate-actor-system");
        CoordinatedShutdownRunByActorSystemTerminate =
            Config.GetBoolean("akka.coordinated-shutdown.run-by-actor-system-terminate");
    }

    /// <summary>The actor system.</summary>
    public ActorSystem System { get; }

    /// <summary>The configuration, with everything it falls back on.</summary>
    public Config Config { get; private set; }

    /// <summary>The setup.</summary>
    public ActorSystemSetup Setup { get; }

    /// <summary>The type of the provider.</summary>
    public string ProviderClass => ProviderSelectionType.Fqn;

    /// <summary>The provider.</summary>
    public ProviderSelection ProviderSelectionType { get; }

    /// <summary>True when the system is part of a cluster.</summary>
    public bool HasCluster => ProviderSelectionType.HasCluster;

    /// <summary>What makes the strategy of the user guardian.</summary>
    public string SupervisorStrategyClass { get; }

    /// <summary>How long an Ask waits that says nothing else.</summary>
    public TimeSpan AskTimeout { get; }

    /// <summary>How long the creation of a top-level actor may take.</summary>
    public TimeSpan CreationTimeout { get; }

    /// <summary>True when local messages are serialised too, for tests.</summary>
    public bool SerializeAllMessages { get; }

    /// <summary>True when the arguments of props are serialised too, for tests.</summary>
    public bool SerializeAllCreators { get; }

    /// <summary>The lowest level of the loggers.</summary>
    public string LogLevel { get; }

    /// <summary>The lowest level on the console before the loggers have started.</summary>
    public string StdoutLogLevel { get; }

    /// <summary>What prints before the loggers have started.</summary>
    public MinimalLogger StdoutLogger { get; }

    /// <summary>The types of the loggers.</summary>
    public IList<string> Loggers { get; }

    /// <summary>The dispatcher of the loggers.</summary>
    public string LoggersDispatcher { get; }

    /// <summary>How long a logger may take to start before that is reported.</summary>
    public TimeSpan LoggerStartTimeout { get; }

    /// <summary>What formats log messages.</summary>
    public ILogMessageFormatter LogFormatter { get; }

    /// <summary>Which log entries are left out.</summary>
    public LogFilterEvaluator LogFilter { get; }

    /// <summary>True to log the configuration at the start.</summary>
    public bool LogConfigOnStart { get; }

    /// <summary>How many dead letters are logged before a silence; 0 for none.</summary>
    public int LogDeadLetters { get; }

    /// <summary>True to log dead letters while the system stops.</summary>
    public bool LogDeadLettersDuringShutdown { get; }

    /// <summary>The length of the silence; infinite for ever.</summary>
    public TimeSpan LogDeadLettersSuspendDuration { get; }

    /// <summary>True to log what actors with <see cref="ILogReceive"/> receive.</summary>
    public bool AddLoggingReceive { get; }

    /// <summary>True to log automatically handled messages.</summary>
    public bool DebugAutoReceive { get; }

    /// <summary>True to log starts, restarts, stops and watches.</summary>
    public bool DebugLifecycle { get; }

    /// <summary>True to log subscriptions.</summary>
    public bool DebugEventStream { get; }

    /// <summary>True to log unhandled messages.</summary>
    public bool DebugUnhandledMessage { get; }

    /// <summary>The type of the scheduler.</summary>
    public string SchedulerClass { get; }

    /// <summary>How long the scheduler's thread may take to end.</summary>
    public TimeSpan SchedulerShutdownTimeout { get; }

    /// <summary>True when the coordinated shutdown terminates the system.</summary>
    public bool CoordinatedShutdownTerminateActorSystem { get; }

    /// <summary>True when Terminate runs the coordinated shutdown.</summary>
    public bool CoordinatedShutdownRunByActorSystemTerminate { get; }

    /// <summary>
    /// Puts a configuration between that of the user and what it falls back on. The serialization is made anew from it:
    /// one that was kept from before is stale.
    /// </summary>
    public void InjectTopLevelFallback(Config config)
    {
        _fallbackConfig = config.WithFallback(_fallbackConfig);
        Config = _userConfig.WithFallback(_fallbackConfig);
        (System as ActorSystemImpl)?.ReloadSerialization();
    }

    /// <inheritdoc/>
    public override string ToString() => Config.ToString();

    private static int DeadLettersToLog(string setting) => setting switch
    {
        "on" or "true" or "yes" => int.MaxValue,
        "off" or "false" or "no" => 0,
        _ => int.Parse(setting, global::System.Globalization.CultureInfo.InvariantCulture)
    };

    private static MinimalLogger CreateStdoutLogger(string typeName) =>
        typeName.Length == 0 ? new StandardOutLogger() : Create<MinimalLogger>(typeName, "akka.stdout-logger-class");

    private static ILogMessageFormatter CreateFormatter(string typeName)
    {
        var type = typeName.Length == 0 ? typeof(DefaultLogMessageFormatter) : TypeResolution.GetType(typeName, false);
        return type == typeof(DefaultLogMessageFormatter)
            ? DefaultLogMessageFormatter.Instance
            : Create<ILogMessageFormatter>(typeName, "akka.logger-formatter");
    }

    private static T Create<T>(string typeName, string key)
        where T : class =>
        TypeResolution.GetType(typeName, false) is { } type && typeof(T).IsAssignableFrom(type)
            ? (T)Activator.CreateInstance(type)!
            : throw new ConfigurationException($"{key} names [{typeName}], which is not a {typeof(T).Name}.");

    private string Text(string key, string @default = "") => Config.GetString(key, @default) ?? @default;
}
