using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Dispatch;
using Akka.Event;
using Microsoft.Extensions.Logging;
using AkkaLevel = Akka.Event.LogLevel;
using HostLevel = Microsoft.Extensions.Logging.LogLevel;

namespace AkkaReplication;

/// <summary>Gives an actor system the logger factory of its host.</summary>
internal sealed class LoggerFactorySetup(ILoggerFactory factory) : Setup
{
    public ILoggerFactory Factory => factory;
}

/// <summary>
/// Passes what actors log on to the host's loggers: the category is the class that logged, the state carries the template,
/// its arguments and the actor. Named in <c>akka.loggers</c>; needs a <see cref="LoggerFactorySetup"/>.
/// </summary>
internal sealed class LoggerFactoryLogger : UntypedActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly Dictionary<Type, ILogger> _loggers = [];
    private readonly ILoggerFactory _factory = Context.System.Settings.Setup.Get<LoggerFactorySetup>().Value.Factory;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                break;
            case LogEvent logged:
                Pass(logged);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static HostLevel LevelOf(LogEvent logged) => logged.LogLevel() switch
    {
        AkkaLevel.DebugLevel => HostLevel.Debug,
        AkkaLevel.InfoLevel => HostLevel.Information,
        AkkaLevel.WarningLevel => HostLevel.Warning,
        _ => HostLevel.Error,
    };

    private void Pass(LogEvent logged)
    {
        try
        {
            if (!_loggers.TryGetValue(logged.LogClass, out var logger))
                _loggers[logged.LogClass] = logger = _factory.CreateLogger(logged.LogClass.FullName ?? logged.LogClass.Name);
            var level = LevelOf(logged);
            if (logger.IsEnabled(level))
                logger.Log(level, default, new LoggedState(logged), logged.Cause, static (state, _) => state.ToString());
        }
        catch (Exception)
        {
            // The host's logger failed. To say so would mean to log it: this line is lost, and what comes after it is not.
        }
    }
}

/// <summary>What an actor logged, as structured loggers read it.</summary>
internal sealed partial class LoggedState : IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly object _message;
    private readonly List<KeyValuePair<string, object?>> _values = [];

    public LoggedState(LogEvent logged)
    {
        _message = logged.Message;
        _values.Add(new("ActorPath", logged.LogSource));
        if (_message is not LogMessage template)
        {
            _values.Add(new("{OriginalFormat}", _message.ToString()));
            return;
        }

        var arguments = template.Parameters().ToArray();
        var names = Placeholder().Matches(template.Format).Select(match => match.Groups[1].Value).Distinct().ToArray();
        for (var i = 0; i < names.Length; i++)
        {
            // {0} is the first argument wherever it stands; a name stands for the argument at its place.
            var index = int.TryParse(names[i], CultureInfo.InvariantCulture, out var number) ? number : i;
            if (index < arguments.Length)
                _values.Add(new(names[i], arguments[index]));
        }

        _values.Add(new("{OriginalFormat}", template.Format));
    }

    public int Count => _values.Count;

    public KeyValuePair<string, object?> this[int index] => _values[index];

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The finished text.</summary>
    public override string ToString() => _message.ToString() ?? "";

    [GeneratedRegex(@"(?<!\{)\{([^{}:,]+)[^{}]*\}")]
    private static partial Regex Placeholder();
}
