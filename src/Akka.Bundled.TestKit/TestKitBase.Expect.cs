using Akka.Actor;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>Expects the next message to be a <typeparamref name="T"/>.</summary>
    /// <param name="duration">How long to wait, dilated; what is left of Within, or the default, when not
    /// given.</param>
    /// <param name="hint">Added to the failure.</param>
    /// <param name="cancellationToken">Ends the waiting early, by exception.</param>
    /// <returns>The message.</returns>
    public T ExpectMsg<T>(TimeSpan? duration = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Completed(Expect<T>(async: false, duration, null, hint, cancellationToken));

    /// <summary>Expects the next message to equal <paramref name="message"/>.</summary>
    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string, CancellationToken)" path="/param" />
    public T ExpectMsg<T>(T message, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Completed(Expect(async: false, timeout, Equal(message), hint, cancellationToken));

    /// <summary>Expects the next message to be a <typeparamref name="T"/> for which the predicate holds.</summary>
    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string, CancellationToken)" path="/param" />
    public T ExpectMsg<T>(Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Completed(Expect(async: false, timeout, Holds(isMessage, hint), hint, cancellationToken));

    /// <summary>
    /// Expects the next message to be a <typeparamref name="T"/> that passes <paramref name="assert"/>.
    /// </summary>
    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string, CancellationToken)" path="/param" />
    public T ExpectMsg<T>(Action<T> assert, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Completed(Expect<T>(async: false, timeout, (message, _) => assert(message), hint, cancellationToken));

    /// <summary>Expects a message and sender for which the predicate holds.</summary>
    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string, CancellationToken)" path="/param" />
    public T ExpectMsg<T>(Func<T, IActorRef, bool> isMessageAndSender, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Completed(Expect(async: false, timeout, Holds(isMessageAndSender, hint), hint, cancellationToken));

    /// <summary>Expects a message and sender that pass the assertion.</summary>
    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string, CancellationToken)" path="/param" />
    public T ExpectMsg<T>(Action<T, IActorRef> assertMessageAndSender, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Completed(Expect(async: false, timeout, assertMessageAndSender, hint, cancellationToken));

    /// <summary>Expects the next message to be <paramref name="expected"/> by <paramref name="comparer"/>.</summary>
    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string, CancellationToken)" path="/param" />
    public T ExpectMsg<T>(T expected, Func<T, T, bool> comparer, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Completed(Expect(async: false, timeout, Equal(expected, comparer, hint), hint, cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgAsync<T>(TimeSpan? duration = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Expect<T>(async: true, duration, null, hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsg{T}(T, TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgAsync<T>(T message, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Expect(async: true, timeout, Equal(message), hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsg{T}(Predicate{T}, TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgAsync<T>(Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Expect(async: true, timeout, Holds(isMessage, hint), hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsg{T}(Action{T}, TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgAsync<T>(Action<T> assert, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Expect<T>(async: true, timeout, (message, _) => assert(message), hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsg{T}(Func{T, IActorRef, bool}, TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgAsync<T>(Func<T, IActorRef, bool> isMessageAndSender, TimeSpan? timeout = null,
        string? hint = null, CancellationToken cancellationToken = default) =>
        Expect(async: true, timeout, Holds(isMessageAndSender, hint), hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsg{T}(Action{T, IActorRef}, TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgAsync<T>(Action<T, IActorRef> assertMessageAndSender, TimeSpan? timeout = null,
        string? hint = null, CancellationToken cancellationToken = default) =>
        Expect(async: true, timeout, assertMessageAndSender, hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsg{T}(T, Func{T, T, bool}, TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgAsync<T>(T expected, Func<T, T, bool> comparer, TimeSpan? timeout = null,
        string? hint = null, CancellationToken cancellationToken = default) =>
        Expect(async: true, timeout, Equal(expected, comparer, hint), hint, cancellationToken);

    /// <summary>Expects the next message to say that <paramref name="target"/> terminated.</summary>
    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string, CancellationToken)" path="/param" />
    public Terminated ExpectTerminated(IActorRef target, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Completed(Expect(async: false, timeout, IsDeathOf(target), hint, cancellationToken));

    /// <inheritdoc cref="ExpectTerminated" />
    public ValueTask<Terminated> ExpectTerminatedAsync(IActorRef target, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Expect(async: true, timeout, IsDeathOf(target), hint, cancellationToken);

    /// <summary>Expects that no message comes in the default time, or in what is left of Within.</summary>
    public void ExpectNoMsg(CancellationToken cancellationToken = default) =>
        Completed(ExpectSilence(async: false, RemainingOrDefault, cancellationToken));

    /// <summary>Expects that no message comes in <paramref name="duration"/>, dilated.</summary>
    public void ExpectNoMsg(TimeSpan duration, CancellationToken cancellationToken = default) =>
        Completed(ExpectSilence(async: false, Dilated(duration), cancellationToken));

    /// <summary>Expects that no message comes in <paramref name="milliseconds"/>, not dilated.</summary>
    public void ExpectNoMsg(int milliseconds, CancellationToken cancellationToken = default) =>
        Completed(ExpectSilence(async: false, TimeSpan.FromMilliseconds(milliseconds), cancellationToken));

    /// <inheritdoc cref="ExpectNoMsg(CancellationToken)" />
    public async ValueTask ExpectNoMsgAsync(CancellationToken cancellationToken = default) =>
        await ExpectSilence(async: true, RemainingOrDefault, cancellationToken);

    /// <inheritdoc cref="ExpectNoMsg(TimeSpan, CancellationToken)" />
    public async ValueTask ExpectNoMsgAsync(TimeSpan duration, CancellationToken cancellationToken = default) =>
        await ExpectSilence(async: true, Dilated(duration), cancellationToken);

    /// <inheritdoc cref="ExpectNoMsg(int, CancellationToken)" />
    public async ValueTask ExpectNoMsgAsync(int milliseconds, CancellationToken cancellationToken = default) =>
        await ExpectSilence(async: true, TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    private async ValueTask<T> Expect<T>(bool async, TimeSpan? timeout, Action<T, IActorRef>? check, string? hint,
        CancellationToken cancellation) =>
        (T)(await ExpectEnvelope(async, timeout, check, hint, cancellation)).Message;

    private async ValueTask<MessageEnvelope> ExpectEnvelope<T>(bool async, TimeSpan? timeout,
        Action<T, IActorRef>? check, string? hint, CancellationToken cancellation)
    {
        var wait = RemainingOrDilated(timeout);
        var envelope = await Next(async, remove: true, wait, cancellation);
        if (envelope is null)
            Fail("Failed: Timeout {0} while waiting for a message of type {1} {2}", wait, typeof(T), hint);
        if (envelope!.Message is T message)
            check?.Invoke(message, envelope.Sender);
        else
            Fail("Failed: Expected a message of type {0}, but received {{{2}}} (type {1}) instead {3} from {4}",
                typeof(T), envelope.Message.GetType(), envelope.Message, hint, envelope.Sender);
        return envelope;
    }

    private async ValueTask<bool> ExpectSilence(bool async, TimeSpan duration, CancellationToken cancellation)
    {
        var start = Now;
        var envelope = await Next(async, remove: true, duration, cancellation);
        if (envelope is not null)
            Fail("Failed: Expected no messages during {0}, instead we received {1} after {2}", duration, envelope,
                Now - start);
        _lastWasNoMsg = true;
        return true;
    }

    private Action<T, IActorRef> Equal<T>(T expected) =>
        (message, _) => _assertions.AssertEqual(expected, message);

    private Action<T, IActorRef> Equal<T>(T expected, Func<T, T, bool> comparer, string? hint) =>
        (message, _) => _assertions.AssertEqual(expected, message, comparer, "{0}", hint ?? "");

    private Action<T, IActorRef> Holds<T>(Predicate<T> predicate, string? hint) =>
        (message, _) => _assertions.AssertTrue(predicate(message),
            "Got a message of the expected type <{2}>. Also expected {0} but {{{1}}} did not match",
            hint ?? "the predicate to return true", message!, typeof(T));

    private Action<T, IActorRef> Holds<T>(Func<T, IActorRef, bool> predicate, string? hint) =>
        (message, sender) => _assertions.AssertTrue(predicate(message, sender),
            "Got a message of the expected type <{2}> from {3}. Also expected {0} but {{{1}}} did not match",
            hint ?? "the predicate to return true", message!, typeof(T), sender);

    private Action<Terminated, IActorRef> IsDeathOf(IActorRef target) =>
        (terminated, _) => _assertions.AssertEqual(target, terminated.ActorRef, static (a, b) => Equals(b, a),
            "Terminated {0}, expected {1}", terminated.ActorRef, target);
}
