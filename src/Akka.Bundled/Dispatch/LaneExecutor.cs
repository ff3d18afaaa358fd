using System.Collections.Concurrent;

namespace Akka.Dispatch;

/// <summary>
/// A dispatcher's part of <see cref="ActorThreads"/>: it occupies at most so many of them at a time. For actors that block:
/// they cannot starve anyone else.
/// </summary>
internal sealed class LaneExecutor(ActorThreads threads, int mostThreads) : Executor
{
    private const int RunsInARow = 8;

    private readonly ConcurrentQueue<IRunnable> _work = new();
    private int _occupied;
    private int _entered;

    public override bool OwnsThreads => true;

    public int MostThreads => mostThreads;

    public override void Execute(IRunnable run)
    {
        if (Volatile.Read(ref _entered) == 0 && Interlocked.Exchange(ref _entered, 1) == 0)
        {
            threads.Enter(this);
        }

        _work.Enqueue(run);
        Interlocked.MemoryBarrier();
        Occupy();
    }

    public override void Shutdown()
    {
        if (Interlocked.Exchange(ref _entered, 0) != 0)
        {
            threads.Leave(this);
        }
    }

    /// <summary>On one of the threads.</summary>
    public void Run()
    {
        for (var i = 0; i < RunsInARow && _work.TryDequeue(out var run); i++)
        {
            run.Run();
        }

        if (!_work.IsEmpty)
        {
            // Behind the others who wait for a thread.
            threads.Execute(this);
            return;
        }

        Interlocked.Decrement(ref _occupied);
        if (!_work.IsEmpty)
        {
            Occupy();
        }
    }

    private void Occupy()
    {
        while (Volatile.Read(ref _occupied) is var occupied && occupied < mostThreads)
        {
            if (Interlocked.CompareExchange(ref _occupied, occupied + 1, occupied) == occupied)
            {
                threads.Execute(this);
                return;
            }
        }
    }
}
