namespace Akka.TestKit.Extensions;

/// <summary>Bounds for the tasks that a test awaits.</summary>
public static class TaskExtensions
{
    /// <summary>Whether the task ends in time; a task that fails in time throws what it failed with.</summary>
    public static async Task<bool> AwaitWithTimeout(this Task parentTask, TimeSpan timeout,
        CancellationToken cancellationToken = default)
    {
        try
        {
            await parentTask.WaitAsync(timeout, cancellationToken);
            return true;
        }
        catch (TimeoutException) when (!parentTask.IsCompleted)
        {
            return false;
        }
        catch (OperationCanceledException) when (!parentTask.IsCompleted)
        {
            return false;
        }
    }

    /// <summary>The task's result.</summary>
    /// <exception cref="TaskCanceledException">It did not end in time.</exception>
    public static async Task<T> WithTimeout<T>(this Task<T> parentTask, TimeSpan timeout,
        CancellationToken cancellationToken = default) =>
        await parentTask.AwaitWithTimeout(timeout, cancellationToken)
            ? await parentTask
            : throw new TaskCanceledException($"The task did not end within {timeout}.");

    /// <summary>Fails when the task does not end in time.</summary>
    public static async Task ShouldCompleteWithin(this Task task, TimeSpan timeout, string because = "",
        params object[] becauseArgs)
    {
        if (!await task.AwaitWithTimeout(timeout))
            throw new TimeoutException($"The task did not end within {timeout}. {Because(because, becauseArgs)}");
    }

    /// <summary>The task's result; fails when it does not end in time.</summary>
    public static async Task<T> ShouldCompleteWithin<T>(this Task<T> task, TimeSpan timeout, string because = "",
        params object[] becauseArgs)
    {
        await ((Task)task).ShouldCompleteWithin(timeout, because, becauseArgs);
        return await task;
    }

    /// <summary>
    /// The exception of the type that the task fails with; fails when it does otherwise, or not in time.
    /// </summary>
    public static async Task<T> ShouldThrowWithin<T>(this Task task, TimeSpan timeout, string because = "",
        params object[] becauseArgs) where T : Exception
    {
        try
        {
            await task.ShouldCompleteWithin(timeout, because, becauseArgs);
        }
        catch (T expected) when (task.IsCompleted)
        {
            return expected;
        }

        throw new InvalidOperationException($"The task did not throw {typeof(T)}. {Because(because, becauseArgs)}");
    }

    private static string Because(string because, object[] args) =>
        args.Length == 0 ? because : string.Format(null, because, args);
}
