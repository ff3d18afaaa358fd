using System.Diagnostics;

namespace Akka.TestKit.Internal;

/// <summary>
/// Owns the messages that a test actor has received and its test has not yet taken; it must never lose or reorder one,
/// and must never make the actor that adds one wait.
/// </summary>
internal sealed class TestQueue
{
    private readonly object _gate = new();
    private readonly Queue<MessageEnvelope> _messages = new();
    private TaskCompletionSource? _arrival;

    public int Count
    {
        get
        {
            lock (_gate)
                return _messages.Count;
        }
    }

    public void Add(MessageEnvelope message)
    {
        TaskCompletionSource? arrival;
        lock (_gate)
        {
            _messages.Enqueue(message);
            Monitor.PulseAll(_gate);
            arrival = _arrival;
            _arrival = null;
        }

        arrival?.TrySetResult();
    }

    /// <summary>The oldest message, waiting for it at most <paramref name="timeout"/>; null when none came.</summary>
    /// <param name="async">Without it the returned task is always complete: the calling thread did the waiting.</param>
    /// <param name="remove">Whether the message leaves the queue.</param>
    public ValueTask<MessageEnvelope?> Next(bool async, bool remove, TimeSpan timeout,
        CancellationToken cancellation) =>
        async
            ? NextAsync(remove, timeout, cancellation)
            : new ValueTask<MessageEnvelope?>(NextBlocking(remove, timeout, cancellation));

    private async ValueTask<MessageEnvelope?> NextAsync(bool remove, TimeSpan timeout, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            Task arrived;
            lock (_gate)
            {
                if (TryNext(remove) is { } message) return message;
                _arrival ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                arrived = _arrival.Task;
            }

            var left = Left(timeout, start);
            if (left == TimeSpan.Zero) return null;
            await arrived.WaitAsync(left, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private MessageEnvelope? NextBlocking(bool remove, TimeSpan timeout, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        using var wakeOnCancel = cancellation.Register(Wake);
        lock (_gate)
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (TryNext(remove) is { } message) return message;
                var left = Left(timeout, start);
                if (left == TimeSpan.Zero) return null;
                Monitor.Wait(_gate, left);
            }
        }
    }

    private MessageEnvelope? TryNext(bool remove)
    {
        if (_messages.Count == 0) return null;
        return remove ? _messages.Dequeue() : _messages.Peek();
    }

    private void Wake()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    private static TimeSpan Left(TimeSpan timeout, long start)
    {
        if (timeout == Timeout.InfiniteTimeSpan) return timeout;
        var left = timeout - Stopwatch.GetElapsedTime(start);
        // Waits count whole milliseconds: less than one would spin.
        if (left <= TimeSpan.Zero) return TimeSpan.Zero;
        return left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left;
    }
}
