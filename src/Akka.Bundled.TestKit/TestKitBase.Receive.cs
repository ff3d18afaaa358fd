using System.Collections;
using System.Runtime.CompilerServices;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>The next message, or null when none comes.</summary>
    /// <param name="max">How long to wait; the default expectation time, neither dilated nor cut by Within, when not
    /// given.</param>
    /// <param name="cancellationToken">Ends the waiting early, by exception.</param>
    public object? ReceiveOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        Completed(Next(async: false, remove: true, max, cancellationToken))?.Message;

    /// <inheritdoc cref="ReceiveOne" />
    public async ValueTask<object?> ReceiveOneAsync(TimeSpan? max = null,
        CancellationToken cancellationToken = default) =>
        (await Next(async: true, remove: true, max, cancellationToken))?.Message;

    /// <summary>Takes the next message with its sender; false when none comes.</summary>
    /// <inheritdoc cref="ReceiveOne" path="/param" />
    public bool TryReceiveOne(out MessageEnvelope envelope, TimeSpan? max = null,
        CancellationToken cancellationToken = default) =>
        Found(Completed(Next(async: false, remove: true, max, cancellationToken)), out envelope);

    /// <inheritdoc cref="TryReceiveOne" />
    public async ValueTask<(bool success, MessageEnvelope envelope)> TryReceiveOneAsync(TimeSpan? max,
        CancellationToken cancellationToken = default) =>
        Found(await Next(async: true, remove: true, max, cancellationToken));

    /// <summary>The next message, which stays the next, or null when none comes.</summary>
    /// <inheritdoc cref="ReceiveOne" path="/param" />
    public object? PeekOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        Completed(Next(async: false, remove: false, max, cancellationToken))?.Message;

    /// <summary>The next message, which stays the next, however long it takes to come.</summary>
    public object? PeekOne(CancellationToken cancellationToken) => PeekOne(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc cref="PeekOne(TimeSpan?, CancellationToken)" />
    public async ValueTask<object?> PeekOneAsync(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        (await Next(async: true, remove: false, max, cancellationToken))?.Message;

    /// <inheritdoc cref="PeekOne(CancellationToken)" />
    public ValueTask<object?> PeekOneAsync(CancellationToken cancellationToken) =>
        PeekOneAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Looks at the next message and its sender; false when none comes.</summary>
    /// <inheritdoc cref="ReceiveOne" path="/param" />
    public bool TryPeekOne(out MessageEnvelope envelope, TimeSpan? max, CancellationToken cancellationToken) =>
        Found(Completed(Next(async: false, remove: false, max, cancellationToken)), out envelope);

    /// <inheritdoc cref="TryPeekOne" />
    public async ValueTask<(bool success, MessageEnvelope envelope)> TryPeekOneAsync(TimeSpan? max,
        CancellationToken cancellationToken) =>
        Found(await Next(async: true, remove: false, max, cancellationToken));

    /// <summary>Drops messages until <paramref name="isMessage"/> holds for one; fails when the time is over.</summary>
    /// <param name="isMessage">What to fish for.</param>
    /// <param name="max">The time for all of them, dilated; what is left of Within, or the default, when not
    /// given.</param>
    /// <param name="hint">Added to the failure.</param>
    /// <param name="cancellationToken">Ends the waiting early, by exception.</param>
    public object FishForMessage(Predicate<object> isMessage, TimeSpan? max = null, string hint = "",
        CancellationToken cancellationToken = default) =>
        FishForMessage<object>(isMessage, max, hint, cancellationToken);

    /// <inheritdoc cref="FishForMessage" />
    public T FishForMessage<T>(Predicate<T> isMessage, TimeSpan? max = null, string hint = "",
        CancellationToken cancellationToken = default) =>
        Completed(Fish(async: false, isMessage, null, max, hint, cancellationToken));

    /// <inheritdoc cref="FishForMessage" />
    public T FishForMessage<T>(Predicate<T> isMessage, ArrayList allMessages, TimeSpan? max = null, string hint = "",
        CancellationToken cancellationToken = default) =>
        Completed(Fish(async: false, isMessage, allMessages, max, hint, cancellationToken));

    /// <inheritdoc cref="FishForMessage" />
    public ValueTask<object> FishForMessageAsync(Predicate<object> isMessage, TimeSpan? max = null, string hint = "",
        CancellationToken cancellationToken = default) =>
        FishForMessageAsync<object>(isMessage, max, hint, cancellationToken);

    /// <inheritdoc cref="FishForMessage" />
    public ValueTask<T> FishForMessageAsync<T>(Predicate<T> isMessage, TimeSpan? max = null, string hint = "",
        CancellationToken cancellationToken = default) =>
        Fish(async: true, isMessage, null, max, hint, cancellationToken);

    /// <inheritdoc cref="FishForMessage" />
    public ValueTask<T> FishForMessageAsync<T>(Predicate<T> isMessage, ArrayList allMessages, TimeSpan? max = null,
        string hint = "", CancellationToken cancellationToken = default) =>
        Fish(async: true, isMessage, allMessages, max, hint, cancellationToken);

    /// <summary>The next <paramref name="numberOfMessages"/>; fails when they do not come in time.</summary>
    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, CancellationToken cancellationToken = default) =>
        Drain(Receive(async: false, numberOfMessages, RemainingOrDefault, cancellationToken));

    /// <summary>The next <paramref name="numberOfMessages"/>, all within <paramref name="max"/> dilated.</summary>
    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, TimeSpan max,
        CancellationToken cancellationToken = default) =>
        Drain(Receive(async: false, numberOfMessages, Dilated(max), cancellationToken));

    /// <inheritdoc cref="ReceiveN(int, CancellationToken)" />
    public IAsyncEnumerable<object> ReceiveNAsync(int numberOfMessages,
        CancellationToken cancellationToken = default) =>
        Receive(async: true, numberOfMessages, RemainingOrDefault, cancellationToken);

    /// <inheritdoc cref="ReceiveN(int, TimeSpan, CancellationToken)" />
    public IAsyncEnumerable<object> ReceiveNAsync(int numberOfMessages, TimeSpan max,
        CancellationToken cancellationToken = default) =>
        Receive(async: true, numberOfMessages, Dilated(max), cancellationToken);

    /// <inheritdoc cref="ReceiveWhile{T}(Func{object, T}, TimeSpan?, TimeSpan?, int, CancellationToken)" />
    public IReadOnlyList<T> ReceiveWhile<T>(TimeSpan? max, Func<object, T> filter, int msgs = int.MaxValue,
        CancellationToken cancellationToken = default) =>
        ReceiveWhile(filter, max, null, msgs, cancellationToken);

    /// <inheritdoc cref="ReceiveWhile{T}(Func{object, T}, TimeSpan?, TimeSpan?, int, CancellationToken)" />
    public IReadOnlyList<T> ReceiveWhile<T>(TimeSpan? max, TimeSpan? idle, Func<object, T> filter,
        int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        ReceiveWhile(filter, max, idle, msgs, cancellationToken);

    /// <summary>
    /// Takes messages as long as <paramref name="filter"/> makes something of them; the first other one stays.
    /// </summary>
    /// <param name="filter">Null for a message that ends it.</param>
    /// <param name="max">The time for all, dilated; what is left of Within, or the default, when not given.</param>
    /// <param name="idle">The time between two, unlimited when not given.</param>
    /// <param name="msgs">How many at most.</param>
    /// <param name="cancellationToken">Ends the waiting early, by exception.</param>
    public IReadOnlyList<T> ReceiveWhile<T>(Func<object, T> filter, TimeSpan? max = null, TimeSpan? idle = null,
        int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        Drain(Receive(async: false, filter, max, idle, msgs, cancellationToken));

    /// <summary>
    /// Takes messages of a type as long as <paramref name="shouldContinue"/> holds; the first other one stays.
    /// </summary>
    /// <param name="shouldContinue">Whether the message is taken.</param>
    /// <param name="max">The time for all, dilated; what is left of Within, or the default, when not given.</param>
    /// <param name="idle">The time between two, unlimited when not given.</param>
    /// <param name="msgs">How many at most.</param>
    /// <param name="shouldIgnoreOtherMessageTypes">Whether messages of other types are dropped, or end it.</param>
    /// <param name="cancellationToken">Ends the waiting early, by exception.</param>
    public IReadOnlyList<T> ReceiveWhile<T>(Predicate<T> shouldContinue, TimeSpan? max = null, TimeSpan? idle = null,
        int msgs = int.MaxValue, bool shouldIgnoreOtherMessageTypes = true,
        CancellationToken cancellationToken = default) =>
        Drain(Receive(async: false, shouldContinue, max, idle, msgs, shouldIgnoreOtherMessageTypes, cancellationToken));

    /// <inheritdoc cref="ReceiveWhile{T}(Func{object, T}, TimeSpan?, TimeSpan?, int, CancellationToken)" />
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(TimeSpan? max, Func<object, T> filter, int msgs = int.MaxValue,
        CancellationToken cancellationToken = default) =>
        ReceiveWhileAsync(filter, max, null, msgs, cancellationToken);

    /// <inheritdoc cref="ReceiveWhile{T}(Func{object, T}, TimeSpan?, TimeSpan?, int, CancellationToken)" />
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(TimeSpan? max, TimeSpan? idle, Func<object, T> filter,
        int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        ReceiveWhileAsync(filter, max, idle, msgs, cancellationToken);

    /// <inheritdoc cref="ReceiveWhile{T}(Func{object, T}, TimeSpan?, TimeSpan?, int, CancellationToken)" />
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(Func<object, T> filter, TimeSpan? max = null,
        TimeSpan? idle = null, int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        Receive(async: true, filter, max, idle, msgs, cancellationToken);

    /// <inheritdoc cref="ReceiveWhile{T}(Predicate{T}, TimeSpan?, TimeSpan?, int, bool, CancellationToken)" />
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(Predicate<T> shouldContinue, TimeSpan? max = null,
        TimeSpan? idle = null, int msgs = int.MaxValue, bool shouldIgnoreOtherMessageTypes = true,
        CancellationToken cancellationToken = default) =>
        Receive(async: true, shouldContinue, max, idle, msgs, shouldIgnoreOtherMessageTypes, cancellationToken);

    private async ValueTask<MessageEnvelope?> Next(bool async, bool remove, TimeSpan? max,
        CancellationToken cancellation)
    {
        var wait = max ?? TestKitSettings.SingleExpectDefault;
        var envelope = await _queue.Next(async, remove, wait, cancellation);
        _lastWasNoMsg = false;
        _lastMessage = envelope ?? NullMessageEnvelope.Instance;
        return envelope;
    }

    private async ValueTask<T> Fish<T>(bool async, Predicate<T> isMessage, ArrayList? passed, TimeSpan? max,
        string hint, CancellationToken cancellation)
    {
        var wait = RemainingOrDilated(max);
        var end = Now + wait;
        passed?.Clear();
        while (true)
        {
            var envelope = await Next(async, remove: true, Max(TimeSpan.Zero, end - Now), cancellation);
            if (envelope is null) Fail("Timeout ({0}) during fishForMessage. {1}", wait, hint);
            if (envelope!.Message is T typed && isMessage(typed)) return typed;
            passed?.Add(envelope.Message);
        }
    }

    private async IAsyncEnumerable<object> Receive(bool async, int count, TimeSpan max,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var end = Now + max;
        for (var received = 0; received < count; received++)
        {
            var envelope = await Next(async, remove: true, Max(TimeSpan.Zero, end - Now), cancellation);
            if (envelope is null)
                Fail("Timeout ({0}) while expecting {1} messages. Only got {2} after {3}.", max, count, received,
                    Now - end + max);
            yield return envelope!.Message;
        }
    }

    private async IAsyncEnumerable<T> Receive<T>(bool async, Func<object, T> filter, TimeSpan? max, TimeSpan? idle,
        int count, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var end = Now + RemainingOrDilated(max);
        var last = _lastMessage;
        for (var received = 0; received < count; received++)
        {
            if (await NextWithin(async, end, idle, cancellation) is not { } envelope) break;
            if (filter(envelope.Message) is not { } result) break;
            last = (await Next(async, remove: true, TimeSpan.Zero, cancellation))!;
            yield return result;
        }

        _lastMessage = last;
        _lastWasNoMsg = true;
    }

    private async IAsyncEnumerable<T> Receive<T>(bool async, Predicate<T> shouldContinue, TimeSpan? max,
        TimeSpan? idle, int count, bool ignoreOtherTypes, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var end = Now + RemainingOrDilated(max);
        var last = _lastMessage;
        var received = 0;
        while (received < count)
        {
            if (await NextWithin(async, end, idle, cancellation) is not { } envelope) break;
            var accepted = envelope.Message is T typed && shouldContinue(typed);
            if (!accepted && (envelope.Message is T || !ignoreOtherTypes)) break;
            last = (await Next(async, remove: true, TimeSpan.Zero, cancellation))!;
            if (!accepted) continue;
            received++;
            yield return (T)envelope.Message;
        }

        _lastMessage = last;
        _lastWasNoMsg = true;
    }

    private ValueTask<MessageEnvelope?> NextWithin(bool async, TimeSpan end, TimeSpan? idle,
        CancellationToken cancellation)
    {
        var left = Max(TimeSpan.Zero, end - Now);
        if (idle is { } gap && gap != Timeout.InfiniteTimeSpan) left = Min(left, gap);
        return Next(async, remove: false, left, cancellation);
    }

    private static bool Found(MessageEnvelope? found, out MessageEnvelope envelope)
    {
        envelope = found ?? NullMessageEnvelope.Instance;
        return found is not null;
    }

    private static (bool Success, MessageEnvelope Envelope) Found(MessageEnvelope? found) =>
        (found is not null, found ?? NullMessageEnvelope.Instance);

    /// <summary>All elements of an enumeration that never suspends.</summary>
    private static List<T> Drain<T>(IAsyncEnumerable<T> source)
    {
        var elements = new List<T>();
        var enumerator = source.GetAsyncEnumerator();
        while (Completed(enumerator.MoveNextAsync())) elements.Add(enumerator.Current);
        return elements;
    }
}
