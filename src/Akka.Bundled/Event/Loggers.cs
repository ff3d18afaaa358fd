using Akka.Actor;
using Akka.Dispatch;

namespace Akka.Event;

/// <summary>A logger that is no actor: it works before the system has started and after it has stopped.</summary>
public abstract class MinimalLogger : MinimalActorRef
{
    /// <summary>Says which entries to leave out.</summary>
    public LogFilterEvaluator Filter { get; internal set; } = LogFilterEvaluator.NoFilters;

    /// <inheritdoc/>
    public sealed override IActorRefProvider Provider =>
        throw new NotSupportedException("This logger does not provide.");

    /// <inheritdoc/>
    public sealed override ActorPath Path { get; } =
        new RootActorPath(new Address("akka", "all-systems"), "/StandardOutLogger");

    /// <summary>Writes an entry.</summary>
    protected abstract void Log(object message);

    /// <inheritdoc/>
    protected sealed override void TellInternal(object message, IActorRef? sender)
    {
        switch (message)
        {
            case LogEvent logEvent when !Filter.ShouldTryKeepMessage(logEvent, out _):
                return;
            default:
                Log(message);
                return;
        }
    }
}

/// <summary>Prints log entries to the console.</summary>
public class StandardOutLogger : MinimalLogger
{
    private static readonly Lock Console = new();

    /// <summary>The colour of debug entries.</summary>
    public static ConsoleColor DebugColor { get; set; } = ConsoleColor.Gray;

    /// <summary>The colour of info entries.</summary>
    public static ConsoleColor InfoColor { get; set; } = ConsoleColor.White;

    /// <summary>The colour of warnings.</summary>
    public static ConsoleColor WarningColor { get; set; } = ConsoleColor.Yellow;

    /// <summary>The colour of errors.</summary>
    public static ConsoleColor ErrorColor { get; set; } = ConsoleColor.Red;

    /// <summary>False prints without colours.</summary>
    public static bool UseColors { get; set; } = true;

    /// <inheritdoc/>
    protected override void Log(object message)
    {
        if (message is LogEvent logEvent)
        {
            PrintLogEvent(logEvent, Filter);
        }
        else
        {
            Print(message.ToString()!, null);
        }
    }

    internal static void PrintLogEvent(LogEvent logEvent, LogFilterEvaluator filter)
    {
        try
        {
            if (filter.ShouldTryKeepMessage(logEvent, out _))
            {
                Print(logEvent.ToString(), ColorOf(logEvent.LogLevel()));
            }
        }
        catch (FormatException e)
        {
            // Arguments that do not fit their text must not take the logger down.
            Print(
                $"Received a malformed formatted message. Log level: [{logEvent.LogLevel()}], " +
                $"source: [{logEvent.LogSource}], template: [{(logEvent.Message as LogMessage)?.Unformatted()}]: " +
                e.Message,
                ErrorColor);
        }
    }

    private static ConsoleColor ColorOf(LogLevel level) => level switch
    {
        LogLevel.DebugLevel => DebugColor,
        LogLevel.InfoLevel => InfoColor,
        LogLevel.WarningLevel => WarningColor,
        _ => ErrorColor
    };

    private static void Print(string line, ConsoleColor? color)
    {
        lock (Console)
        {
            if (color is { } wanted && UseColors && !System.Console.IsOutputRedirected)
            {
                var before = System.Console.ForegroundColor;
                System.Console.ForegroundColor = wanted;
                System.Console.WriteLine(line);
                System.Console.ForegroundColor = before;
            }
            else
            {
                System.Console.WriteLine(line);
            }
        }
    }
}

/// <summary>The default logger: prints to the console.</summary>
public class DefaultLogger : ActorBase, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private LogFilterEvaluator _filter = LogFilterEvaluator.NoFilters;

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                _filter = Context.System.Settings.LogFilter;
                Sender.Tell(new LoggerInitialized());
                return true;
            case LogEvent logEvent:
                Print(logEvent);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Prints an entry.</summary>
    protected virtual void Print(LogEvent logEvent) => StandardOutLogger.PrintLogEvent(logEvent, _filter);
}

/// <summary>The mailbox type of loggers.</summary>
internal sealed class LoggerMailboxType(Settings settings, Configuration.Config config)
    : MailboxType(settings, config), IProducesMessageQueue<LoggerMessageQueue>
{
    public override Dispatch.MessageQueues.IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new LoggerMessageQueue(system);
}

/// <summary>Prints what is left in it when the logger stops, so that the last words of a system are not lost.</summary>
internal sealed class LoggerMessageQueue(ActorSystem system)
    : Dispatch.MessageQueues.IMessageQueue, ILoggerMessageQueueSemantics, IUnboundedMessageQueueSemantics
{
    private readonly Dispatch.MessageQueues.UnboundedMessageQueue _queue = new();

    public bool HasMessages => _queue.HasMessages;

    public int Count => _queue.Count;

    public void Enqueue(IActorRef receiver, Envelope envelope) => _queue.Enqueue(receiver, envelope);

    public bool TryDequeue(out Envelope envelope) => _queue.TryDequeue(out envelope);

    public void CleanUp(IActorRef owner, Dispatch.MessageQueues.IMessageQueue deadletters)
    {
        while (_queue.TryDequeue(out var envelope))
        {
            if (envelope.Message is LogEvent logEvent)
            {
                system.Settings.StdoutLogger.Tell(logEvent, envelope.Sender);
            }
            else
            {
                deadletters.Enqueue(owner, envelope);
            }
        }
    }
}
