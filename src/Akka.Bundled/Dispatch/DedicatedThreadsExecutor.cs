using System.Collections.Concurrent;
using System.Diagnostics;

namespace Akka.Dispatch;

/// <summary>
/// Threads of their own, started with the first work. For actors that block: they cannot starve anyone else.
/// </summary>
internal sealed class DedicatedThreadsExecutor(string name, int threadCount, bool isBackground) : Executor
{
    private readonly Lock _lock = new();
    private WorkQueue? _queue;

    public override bool OwnsThreads => true;

    public override void Execute(IRunnable run) => (Volatile.Read(ref _queue) ?? Start()).Add(run);

    public override void Shutdown()
    {
        lock (_lock)
        {
            var queue = _queue;
            _queue = null;
            queue?.Complete();
        }
    }

    private WorkQueue Start()
    {
        lock (_lock)
        {
            if (_queue is { } running)
            {
                return running;
            }

            var queue = new WorkQueue(this);
            for (var i = 0; i < threadCount; i++)
            {
                new Thread(queue.Work) { Name = $"{name}_{i}", IsBackground = isBackground }.Start();
            }

            Volatile.Write(ref _queue, queue);
            return queue;
        }
    }

    /// <summary>
    /// What the threads are to do. A thread that finds nothing looks on for a moment before it sleeps, for waking one costs
    /// many times what an actor's turn does. At most one looks, and whoever is being woken counts as that one: it wakes the
    /// next where it finds more than it can take.
    /// </summary>
    private sealed class WorkQueue(DedicatedThreadsExecutor executor)
    {
        private const int PausesBetweenLooks = 10;
        private static readonly long LookTicks = Environment.ProcessorCount > 1 ? Stopwatch.Frequency / 50_000 : 0;

        private readonly ConcurrentQueue<IRunnable> _work = new();
        private readonly object _bed = new();
        private int _looking;
        private int _sleeping;
        private bool _completed;

        public void Add(IRunnable run)
        {
            _work.Enqueue(run);
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _completed))
            {
                MoveOn();
            }
            else
            {
                WakeOne();
            }
        }

        public void Complete()
        {
            lock (_bed)
            {
                Volatile.Write(ref _completed, true);
                _sleeping = 0;
                Monitor.PulseAll(_bed);
            }
        }

        public void Work()
        {
            do
            {
                while (_work.TryDequeue(out var run))
                {
                    run.Run();
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

            if (_work.Count > 1)
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

                Interlocked.Increment(ref _sleeping);
                if (!_work.IsEmpty)
                {
                    Interlocked.Decrement(ref _sleeping);
                    return true;
                }

                Monitor.Wait(_bed);
            }

            LookAsTheOne();
            return true;
        }

        /// <summary>Wakes a thread if one sleeps and nobody is looking.</summary>
        private void WakeOne()
        {
            while (Volatile.Read(ref _sleeping) > 0 && Interlocked.CompareExchange(ref _looking, 1, 0) == 0)
            {
                lock (_bed)
                {
                    if (_sleeping > 0)
                    {
                        _sleeping--;
                        Monitor.Pulse(_bed);
                        return;
                    }
                }

                // All are awake. One that went to sleep just now, while this thread seemed to look, is woken after all.
                Interlocked.Exchange(ref _looking, 0);
                if (_work.IsEmpty)
                {
                    return;
                }
            }
        }

        /// <summary>Shut down in between: what no thread has taken goes to the threads of the next queue.</summary>
        private void MoveOn()
        {
            while (_work.TryDequeue(out var run))
            {
                executor.Execute(run);
            }
        }
    }
}
