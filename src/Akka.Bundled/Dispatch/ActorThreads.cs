using System.Collections.Concurrent;
using System.Diagnostics;

namespace Akka.Dispatch;

/// <summary>
/// Threads of their own for one dispatcher, or in common for several that belong together: then work that goes from one to
/// the next is found by a thread that is awake already. So many as are wanted are kept awake while there is work. Where
/// threads are shared, one that is stuck, in a read from a slow disk for instance, does not count, and each dispatcher may
/// occupy only its own number of them: nobody takes the threads of the others.
/// </summary>
/// <remarks>
/// A thread that finds nothing looks on for a moment before it sleeps, for waking one costs many times what an actor's turn
/// does. At most one looks, and whoever is being woken counts as that one: it wakes the next where it finds more than it can
/// take.
/// </remarks>
internal sealed class ActorThreads
{
    private readonly string _name;
    private readonly int _wanted;
    private readonly bool _isShared;
    private readonly bool _isBackground;
    private readonly Lock _lock = new();
    private readonly HashSet<LaneExecutor> _lanes = [];
    private Crew? _crew;

    private ActorThreads(string name, int wanted, bool isShared, bool isBackground)
    {
        _name = name;
        _wanted = wanted;
        _isShared = isShared;
        _isBackground = isBackground;
    }

    /// <summary>Threads for one dispatcher.</summary>
    public static ActorThreads Own(string name, int count, bool isBackground) => new(name, count, false, isBackground);

    /// <summary>Threads for several dispatchers.</summary>
    public static ActorThreads Shared(string name) => new(name, Environment.ProcessorCount, true, isBackground: true);

    public void Execute(LaneExecutor lane) => (Volatile.Read(ref _crew) ?? Start()).Add(lane);

    /// <summary>A dispatcher begins to use the threads.</summary>
    public void Enter(LaneExecutor lane)
    {
        lock (_lock)
        {
            _lanes.Add(lane);
        }
    }

    /// <summary>A dispatcher has no actors any more; after the last one the threads end.</summary>
    public void Leave(LaneExecutor lane)
    {
        Crew? crew;
        lock (_lock)
        {
            _lanes.Remove(lane);
            if (_lanes.Count > 0)
            {
                return;
            }

            crew = _crew;
            _crew = null;
        }

        crew?.Complete();
    }

    private Crew Start()
    {
        lock (_lock)
        {
            if (_crew is { } crew)
            {
                return crew;
            }

            crew = new Crew(this);
            Volatile.Write(ref _crew, crew);
            return crew;
        }
    }

    private int MostThreads()
    {
        if (!_isShared)
        {
            return _wanted;
        }

        lock (_lock)
        {
            return _wanted + _lanes.Sum(lane => lane.MostThreads);
        }
    }

    /// <summary>The threads between their start and their end, and what they are to do.</summary>
    private sealed class Crew(ActorThreads threads)
    {
        private const int PausesBetweenLooks = 10;
        private const int StuckAfterMs = 5;
        private const int QuietTicks = 2;
        private static readonly long LookTicks = Environment.ProcessorCount > 1 ? Stopwatch.Frequency / 50_000 : 0;

        private readonly ConcurrentQueue<LaneExecutor> _work = new();
        private readonly object _bed = new();
        private readonly object _watch = new();
        private readonly List<Member> _members = [];
        private int _awake;
        private int _sleeping;
        private int _stuck;
        private int _looking;
        private bool _hasWatch;
        private bool _watching;
        private bool _completed;

