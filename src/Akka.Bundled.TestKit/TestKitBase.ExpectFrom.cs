using Akka.Actor;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>Expects a <typeparamref name="T"/> from <paramref name="sender"/>.</summary>
    /// <param name="sender">Who must have sent it.</param>
    /// <param name="duration">How long to wait, dilated; what is left of Within, or the default, when not
    /// given.</param>
    /// <param name="hint">Added to the failure.</param>
    /// <param name="cancellationToken">Ends the waiting early, by exception.</param>
    /// <returns>The message.</returns>
    public T ExpectMsgFrom<T>(IActorRef sender, TimeSpan? duration = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Completed(Expect(async: false, duration, From<T>(sender, hint, null), hint, cancellationToken));

    /// <summary>Expects <paramref name="message"/> from <paramref name="sender"/>.</summary>
    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, TimeSpan?, string, CancellationToken)" path="/param" />
    public T ExpectMsgFrom<T>(IActorRef sender, T message, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Completed(Expect(async: false, timeout, From(sender, hint, Equal(message)), hint, cancellationToken));

    /// <summary>Expects a message for which the predicate holds, from <paramref name="sender"/>.</summary>
    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, TimeSpan?, string, CancellationToken)" path="/param" />
    public T ExpectMsgFrom<T>(IActorRef sender, Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Completed(Expect(async: false, timeout, From(sender, hint, Holds(isMessage, hint)), hint, cancellationToken));

    /// <summary>Expects a message and a sender for which the predicates hold.</summary>
    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string, CancellationToken)" path="/param" />
    public T ExpectMsgFrom<T>(Predicate<IActorRef> isSender, Predicate<T> isMessage, TimeSpan? timeout = null,
        string? hint = null, CancellationToken cancellationToken = default) =>
        Completed(Expect(async: false, timeout, From(isSender, hint, Holds(isMessage, hint)), hint, cancellationToken));

    /// <summary>Expects a message that passes the assertion, from <paramref name="sender"/>.</summary>
    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, TimeSpan?, string, CancellationToken)" path="/param" />
    public T ExpectMsgFrom<T>(IActorRef sender, Action<T> assertMessage, TimeSpan? timeout = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Completed(Expect<T>(async: false, timeout, From<T>(sender, hint, (message, _) => assertMessage(message)), hint,
            cancellationToken));

    /// <summary>Expects a message and a sender that pass the assertions.</summary>
    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string, CancellationToken)" path="/param" />
    public T ExpectMsgFrom<T>(Action<IActorRef> assertSender, Action<T> assertMessage, TimeSpan? timeout = null,
        string? hint = null, CancellationToken cancellationToken = default) =>
        Completed(Expect(async: false, timeout, Both(assertSender, assertMessage), hint, cancellationToken));

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgFromAsync<T>(IActorRef sender, TimeSpan? duration = null, string? hint = null,
        CancellationToken cancellationToken = default) =>
        Expect(async: true, duration, From<T>(sender, hint, null), hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, T, TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgFromAsync<T>(IActorRef sender, T message, TimeSpan? timeout = null,
        string? hint = null, CancellationToken cancellationToken = default) =>
        Expect(async: true, timeout, From(sender, hint, Equal(message)), hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, Predicate{T}, TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgFromAsync<T>(IActorRef sender, Predicate<T> isMessage, TimeSpan? timeout = null,
        string? hint = null, CancellationToken cancellationToken = default) =>
        Expect(async: true, timeout, From(sender, hint, Holds(isMessage, hint)), hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsgFrom{T}(Predicate{IActorRef}, Predicate{T}, TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgFromAsync<T>(Predicate<IActorRef> isSender, Predicate<T> isMessage,
        TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Expect(async: true, timeout, From(isSender, hint, Holds(isMessage, hint)), hint, cancellationToken);

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, Action{T}, TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgFromAsync<T>(IActorRef sender, Action<T> assertMessage, TimeSpan? timeout = null,
        string? hint = null, CancellationToken cancellationToken = default) =>
        Expect(async: true, timeout, From<T>(sender, hint, (message, _) => assertMessage(message)), hint,
            cancellationToken);

    /// <inheritdoc cref="ExpectMsgFrom{T}(Action{IActorRef}, Action{T}, TimeSpan?, string, CancellationToken)" />
    public ValueTask<T> ExpectMsgFromAsync<T>(Action<IActorRef> assertSender, Action<T> assertMessage,
        TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Expect(async: true, timeout, Both(assertSender, assertMessage), hint, cancellationToken);

    private Action<T, IActorRef> From<T>(IActorRef expected, string? hint, Action<T, IActorRef>? check) =>
        (message, sender) =>
        {
            _assertions.AssertTrue(Equals(expected, sender), "Expected the sender {0} but it was {1}. {2}", expected,
                sender, hint ?? "");
            check?.Invoke(message, sender);
        };

    private Action<T, IActorRef> From<T>(Predicate<IActorRef> isSender, string? hint, Action<T, IActorRef> check) =>
        (message, sender) =>
        {
            _assertions.AssertTrue(isSender(sender), "The sender {0} did not match. {1}", sender, hint ?? "");
            check(message, sender);
        };

    private static Action<T, IActorRef> Both<T>(Action<IActorRef> assertSender, Action<T> assertMessage) =>
        (message, sender) =>
        {
            assertSender(sender);
            assertMessage(message);
        };
}
