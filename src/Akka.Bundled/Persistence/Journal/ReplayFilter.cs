using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Pattern;

namespace Akka.Persistence.Journal;

/// <summary>What recovery does with events that two writers of one persistence id have mixed up.</summary>
public enum ReplayFilterMode
{
    /// <summary>Recovery fails.</summary>
    Fail,

    /// <summary>They are replayed, and a warning is logged.</summary>
    Warn,

    /// <summary>Those of the older writer are left out, and a warning is logged.</summary>
    RepairByDiscardOld,

    /// <summary>They are replayed.</summary>
    Disabled
}

internal sealed record ReplayFilterSettings(ReplayFilterMode Mode, int WindowSize, int MaxOldWriters, bool Debug)
{
    /// <exception cref="ConfigurationException">The mode is unknown, or a number is not above 0.</exception>
    public static ReplayFilterSettings From(Config config)
    {
        var mode = config.GetString("replay-filter.mode", "")!.ToLowerInvariant();
        var settings = new ReplayFilterSettings(
            mode switch
            {
                "off" => ReplayFilterMode.Disabled,
                "repair-by-discard-old" => ReplayFilterMode.RepairByDiscardOld,
                "fail" => ReplayFilterMode.Fail,
                "warn" => ReplayFilterMode.Warn,
                _ => throw new ConfigurationException($"Invalid replay-filter.mode [{mode}], supported values "
                    + "[off, repair-by-discard-old, fail, warn]")
            },
            config.GetInt("replay-filter.window-size"),
            config.GetInt("replay-filter.max-old-writers"),
            config.GetBoolean("replay-filter.debug"));
        return settings.Mode == ReplayFilterMode.Disabled || settings is { WindowSize: > 0, MaxOldWriters: > 0 }
            ? settings
            : throw new ConfigurationException("replay-filter.window-size and .max-old-writers must be > 0");
    }
}

/// <summary>
/// Owns the last events of one recovery until it is sure that they are not those of a writer that had been replaced: an
/// old incarnation, cut off but alive, may go on writing beside the new one.
/// </summary>
internal sealed class ReplayFilter
{
    private readonly Lock _sync = new();
    private readonly LinkedList<ReplayedMessage> _window = [];
    private readonly LinkedList<string> _oldWriters = [];
    private readonly IActorRef _target;
    private readonly ReplayFilterSettings _settings;
    private readonly ILoggingAdapter _log;
    private string _writer = "";
    private long _sequenceNr = -1;
    private bool _failed;

    public ReplayFilter(IActorRef target, ReplayFilterSettings settings, ILoggingAdapter log)
    {
        _target = target;
        _settings = settings;
        _log = log;
    }

    public void Add(ReplayedMessage message)
    {
        if (_settings.Mode == ReplayFilterMode.Disabled)
        {
            _target.Tell(message, ActorRefs.NoSender);
            return;
        }

        lock (_sync)
        {
            if (!_failed)
            {
                Filter(message);
            }
        }
    }

    /// <summary>Sends what is left, then the outcome.</summary>
    public void Complete(IJournalResponse outcome)
    {
        lock (_sync)
        {
            if (_failed)
            {
                return;
            }

            foreach (var message in _window)
            {
                _target.Tell(message, ActorRefs.NoSender);
            }

            _window.Clear();
            _target.Tell(outcome, ActorRefs.NoSender);
        }
    }

    private void Filter(ReplayedMessage message)
    {
        var @event = message.Persistent;
        if (_settings.Debug)
        {
            _log.Debug("Replay: {0}", @event);
        }

        if (_window.Count == _settings.WindowSize)
        {
            _target.Tell(_window.First!.Value, ActorRefs.NoSender);
            _window.RemoveFirst();
        }

        if (@event.WriterGuid == _writer)
        {
            AddOfCurrentWriter(message);
        }
        else if (_oldWriters.Contains(@event.WriterGuid))
        {
            AddUnlessDiscarded(message, $"There was already a newer writer whose last replayed event was "
                + $"[sequenceNr={_sequenceNr}, writerUUID={_writer}]; perhaps the old writer went on after the new one "
                + "was created.");
        }
        else
        {
            AddOfNewWriter(message);
        }
    }

    private void AddOfCurrentWriter(ReplayedMessage message)
    {
        // Equal numbers are in order: an adapter may make several events of one.
        if (message.Persistent.SequenceNr < _sequenceNr)
        {
            AddUnlessDiscarded(message, $"The same writer has already written [sequenceNr={_sequenceNr}]; perhaps "
                + "events were journaled out of sequence.");
            return;
        }

        _window.AddLast(message);
        _sequenceNr = message.Persistent.SequenceNr;
    }

    private void AddOfNewWriter(ReplayedMessage message)
    {
        if (_writer.Length > 0)
        {
            _oldWriters.AddLast(_writer);
        }

        if (_oldWriters.Count > _settings.MaxOldWriters)
        {
            _oldWriters.RemoveFirst();
        }

        _writer = message.Persistent.WriterGuid;
        _sequenceNr = message.Persistent.SequenceNr;
        for (var node = _window.First; node is not null && !_failed;)
        {
            var next = node.Next;
            if (node.Value.Persistent.SequenceNr >= _sequenceNr && IsDiscarded(node.Value, "A newer writer has "
                + $"written [sequenceNr={_sequenceNr}, writerUUID={_writer}]; perhaps two actors have the same id."))
            {
                _window.Remove(node);
            }

            node = next;
        }

        if (!_failed)
        {
            _window.AddLast(message);
        }
    }

    private void AddUnlessDiscarded(ReplayedMessage message, string why)
    {
        if (!IsDiscarded(message, why))
        {
            _window.AddLast(message);
        }
    }

    private bool IsDiscarded(ReplayedMessage message, string why)
    {
        var @event = message.Persistent;
        var text = $"Invalid replayed event [sequenceNr={@event.SequenceNr}, writerUUID={@event.WriterGuid}] for "
            + $"persistenceId [{@event.PersistenceId}]. {why}";
        if (_settings.Mode == ReplayFilterMode.Fail)
        {
            _log.Error("{0}", text);
            Fail(new IllegalStateException(text));
            return true;
        }

        _log.Warning("{0}", text);
        return _settings.Mode == ReplayFilterMode.RepairByDiscardOld;
    }

    private void Fail(IllegalStateException cause)
    {
        _failed = true;
        _window.Clear();
        _target.Tell(new ReplayMessagesFailure(cause), ActorRefs.NoSender);
    }
}
