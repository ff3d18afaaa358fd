namespace Akka.Persistence.Journal;

/// <summary>
/// Owns the order of a journal's answers: turns are given on the journal's thread, deliveries happen on any thread and
/// take effect in the order of the turns. It outlives a restart of its journal for the writes under way.
/// </summary>
internal sealed class Resequencer
{
    private readonly Lock _sync = new();
    private readonly Dictionary<long, Action> _early = [];
    private long _turns;
    private long _delivered;

    public long NextTurn() => ++_turns;

    /// <summary>Runs the delivery once all turns before it have been delivered. It must not block.</summary>
    public void Deliver(long turn, Action delivery)
    {
        lock (_sync)
        {
            _early.Add(turn, delivery);
            while (_early.Remove(_delivered + 1, out var next))
            {
                _delivered++;
                next();
            }
        }
    }
}
