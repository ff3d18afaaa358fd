using AkkaReplication.Simulation.Running;
using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Network;

/// <summary>
/// Carries messages between nodes: late, twice, in another order, long after, or not at all. Links fail in one direction or
/// both. Messages over a link that is clogged wait until it is free.
/// </summary>
internal sealed class SimulatedNetwork(World world, Chance chance)
{
    private readonly HashSet<(int, int)> _cut = [];
    private readonly Dictionary<(int, int), FaultKind> _why = [];
    private readonly SortedDictionary<(int, int), List<Action>> _clogged = [];
    private readonly Dictionary<(int, int), long> _slow = [];
    private readonly Dictionary<(int, int), (int Times, long EveryUs)> _echoes = [];
    private readonly Dictionary<(int, int), long> _lastDueUs = [];

    public void Cut(int from, int to, FaultKind why)
    {
        _cut.Add((from, to));
        _why[(from, to)] = why;
    }

    public void Mend(int from, int to) => _cut.Remove((from, to));

    public bool IsCut(int from, int to) => _cut.Contains((from, to));

    public void Clog(int from, int to) => _clogged.TryAdd((from, to), []);

    public void Unclog(int from, int to)
    {
        if (!_clogged.Remove((from, to), out var waiting))
            return;
        foreach (var deliver in waiting)
            world.Time.After(chance.Between(1, 2000), deliver);
    }

    public void Slow(int from, int to, long extraUs) => _slow[(from, to)] = extraUs;

    /// <summary>Every message over that link arrives so many times more, at that interval; 0 ends it.</summary>
    public void Echo(int from, int to, int times, long everyUs)
    {
        if (times == 0)
            _echoes.Remove((from, to));
        else
            _echoes[(from, to)] = (times, everyUs);
    }

    public void HealAll()
    {
        _echoes.Clear();
        _cut.Clear();
        _slow.Clear();
        foreach (var (from, to) in _clogged.Keys.ToArray())
            Unclog(from, to);
    }

    /// <summary>How long the next message takes.</summary>
    public long DelayUs(int from, int to)
    {
        var profile = world.Profile;
        var delay = chance.Between(profile.MinDelayUs, profile.MaxDelayUs);
        if (world.HasFaults && chance.Hits(profile.SpikeRate))
        {
            world.Tally.Tried(FaultKind.MessageDelayed);
            world.Tally.Effective(FaultKind.MessageDelayed);
            delay += chance.Between(10_000, profile.SpikeUs);
        }

        if (_slow.TryGetValue((from, to), out var extra))
        {
            world.Tally.Effective(FaultKind.SlowLink);
            delay += extra;
        }

        return delay;
    }

    /// <summary>A message that nobody repeats or orders on the way.</summary>
    public void Send(int from, int to, Action deliver)
    {
        var profile = world.Profile;
        if (IsBlocked(from, to))
            return;

        if (world.HasFaults && chance.Hits(profile.LossRate))
        {
            world.Tally.Tried(FaultKind.MessageLost);
            world.Tally.Effective(FaultKind.MessageLost);
            return;
        }

        if (_clogged.TryGetValue((from, to), out var waiting))
        {
            world.Tally.Effective(FaultKind.SwizzleClog);
            waiting.Add(deliver);
            return;
        }

        var dueUs = world.Time.NowUs + DelayUs(from, to);
        if (_lastDueUs.TryGetValue((from, to), out var last) && dueUs < last)
        {
            // Within one link messages overtake each other only where the profile says so.
            if (chance.Hits(profile.ReorderRate) && world.HasFaults)
            {
                world.Tally.Tried(FaultKind.MessageReordered);
                world.Tally.Effective(FaultKind.MessageReordered);
            }
            else
            {
                dueUs = last;
            }
        }

        _lastDueUs[(from, to)] = Math.Max(dueUs, last);
        world.Time.After(dueUs - world.Time.NowUs, deliver);
        if (!world.HasFaults)
            return;

        if (_echoes.TryGetValue((from, to), out var echo))
        {
            for (var i = 1; i <= echo.Times; i++)
                world.Time.After(dueUs - world.Time.NowUs + (i * echo.EveryUs), deliver);
        }

        if (chance.Hits(profile.DuplicateRate))
        {
            world.Tally.Tried(FaultKind.MessageDuplicated);
            world.Tally.Effective(FaultKind.MessageDuplicated);
            world.Time.After(dueUs - world.Time.NowUs + chance.Between(0, 30_000), deliver);
        }

        if (chance.Hits(profile.LateCopyRate))
        {
            world.Tally.Tried(FaultKind.LateCopy);
            world.Tally.Effective(FaultKind.LateCopy);
            world.Time.After(chance.Between(100_000, 20_000_000), deliver);
        }
    }

    /// <summary>Whether nothing passes; what wanted to makes the fault effective.</summary>
    public bool IsBlocked(int from, int to)
    {
        if (!_cut.Contains((from, to)))
            return false;
        world.Tally.Effective(_why[(from, to)]);
        return true;
    }
}
