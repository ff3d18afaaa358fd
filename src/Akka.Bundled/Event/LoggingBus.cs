using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Util.Internal;

namespace Akka.Event;

/// <summary>
/// Owns the loggers of an actor system: starts them, and subscribes them to the levels they are to get.
/// </summary>
public class LoggingBus : ActorEventBus<object, Type>
{
    private static readonly LogLevel[] Levels =
        [LogLevel.DebugLevel, LogLevel.InfoLevel, LogLevel.WarningLevel, LogLevel.ErrorLevel];

    private static int _loggerIds;

    private readonly Lock _lock = new();
    private readonly List<IActorRef> _loggers = [];
    private readonly CancellationTokenSource _shutdown = new();

    /// <summary>The lowest level that reaches the loggers.</summary>
    public LogLevel LogLevel { get; private set; }

    /// <summary>Changes the lowest level that reaches the loggers.</summary>
    public void SetLogLevel(LogLevel logLevel)
    {
        lock (_lock)
        {
            LogLevel = logLevel;
            foreach (var logger in _loggers)
            {
                SubscribeFrom(logLevel, logger);
                foreach (var level in Levels.Where(l => l < logLevel))
                {
                    Unsubscribe(logger, level.ClassFor());
                }
            }
        }
    }

    /// <summary>Prints to the console until the configured loggers have taken over.</summary>
    public void StartStdoutLogger(Settings config)
    {
        SubscribeFrom(Logging.LogLevelFor(config.StdoutLogLevel), config.StdoutLogger);
        Publish(new Debug(SimpleName(this), GetType(), "StandardOutLogger started"));
    }

    internal void StartDefaultLoggers(ActorSystemImpl system)
    {
        var busName = $"{SimpleName(this)}({system.Name})";
        var settings = system.Settings;
        LogLevel = Logging.LogLevelFor(settings.LogLevel);
        var keepsStdout = false;
        foreach (var typeName in settings.Loggers)
        {
            var type = TypeResolution.GetType(typeName, false)
                ?? throw new ConfigurationException($"Logger specified in config cannot be found: \"{typeName}\"");
            if (typeof(MinimalLogger).IsAssignableFrom(type))
            {
                keepsStdout = true;
            }
            else
            {
                AddLogger(system, type, busName);
            }
        }

        if (settings.DebugUnhandledMessage)
        {
            var forwarder = system.SystemActorOf(
                Props.Create<UnhandledMessageForwarder>(), "UnhandledMessageForwarder");
            Subscribe(forwarder, typeof(UnhandledMessage));
        }

        if (!keepsStdout)
        {
            Publish(new Debug(busName, GetType(), $"{settings.StdoutLogger.GetType().Name} being removed"));
            Unsubscribe(settings.StdoutLogger);
        }

        Publish(new Debug(busName, GetType(), "Default Loggers started"));
    }

    internal void StopDefaultLoggers(ActorSystemImpl system)
    {
        SubscribeFrom(Logging.LogLevelFor(system.Settings.StdoutLogLevel), system.Settings.StdoutLogger);
        _shutdown.Cancel();
        lock (_lock)
        {
            foreach (var logger in _loggers)
            {
                RemoveLogger(logger);
            }

            _loggers.Clear();
        }

        Publish(new Debug(SimpleName(this), GetType(), "All default loggers stopped"));
    }

    /// <inheritdoc/>
    protected override bool IsSubClassification(Type parent, Type child) => parent.IsAssignableFrom(child);

    /// <inheritdoc/>
    protected override void Publish(object @event, IActorRef subscriber) => subscriber.Tell(@event);

    /// <inheritdoc/>
    protected override bool Classify(object @event, Type classifier) => classifier.IsInstanceOfType(@event);

    /// <inheritdoc/>
    protected override Type GetClassifier(object @event) => @event.GetType();

    /// <summary>
    /// Starts a logger. It is subscribed at once: the mailbox keeps what is logged until it has initialised itself. The
    /// system waits for it all the same, because a logger may subscribe to more when it does.
    /// </summary>
    private void AddLogger(ActorSystemImpl system, Type type, string busName)
    {
        var name = $"log{Interlocked.Increment(ref _loggerIds)}-{type.Name}";
        var logger = system.SystemActorOf(
            Props.Create(type).WithDispatcher(system.Settings.LoggersDispatcher), name);
        var initialized = logger.Ask(new InitializeLogger(this), system.Settings.LoggerStartTimeout, _shutdown.Token);
        lock (_lock)
        {
            _loggers.Add(logger);
        }

        SubscribeFrom(LogLevel, logger);
        var reported = ReportAsync(initialized, logger, $"{name} [{type.FullName}]", busName);
        if (!system.Settings.Config.GetBoolean("akka.logger-async-start"))
        {
            reported.Wait(_shutdown.Token);
        }
    }

    private async Task ReportAsync(Task<object> initialized, IActorRef logger, string name, string busName)
    {
        try
        {
            var answer = await initialized.ConfigureAwait(false);
            if (answer is LoggerInitialized)
            {
                Publish(new Debug(busName, GetType(), $"Logger {name} started"));
                return;
            }

            RemoveLogger(logger);
            Publish(new Error(
                null,
                busName,
                GetType(),
                $"Logger {name} did not respond with LoggerInitialized, sent instead {answer.GetType()}. " +
                "Stopping logger."));
        }
        catch (AskTimeoutException)
        {
            Publish(new Warning(busName, GetType(), $"Logger {name} did not respond in time to InitializeLogger."));
        }
        catch (OperationCanceledException)
        {
            // The system shuts down; the logger goes with it.
        }
    }

    private void RemoveLogger(IActorRef logger)
    {
        Unsubscribe(logger);
        (logger as IInternalActorRef)?.Stop();
    }

    private void SubscribeFrom(LogLevel lowest, IActorRef logger)
    {
        foreach (var level in Levels.Where(l => l >= lowest))
        {
            Subscribe(logger, level.ClassFor());
        }
    }
}

/// <summary>Logs unhandled messages at debug level.</summary>
internal sealed class UnhandledMessageForwarder : ActorBase
{
    protected override bool Receive(object message)
    {
        if (message is not UnhandledMessage unhandled)
        {
            return false;
        }

        var sender = unhandled.Sender is null ? "NoSender" : unhandled.Sender.Path.ToString();
        Context.System.EventStream.Publish(new Debug(
            unhandled.Recipient.Path.ToString(),
            unhandled.Recipient.GetType(),
            $"Unhandled message from {sender} : {unhandled.Message}"));
        return true;
    }
}
