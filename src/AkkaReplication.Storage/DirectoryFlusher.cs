using AkkaReplication.Logs;

namespace AkkaReplication.Storage;

/// <summary>
/// Runs the flushes of one data directory in rounds, as <see cref="FlushScheduler{TLog}"/> says, on the scheduler it is
/// given, and completes those who asked. A log whose flush fails has failed; the others of its round go on.
/// </summary>
internal sealed class DirectoryFlusher(TaskScheduler scheduler)
{
    private readonly Lock _lock = new();
    private readonly FlushScheduler<PartitionLog> _rounds = new();
    private Dictionary<PartitionLog, TaskCompletionSource<long>> _waiting = [];

    /// <summary>Complete once everything that is written to the log now has been flushed; the result is the flushed end.</summary>
    public Task<long> FlushAsync(PartitionLog log)
    {
        Task<long> completion;
        lock (_lock)
        {
            _rounds.Request(log);
            if (!_waiting.TryGetValue(log, out var waiting))
            {
                waiting = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Add(log, waiting);
            }

            completion = waiting.Task;
        }

        StartRound();
        return completion;
    }

    /// <summary>As <see cref="FlushAsync"/>, where nobody waits: a failure shows at the log's next operation.</summary>
    public void RequestInBackground(PartitionLog log) => _ = FlushAsync(log).ContinueWith(
        static flush => _ = flush.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private void StartRound()
    {
        FlushRound<PartitionLog>? round;
        Dictionary<PartitionLog, TaskCompletionSource<long>> waiting;
        lock (_lock)
        {
            round = _rounds.TryStart();
            if (round is null)
                return;
            (waiting, _waiting) = (_waiting, []);
        }

        _ = Task.Factory.StartNew(
            () => Run(round, waiting),
            CancellationToken.None,
            TaskCreationOptions.DenyChildAttach,
            scheduler);
    }

    private void Run(FlushRound<PartitionLog> round, Dictionary<PartitionLog, TaskCompletionSource<long>> waiting)
    {
        foreach (var log in round.Logs)
        {
            try
            {
                waiting[log].SetResult(log.FlushNow());
            }
            catch (StorageException e)
            {
                waiting[log].SetException(e);
            }
            catch (Exception e)
            {
                // Whatever it is, whoever waits must hear of it.
                waiting[log].SetException(new StorageException($"{log.Name}: flush failed: {e.Message}", e));
            }
        }

        lock (_lock)
            _rounds.Completed(round.Number);
        StartRound();
    }
}
