using System.Runtime.CompilerServices;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>Expects the next message to be one of <paramref name="messages"/>.</summary>
    public T ExpectMsgAnyOf<T>(IEnumerable<T> messages, CancellationToken cancellationToken = default) =>
        Completed(ExpectAny(async: false, messages, cancellationToken));

    /// <inheritdoc cref="ExpectMsgAnyOf" />
    public ValueTask<T> ExpectMsgAnyOfAsync<T>(IEnumerable<T> messages,
        CancellationToken cancellationToken = default) =>
        ExpectAny(async: true, messages, cancellationToken);

    /// <summary>Expects as many messages as given, and exactly these, in any order.</summary>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(params T[] messages) =>
        ExpectMsgAllOf((IReadOnlyCollection<T>)messages);

    /// <inheritdoc cref="ExpectMsgAllOf{T}(T[])" />
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(IReadOnlyCollection<T> messages,
        CancellationToken cancellationToken = default) =>
        Drain(ExpectAll(async: false, RemainingOrDefault, messages, cancellationToken));

    /// <summary>As above, all within <paramref name="max"/> dilated.</summary>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(TimeSpan max, params T[] messages) =>
        ExpectMsgAllOf(max, (IReadOnlyCollection<T>)messages);

    /// <summary>As above, all within <paramref name="max"/> dilated.</summary>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(TimeSpan max, IReadOnlyCollection<T> messages,
        CancellationToken cancellationToken = default) =>
        Drain(ExpectAll(async: false, Dilated(max), messages, cancellationToken));

    /// <inheritdoc cref="ExpectMsgAllOf{T}(T[])" />
    public IAsyncEnumerable<T> ExpectMsgAllOfAsync<T>(IReadOnlyCollection<T> messages,
        CancellationToken cancellationToken = default) =>
        ExpectAll(async: true, RemainingOrDefault, messages, cancellationToken);

    /// <inheritdoc cref="ExpectMsgAllOf{T}(TimeSpan, IReadOnlyCollection{T}, CancellationToken)" />
    public IAsyncEnumerable<T> ExpectMsgAllOfAsync<T>(TimeSpan max, IReadOnlyCollection<T> messages,
        CancellationToken cancellationToken = default) =>
        ExpectAll(async: true, Dilated(max), messages, cancellationToken);

    private async ValueTask<T> ExpectAny<T>(bool async, IEnumerable<T> messages, CancellationToken cancellation)
    {
        var wait = RemainingOrDefault;
        var envelope = await Next(async, remove: true, wait, cancellation);
        if (envelope is null) Fail("Timeout {0} during waiting for ExpectMsgAnyOf [{1}]", wait, Joined(messages));
        if (envelope!.Message is T typed && messages.Contains(typed)) return typed;
        Fail("ExpectMsgAnyOf found unexpected {0}, not one of [{1}]", envelope.Message, Joined(messages));
        return default!;
    }

    private async IAsyncEnumerable<T> ExpectAll<T>(bool async, TimeSpan max, IReadOnlyCollection<T> messages,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var missing = messages.ToList();
        var unexpected = new List<object>();
        await foreach (var message in Receive(async, messages.Count, max, cancellation))
        {
            if (message is T typed && missing.Remove(typed))
                yield return typed;
            else
                unexpected.Add(message);
        }

        if (missing.Count > 0 || unexpected.Count > 0)
            Fail("not found [{0}], found unexpected [{1}]", Joined(missing), Joined(unexpected));
    }

    private static string Joined<T>(IEnumerable<T> values) => string.Join(", ", values);
}
