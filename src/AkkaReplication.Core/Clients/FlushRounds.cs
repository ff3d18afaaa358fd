namespace AkkaReplication.Clients;

/// <summary>
/// Knows when everything that was appended before a flush has been reported. A flush begins a new round; what belongs
/// to
/// a round are batches and waiting records, not records, so that the batching path pays nothing.
/// </summary>
internal sealed class FlushRounds
{
    private readonly SortedDictionary<long, int> _unfinished = [];
    private readonly Queue<(long Round, long Token)> _flushes = new();

    /// <summary>The round that belongs to what is appended now.</summary>
    public long Current { get; private set; }

    /// <summary>Something of that round is still to be reported.</summary>
    public void Enter(long round) => _unfinished[round] = _unfinished.GetValueOrDefault(round) + 1;

    public void Leave(long round)
    {
        var left = _unfinished[round] - 1;
        if (left > 0)
            _unfinished[round] = left;
        else
            _unfinished.Remove(round);
    }

    /// <summary>Whether somebody waits for what belongs to the round.</summary>
    public bool IsAwaited(long round) => round < Current;

    public void Begin(long token)
    {
        _flushes.Enqueue((Current, token));
        Current++;
    }

    /// <summary>The next flush that is complete, if any.</summary>
    public bool TryComplete(out long token)
    {
        token = 0;
        if (!_flushes.TryPeek(out var flush) || (_unfinished.Count > 0 && _unfinished.First().Key <= flush.Round))
            return false;

        token = flush.Token;
        _flushes.Dequeue();
        return true;
    }
}
