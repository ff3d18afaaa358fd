using AkkaReplication.Compaction;
using AkkaReplication.Logs;

namespace AkkaReplication.Storage.Cleaning;

/// <summary>
/// Compacts the logs of one data directory, one after another and step by step: the one that is overdue or has most to gain
/// comes first. One step at a time.
/// </summary>
internal sealed class LogCleaner(DataDirectory directory, long dedupeBufferBytes) : IDisposable
{
    private readonly HashSet<TopicPartition> _skipped = [];
    private LogCleaning? _current;

    /// <summary>Does a small piece of what is to be done.</summary>
    /// <param name="stableEndOf">What of a partition is committed; null where its log is to be left alone.</param>
    /// <param name="maxBytes">About how many bytes the step may read.</param>
    public CleaningStep Step(Func<TopicIdPartition, StableEnd?> stableEndOf, int maxBytes)
    {
        try
        {
            _current ??= Choose(stableEndOf, maxBytes);
            if (_current is null)
            {
                _skipped.Clear();
                return new CleaningStep(0, HasMore: false);
            }

            if (_current.TryDoPiece() is { } bytes)
                return new CleaningStep(bytes, HasMore: true);

            var done = _current.Result;
            Forget();
            directory.CheckpointCleanedEnds();
            return new CleaningStep(0, HasMore: true) { Cleaned = done };
        }
        catch (CleaningAbortedException e)
        {
            return Skip(e.Problem);
        }
        catch (StorageException e)
        {
            return Skip(e.Message);
        }
    }

    public void Dispose() => Forget();

    private CleaningStep Skip(string? problem)
    {
        if (_current is { } current)
            _skipped.Add(current.Log.Name);
        Forget();
        return new CleaningStep(0, HasMore: true) { Problem = problem };
    }

    private LogCleaning? Choose(Func<TopicIdPartition, StableEnd?> stableEndOf, int chunkBytes)
    {
        PartitionLog? best = null;
        CompactionPlan bestPlan = default;
        long bestGeneration = 0;
        var nowMs = directory.NowMs();
        foreach (var log in directory.InOrder())
        {
            if (!log.Settings.IsCompacted || _skipped.Contains(log.Name) || stableEndOf(log.Id) is not { } stableEnd)
                continue;
            if (stableEnd.View is LogView view
                && view.IsOf(log)
                && log.PlanCompaction(stableEnd.Offset, nowMs) is { } plan
                && (best is null || plan.Precedes(bestPlan)))
            {
                (best, bestPlan, bestGeneration) = (log, plan, view.TruncationGeneration);
            }
        }

        return best is null ? null : new LogCleaning(best, bestPlan, bestGeneration, dedupeBufferBytes, chunkBytes, nowMs);
    }

    private void Forget()
    {
        _current?.Dispose();
        _current = null;
    }
}
