namespace AkkaReplication.Logs;

/// <summary>
/// Decides when the logs of one directory are flushed (D3): one round at a time; whoever asks while a round runs is part of
/// the next one, so a group commit spans partitions. Flushes nothing itself.
/// </summary>
/// <typeparam name="TLog">What is flushed.</typeparam>
public sealed class FlushScheduler<TLog>
    where TLog : notnull
{
    private readonly HashSet<TLog> _isDirty = [];
    private readonly List<TLog> _dirty = [];
    private long _round;

    /// <summary>True while a round's completion is outstanding.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Logs that wait for the next round.</summary>
    public int WaitingCount => _dirty.Count;

    /// <summary>Asks for a flush. The answer is the number of the round whose completion covers everything written so far.</summary>
    public long Request(TLog log)
    {
        if (_isDirty.Add(log))
            _dirty.Add(log);
        return _round + 1;
    }

    /// <summary>Begins a round with all waiting logs, in the order they asked; null while one runs or none waits.</summary>
    public FlushRound<TLog>? TryStart()
    {
        if (IsRunning || _dirty.Count == 0)
            return null;

        IsRunning = true;
        var round = new FlushRound<TLog>(++_round, [.. _dirty]);
        _dirty.Clear();
        _isDirty.Clear();
        return round;
    }

    /// <summary>The running round is over, however it ended.</summary>
    /// <exception cref="InvalidOperationException">It is not the running one.</exception>
    public void Completed(long round)
    {
        if (!IsRunning || round != _round)
            throw new InvalidOperationException($"Flush round {round} completed; running is {(IsRunning ? _round : "none")}.");
        IsRunning = false;
    }
}

/// <summary>Logs to be flushed together.</summary>
/// <param name="Number">Counts from 1.</param>
/// <param name="Logs">In the order they asked; each once.</param>
public sealed record FlushRound<TLog>(long Number, IReadOnlyList<TLog> Logs);
