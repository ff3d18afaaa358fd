using Akka.Event;
using Akka.TestKit.Internal;
using Akka.TestKit.TestEvent;

namespace Akka.TestKit;

/// <summary>
/// The default logger of test systems: it prints what is logged, except events that a filter asks for; those it
/// reports to the filter.
/// </summary>
public class TestEventListener : DefaultLogger
{
    private readonly List<LogFilter> _filters = [];

    /// <inheritdoc />
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger initialize:
                foreach (var channel in new[] { typeof(MuteEvents), typeof(UnmuteEvents), typeof(DeadLetter) })
                    initialize.LoggingBus.Subscribe(Self, channel);
                return base.Receive(message);
            case MuteEvents mute:
                _filters.AddRange(mute.Filters);
                return true;
            case UnmuteEvents unmute:
                foreach (var filter in unmute.Filters) _filters.Remove(filter);
                return true;
            case DeadLetter letter:
                OnDeadLetter(letter);
                return true;
            case LogEvent logEvent:
                if (!IsFiltered(logEvent)) Print(logEvent);
                return true;
            default:
                return base.Receive(message);
        }
    }

    private void OnDeadLetter(DeadLetter letter)
    {
        var recipient = letter.Recipient;
        var source = recipient.Path.ToString();
        if (IsFiltered(new Warning(source, recipient.GetType(), letter))) return;
        Print(new Warning(source, recipient.GetType(), $"Received dead letter from {letter.Sender}: {letter.Message}"));
    }

    private bool IsFiltered(LogEvent logEvent)
    {
        foreach (var filter in _filters)
        {
            try
            {
                if (filter.Apply(logEvent)) return true;
            }
            catch (Exception failure)
            {
                // A test's predicate threw; the test will miss its event, and here is why.
                Print(new Error(failure, nameof(TestEventListener), GetType(), $"The event filter [{filter}] threw."));
            }
        }

        return false;
    }
}
