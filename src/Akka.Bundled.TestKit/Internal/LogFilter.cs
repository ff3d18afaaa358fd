using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;

namespace Akka.TestKit.Internal;

/// <summary>
/// Decides whether a log event is one that a test waits for, and tells those who count. It is asked on the logger's
/// actor and must not block it.
/// </summary>
internal sealed class LogFilter
{
    private readonly string _description;
    private readonly Predicate<LogEvent> _matches;

    public LogFilter(string description, Predicate<LogEvent> matches)
    {
        _description = description;
        _matches = matches;
    }

    /// <summary>Raised on the logger's actor, once for each matching event.</summary>
    public event Action? Matched;

    /// <summary>Events of one level, by text and source.</summary>
    public static LogFilter ForLevel(LogLevel level, TextFilter text, TextFilter source) => level switch
    {
        LogLevel.DebugLevel => For<Debug>(text, source),
        LogLevel.InfoLevel => For<Info>(text, source),
        LogLevel.WarningLevel => For<Warning>(text, source),
        LogLevel.ErrorLevel => ForError(null, text, source, recurse: false),
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "Not a log level."),
    };

    /// <summary>
    /// Errors by the type of their cause. The text may be that of the event or that of the cause; with
    /// <paramref name="recurse"/> the cause's causes count as well.
    /// </summary>
    public static LogFilter ForError(Type? exceptionType, TextFilter text, TextFilter source, bool recurse) =>
        new(Describe(exceptionType is null ? "Error" : $"Error with cause <{exceptionType}>", text, source),
            logEvent => logEvent is Error error && source.Matches(error.LogSource) &&
                CauseMatches(error, error.Cause, exceptionType, text, recurse));

    /// <summary>Dead letters of one type for which <paramref name="isMatch"/> holds.</summary>
    public static LogFilter ForDeadLetter(Type type, Func<object, bool>? isMatch, TextFilter recipient) =>
        new(Describe($"DeadLetter <{type}>", TextFilter.Any, recipient),
            logEvent => logEvent is Warning { Message: DeadLetter letter } warning &&
                type.IsInstanceOfType(letter.Message) && isMatch?.Invoke(letter.Message) != false &&
                recipient.Matches(warning.LogSource));

    public bool Apply(LogEvent logEvent)
    {
        if (!_matches(logEvent)) return false;
        Matched?.Invoke();
        return true;
    }

    public override string ToString() => _description;

    private static LogFilter For<TEvent>(TextFilter text, TextFilter source) where TEvent : LogEvent =>
        new(Describe(typeof(TEvent).Name, text, source),
            logEvent => logEvent is TEvent && source.Matches(logEvent.LogSource) &&
                text.Matches(logEvent.Message?.ToString()));

    private static bool CauseMatches(Error error, Exception? cause, Type? type, TextFilter text, bool recurse)
    {
        if (cause is null) return type is null && text.Matches(error.Message?.ToString());
        if (type is null || type.IsInstanceOfType(cause))
        {
            if (text.Matches(error.Message?.ToString()) || text.Matches(cause.Message)) return true;
        }

        return recurse && cause.InnerException is { } inner && CauseMatches(error, inner, type, text, recurse);
    }

    private static string Describe(string what, TextFilter text, TextFilter source) =>
        string.Join(' ', new[] { what, text.Describe("message"), source.Describe("source") }.Where(part => part != ""));
}

/// <summary>A condition on a text: any, equal, a start, a part, or a pattern.</summary>
internal sealed class TextFilter
{
    private readonly string _condition;
    private readonly Predicate<string> _matches;

    private TextFilter(string condition, Predicate<string> matches)
    {
        _condition = condition;
        _matches = matches;
    }

    public static TextFilter Any { get; } = new("", static _ => true);

    /// <summary>The first of the three that is given.</summary>
    public static TextFilter For(string? message, string? start, string? contains)
    {
        if (message is not null) return new($"= \"{message}\"", text => text == message);
        if (start is not null)
            return new($"starts with \"{start}\"", text => text.StartsWith(start, StringComparison.Ordinal));
        if (contains is not null)
            return new($"contains \"{contains}\"", text => text.Contains(contains, StringComparison.Ordinal));
        return Any;
    }

    public static TextFilter For(Regex pattern) => new($"matches /{pattern}/", pattern.IsMatch);

    /// <summary>A log source: the text itself, or the path of an actor without its address.</summary>
    public static TextFilter ForSource(string? source)
    {
        if (source is null) return Any;
        return new($"= \"{source}\"", text => string.Equals(text, source, StringComparison.OrdinalIgnoreCase) ||
            (ActorPath.TryParse(text, out var path) &&
                string.Equals(path.ToStringWithoutAddress(), source, StringComparison.OrdinalIgnoreCase)));
    }

    public bool Matches(string? text) => _matches(text ?? "null");

    public string Describe(string subject) => _condition == "" ? "" : $"{subject} {_condition}";
}