        public void Add(LaneExecutor lane)
        {
            _work.Enqueue(lane);
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _completed))
            {
                MoveOn();
            }
            else if (Volatile.Read(ref _looking) == 0)
            {
                if (Volatile.Read(ref _awake) < threads._wanted)
                {
                    WakeOne();
                }
                else
                {
                    Watch();
                }
            }
        }

        public void Complete()
        {
            lock (_bed)
            {
                Volatile.Write(ref _completed, true);
                _awake += _sleeping;
                _sleeping = 0;
                Monitor.PulseAll(_bed);
            }

            lock (_watch)
            {
                Monitor.PulseAll(_watch);
            }
        }

        private void Work(Member me)
        {
            do
            {
                while (_work.TryDequeue(out var lane))
                {
                    Volatile.Write(ref me.BusySinceMs, Environment.TickCount64);
                    lane.Run();
                    Volatile.Write(ref me.BusySinceMs, 0);
                    if (Volatile.Read(ref _awake) - Volatile.Read(ref _stuck) > threads._wanted)
                    {
                        Rest();
                    }
                }
            }
            while (Look() || Sleep());
        }

        /// <summary>Looks for work for a moment, unless another thread does.</summary>
        private bool Look() => Interlocked.CompareExchange(ref _looking, 1, 0) == 0 && LookAsTheOne();

        private bool LookAsTheOne()
        {
            var begun = Stopwatch.GetTimestamp();
            while (_work.IsEmpty && Stopwatch.GetTimestamp() - begun < LookTicks)
            {
                Thread.SpinWait(PausesBetweenLooks);
            }

            // From here on whoever adds work wakes somebody; what was added before is seen here.
            Interlocked.Exchange(ref _looking, 0);
            if (_work.IsEmpty)
            {
                return false;
            }

            if (_work.Count > 1 && Volatile.Read(ref _awake) < threads._wanted)
            {
                WakeOne();
            }

            return true;
        }

        /// <summary>Sleeps until there is work; false when there will be none.</summary>
        private bool Sleep()
        {
            lock (_bed)
            {
                if (_completed)
                {
                    return !_work.IsEmpty;
                }

                _sleeping++;
                Interlocked.Decrement(ref _awake);
                if (!_work.IsEmpty)
                {
                    _sleeping--;
                    Interlocked.Increment(ref _awake);
                    return true;
                }

                Monitor.Wait(_bed);
            }

            LookAsTheOne();
            return true;
        }

        /// <summary>One too many is awake: one that was stuck has come back.</summary>
        private void Rest()
        {
            Watch();
            lock (_bed)
            {
                if (_completed || _awake - _stuck <= threads._wanted)
                {
                    return;
                }

                _sleeping++;
                Interlocked.Decrement(ref _awake);
                Monitor.Wait(_bed);
            }

            LookAsTheOne();
        }

        /// <summary>Wakes a thread, or starts one, unless one is looking for work already.</summary>
        private void WakeOne()
        {
            while (Interlocked.CompareExchange(ref _looking, 1, 0) == 0)
            {
                lock (_bed)
                {
                    if (!_completed && TryRouse())
                    {
                        return;
                    }
                }

                // All are awake. One that went to sleep just now, while this thread seemed to look, is woken after all.
                Interlocked.Exchange(ref _looking, 0);
                if (_work.IsEmpty || Volatile.Read(ref _sleeping) == 0)
                {
                    return;
                }
            }
        }

        private bool TryRouse()
        {
            if (_sleeping > 0)
            {
                _sleeping--;
                Interlocked.Increment(ref _awake);
                Monitor.Pulse(_bed);
                return true;
            }

            if (_members.Count >= threads.MostThreads())
            {
                return false;
            }

            var member = new Member();
            _members.Add(member);
            Interlocked.Increment(ref _awake);
            Begin($"{threads._name}_{_members.Count}", () =>
            {
                LookAsTheOne();
                Work(member);
            });
            return true;
        }

        /// <summary>All that are wanted are awake. Should they be stuck, the watch notices.</summary>
        private void Watch()
        {
            if (!threads._isShared || Volatile.Read(ref _watching))
            {
                return;
            }

            lock (_watch)
            {
                if (_watching || _completed)
                {
                    return;
                }

                Volatile.Write(ref _watching, true);
                if (!_hasWatch)
                {
                    _hasWatch = true;
                    Begin($"{threads._name}_watch", KeepWatch);
                }

                Monitor.Pulse(_watch);
            }
        }

        private void KeepWatch()
        {
            var quiet = 0;
            while (!Volatile.Read(ref _completed))
            {
                lock (_watch)
                {
                    Monitor.Wait(_watch, _watching ? StuckAfterMs : Timeout.Infinite);
                }

                if (!_work.IsEmpty)
                {
                    quiet = 0;
                    CallForTheStuck();
                }
                else if (++quiet >= QuietTicks)
                {
                    quiet = 0;
                    Volatile.Write(ref _stuck, 0);
                    Interlocked.Exchange(ref _watching, false);
                    if (!_work.IsEmpty)
                    {
                        Volatile.Write(ref _watching, true);
                    }
                }
            }
        }

        private void CallForTheStuck()
        {
            var limitMs = Environment.TickCount64 - StuckAfterMs;
            var stuck = 0;
            lock (_bed)
            {
                foreach (var member in _members)
                {
                    var since = Volatile.Read(ref member.BusySinceMs);
                    if (since != 0 && since <= limitMs)
                    {
                        stuck++;
                    }
                }

                Volatile.Write(ref _stuck, stuck);
            }

            if (Volatile.Read(ref _awake) - stuck < threads._wanted)
            {
                WakeOne();
            }
        }

        /// <summary>Shut down in between: what no thread has taken goes to the next crew.</summary>
        private void MoveOn()
        {
            while (_work.TryDequeue(out var lane))
            {
                threads.Execute(lane);
            }
        }

        private void Begin(string name, ThreadStart work) =>
            new Thread(work) { Name = name, IsBackground = threads._isBackground }.Start();
    }

    /// <summary>One thread, as the watch sees it.</summary>
    private sealed class Member
    {
        /// <summary>Since when it runs what it runs, by the system's tick count; 0 while it runs nothing.</summary>
        public long BusySinceMs;
    }
}
