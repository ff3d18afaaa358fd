using Akka.Actor;
using Akka.Dispatch;

namespace Akka.Event;

/// <summary>The levels of log events, the most talkative first.</summary>
public enum LogLevel
{
    /// <summary>For who looks for an error.</summary>
    DebugLevel = 0,

    /// <summary>For who wants to know what goes on.</summary>
    InfoLevel = 1,

    /// <summary>Something is wrong but goes on.</summary>
    WarningLevel = 2,

    /// <summary>Something has failed.</summary>
    ErrorLevel = 3
}

/// <summary>One entry of the log, published on the event stream.</summary>
public abstract class LogEvent : INoSerializationVerificationNeeded
{
    /// <summary>An entry of this moment and thread.</summary>
    protected LogEvent()
    {
        Timestamp = DateTime.UtcNow;
        Thread = Thread.CurrentThread;
    }

    /// <summary>What failed, or null.</summary>
    public Exception? Cause { get; protected set; }

    /// <summary>When it happened, UTC.</summary>
    public DateTime Timestamp { get; }

    /// <summary>Where it happened.</summary>
    public Thread Thread { get; }

    /// <summary>Who says it; for an actor its path.</summary>
    public string LogSource { get; protected set; } = "";

    /// <summary>The class of who says it.</summary>
    public Type LogClass { get; protected set; } = typeof(LogEvent);

    /// <summary>What it says: a text, or an object whose ToString gives the text.</summary>
    public object Message { get; protected set; } = "";

    /// <summary>The level.</summary>
    public abstract LogLevel LogLevel();

    /// <inheritdoc/>
    public override string ToString()
    {
        var level = LogLevel().StringFor();
        var when = FormattableString.Invariant($"[{Timestamp:MM/dd/yyyy HH:mm:ss.fffK}]");
        var line = $"[{level}]{when}[Thread {Thread.ManagedThreadId:0000}][{LogSource}] {Message}";
        return Cause is null ? line : $"{line}{Environment.NewLine}Cause: {Cause}";
    }

    private protected void Set(Exception? cause, string logSource, Type logClass, object message)
    {
        Cause = cause;
        LogSource = logSource;
        LogClass = logClass;
        Message = message;
    }
}

/// <summary>An entry of level debug.</summary>
public class Debug : LogEvent
{
    /// <summary>Without a cause.</summary>
    public Debug(string logSource, Type logClass, object message) => Set(null, logSource, logClass, message);

    /// <summary>With a cause.</summary>
    public Debug(Exception? cause, string logSource, Type logClass, object message) =>
        Set(cause, logSource, logClass, message);

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.DebugLevel;
}

/// <summary>An entry of level info.</summary>
public class Info : LogEvent
{
    /// <summary>Without a cause.</summary>
    public Info(string logSource, Type logClass, object message) => Set(null, logSource, logClass, message);

    /// <summary>With a cause.</summary>
    public Info(Exception? cause, string logSource, Type logClass, object message) =>
        Set(cause, logSource, logClass, message);

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.InfoLevel;
}

/// <summary>An entry of level warning.</summary>
public class Warning : LogEvent
{
    /// <summary>Without a cause.</summary>
    public Warning(string logSource, Type logClass, object message) => Set(null, logSource, logClass, message);

    /// <summary>With a cause.</summary>
    public Warning(Exception? cause, string logSource, Type logClass, object message) =>
        Set(cause, logSource, logClass, message);

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.WarningLevel;
}

/// <summary>An entry of level error.</summary>
public class Error : LogEvent
{
    /// <summary>With or without a cause.</summary>
    public Error(Exception? cause, string logSource, Type logClass, object message) =>
        Set(cause, logSource, logClass, message);

    /// <inheritdoc/>
    public override LogLevel LogLevel() => Event.LogLevel.ErrorLevel;
}

/// <summary>The first message of a logger; it answers with <see cref="LoggerInitialized"/>.</summary>
public class InitializeLogger : INoSerializationVerificationNeeded
{
    /// <summary>Names the bus the logger serves.</summary>
    public InitializeLogger(LoggingBus loggingBus) => LoggingBus = loggingBus;

    /// <summary>The bus the logger serves.</summary>
    public LoggingBus LoggingBus { get; }
}

/// <summary>A logger's answer: it is ready.</summary>
public class LoggerInitialized : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
}

/// <summary>The mailbox of a logger.</summary>
public interface ILoggerMessageQueueSemantics : ISemantics;
