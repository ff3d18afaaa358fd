using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit.Internal;

namespace Akka.TestKit;

/// <summary>
/// Makes filters of log events. It needs a system whose loggers include <see cref="TestEventListener"/> (a test
/// system's do) and whose log level lets the events through.
/// </summary>
/// <remarks>
/// Of <c>message</c> (equal), <c>start</c> and <c>contains</c> the first that is given counts; without any, every text
/// matches. <c>source</c> is a log source, or the path of an actor with or without its address.
/// </remarks>
public class EventFilterFactory
{
    private readonly TestKitBase _testkit;
    private readonly ActorSystem _system;
    private readonly IReadOnlyList<LogFilter> _filters;

    /// <summary>Filters what the kit's own system logs.</summary>
    public EventFilterFactory(TestKitBase testkit) : this(testkit, testkit.Sys)
    {
    }

    /// <summary>Filters what <paramref name="system"/> logs.</summary>
    public EventFilterFactory(TestKitBase testkit, ActorSystem system) : this(testkit, system, [])
    {
    }

    internal EventFilterFactory(TestKitBase testkit, ActorSystem system, IReadOnlyList<LogFilter> filters)
    {
        _testkit = testkit;
        _system = system;
        _filters = filters;
    }

    /// <summary>Events for which <paramref name="predicate"/> holds.</summary>
    public IEventFilterApplier Custom(Predicate<LogEvent> predicate) => Apply(new LogFilter("Custom", predicate));

    /// <summary>Events of a type for which <paramref name="predicate"/> holds.</summary>
    public IEventFilterApplier Custom<TLogEvent>(Predicate<TLogEvent> predicate) where TLogEvent : LogEvent =>
        Apply(new LogFilter($"Custom <{typeof(TLogEvent)}>",
            logEvent => logEvent is TLogEvent typed && predicate(typed)));

    /// <summary>Debug events.</summary>
    public IEventFilterApplier Debug(string? message = null, string? start = null, string? contains = null,
        string? source = null) =>
        ForLogLevel(LogLevel.DebugLevel, message, start, contains, source);

    /// <summary>Debug events whose text matches <paramref name="pattern"/>.</summary>
    public IEventFilterApplier Debug(Regex pattern, string? source = null) =>
        ForLogLevel(LogLevel.DebugLevel, pattern, source);

    /// <summary>Information.</summary>
    public IEventFilterApplier Info(string? message = null, string? start = null, string? contains = null,
        string? source = null) =>
        ForLogLevel(LogLevel.InfoLevel, message, start, contains, source);

    /// <summary>Information whose text matches <paramref name="pattern"/>.</summary>
    public IEventFilterApplier Info(Regex pattern, string? source = null) =>
        ForLogLevel(LogLevel.InfoLevel, pattern, source);

    /// <summary>Warnings.</summary>
    public IEventFilterApplier Warning(string? message = null, string? start = null, string? contains = null,
        string? source = null) =>
        ForLogLevel(LogLevel.WarningLevel, message, start, contains, source);

    /// <summary>Warnings whose text matches <paramref name="pattern"/>.</summary>
    public IEventFilterApplier Warning(Regex pattern, string? source = null) =>
        ForLogLevel(LogLevel.WarningLevel, pattern, source);

    /// <summary>Errors, with or without a cause. The text may be the event's or its cause's.</summary>
    public IEventFilterApplier Error(string? message = null, string? start = null, string? contains = null,
        string? source = null) =>
        ForLogLevel(LogLevel.ErrorLevel, message, start, contains, source);

    /// <summary>Errors whose text, or whose cause's text, matches <paramref name="pattern"/>.</summary>
    public IEventFilterApplier Error(Regex pattern, string? source = null) =>
        ForLogLevel(LogLevel.ErrorLevel, pattern, source);

    /// <summary>Events of one level.</summary>
    public IEventFilterApplier ForLogLevel(LogLevel logLevel, string? message = null, string? start = null,
        string? contains = null, string? source = null) =>
        Apply(LogFilter.ForLevel(logLevel, TextFilter.For(message, start, contains), TextFilter.ForSource(source)));

    /// <summary>Events of one level whose text matches <paramref name="pattern"/>.</summary>
    public IEventFilterApplier ForLogLevel(LogLevel logLevel, Regex pattern, string? source = null) =>
        Apply(LogFilter.ForLevel(logLevel, TextFilter.For(pattern), TextFilter.ForSource(source)));

    /// <summary>Errors with a cause of a type; the text may be the event's or its cause's.</summary>
    public IEventFilterApplier Exception<TException>(string? message = null, string? start = null,
        string? contains = null, string? source = null) where TException : Exception =>
        Exception(typeof(TException), message, start, contains, source);

    /// <summary>Errors with a cause of a type, whose text or whose cause's text matches.</summary>
    public IEventFilterApplier Exception<TException>(Regex pattern, string? source = null)
        where TException : Exception =>
        Exception(typeof(TException), pattern, source);

    /// <summary>
    /// Errors with a cause of a type; <paramref name="checkInnerExceptions"/> includes the cause's causes.
    /// </summary>
    public IEventFilterApplier Exception(Type exceptionType, string? message = null, string? start = null,
        string? contains = null, string? source = null, bool checkInnerExceptions = false) =>
        Apply(LogFilter.ForError(exceptionType, TextFilter.For(message, start, contains),
            TextFilter.ForSource(source), checkInnerExceptions));

    /// <summary>Errors with a cause of a type, whose text or whose cause's text matches.</summary>
    public IEventFilterApplier Exception(Type exceptionType, Regex pattern, string? source = null,
        bool checkInnerExceptions = false) =>
        Apply(LogFilter.ForError(exceptionType, TextFilter.For(pattern), TextFilter.ForSource(source),
            checkInnerExceptions));

    /// <summary>Dead letters.</summary>
    public IEventFilterApplier DeadLetter() => DeadLetter<object>();

    /// <summary>Dead letters with a message of a type; <paramref name="source"/> is whom it was meant for.</summary>
    public IEventFilterApplier DeadLetter<TMessage>(string? source = null) => DeadLetter(typeof(TMessage), source);

    /// <summary>Dead letters with a message of a type for which <paramref name="isMatch"/> holds.</summary>
    public IEventFilterApplier DeadLetter<TMessage>(Func<TMessage, bool> isMatch, string? source = null) =>
        DeadLetter(typeof(TMessage), message => isMatch((TMessage)message), source);

    /// <summary>Dead letters with a message of a type.</summary>
    public IEventFilterApplier DeadLetter(Type type, string? source = null) =>
        Apply(LogFilter.ForDeadLetter(type, null, TextFilter.ForSource(source)));

    /// <summary>Dead letters with a message of a type for which <paramref name="isMatch"/> holds.</summary>
    public IEventFilterApplier DeadLetter(Type type, Func<object, bool> isMatch, string? source = null) =>
        Apply(LogFilter.ForDeadLetter(type, isMatch, TextFilter.ForSource(source)));

    private EventFilterApplier Apply(LogFilter filter) => new(_testkit, _system, [.. _filters, filter]);
}
