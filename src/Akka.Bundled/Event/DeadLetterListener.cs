using Akka.Actor;

namespace Akka.Event;

/// <summary>Logs dead letters: so many, then none for a while, as <c>akka.log-dead-letters</c> says.</summary>
internal sealed class DeadLetterListener : ActorBase
{
    private readonly EventStream _eventStream = Context.System.EventStream;
    private readonly int _maxCount = Context.System.Settings.LogDeadLetters;
    private readonly TimeSpan _suspendDuration = Context.System.Settings.LogDeadLettersSuspendDuration;
    private int _count;
    private long _silentUntil;

    protected override void PreStart()
    {
        _eventStream.Subscribe(Self, typeof(DeadLetter));
        _eventStream.Subscribe(Self, typeof(Dropped));
        _eventStream.Subscribe(Self, typeof(UnhandledMessage));
    }

    protected override void PostStop() => _eventStream.Unsubscribe(Self);

    protected override bool Receive(object message)
    {
        if (message is not AllDeadLetters letter)
        {
            return false;
        }

        if (letter.Message is IDeadLetterSuppression)
        {
            return true;
        }

        _count = _count == int.MaxValue ? 1 : _count + 1;
        if (_silentUntil != 0)
        {
            LogAfterSilence(letter);
        }
        else if (_maxCount == int.MaxValue || _count < _maxCount)
        {
            Log(letter, "");
        }
        else
        {
            LogBeforeSilence(letter);
        }

        return true;
    }

    private void LogBeforeSilence(AllDeadLetters letter)
    {
        if (_suspendDuration == Timeout.InfiniteTimeSpan)
        {
            Log(letter, ", no more dead letters will be logged");
            Context.Stop(Self);
            return;
        }

        Log(letter, $", no more dead letters will be logged in next [{_suspendDuration}]");
        _silentUntil = Environment.TickCount64 + (long)_suspendDuration.TotalMilliseconds;
    }

    private void LogAfterSilence(AllDeadLetters letter)
    {
        if (Environment.TickCount64 < _silentUntil)
        {
            return;
        }

        Log(letter, $", of which {_count - _maxCount - 1} were not logged. The counter will be reset now");
        _count = 0;
        _silentUntil = 0;
    }

    private void Log(AllDeadLetters letter, string remark)
    {
        var message = WrappedMessage.Unwrap(letter.Message);
        var name = message.GetType().Name;
        var wrapped = letter.Message is IWrappedMessage ? $" wrapped in [{letter.Message.GetType().Name}]" : "";
        var from = IsReal(letter.Sender) ? $" from {letter.Sender}" : "";
        var to = IsReal(letter.Recipient) ? $" to {letter.Recipient}" : "";
        var what = letter switch
        {
            Dropped dropped => $"{to} was dropped. {dropped.Reason}.",
            UnhandledMessage => $"{to} was unhandled.",
            _ => $" to {letter.Recipient} was not delivered."
        };
        var hint = letter is DeadLetter
            ? $"If this is not an expected behavior then {letter.Recipient} may have terminated unexpectedly. "
            : "";
        var text =
            $"Message [{name}]{wrapped}{from}{what} [{_count}] dead letters encountered{remark}. {hint}" +
            "This logging can be turned off or adjusted with configuration settings 'akka.log-dead-letters' " +
            "and 'akka.log-dead-letters-during-shutdown'.";
        var content = message.ToString();
        _eventStream.Publish(new Info(
            letter.Recipient.Path.ToString(),
            letter.Recipient.GetType(),
            content == name ? text : $"{text} Message content: {content}"));
    }

    private static bool IsReal(IActorRef? actor) => actor is not null and not DeadLetterActorRef;
}
