namespace Akka.Actor;

/// <summary>Stops an actor and waits for it.</summary>
public static class GracefulStopSupport
{
    /// <summary>
    /// Sends a <see cref="PoisonPill"/>; true when the actor has stopped in time. Never call it on Self.
    /// </summary>
    public static Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout) =>
        GracefulStop(target, timeout, PoisonPill.Instance);

    /// <summary>
    /// Sends a message that makes the actor stop; true when it has stopped in time. Never call it on Self.
    /// </summary>
    public static async Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout, object stopMessage)
    {
        using var limit = new CancellationTokenSource(timeout);
        return await new WatchActorRef(WatchAsyncSupport.Watchable(target))
            .WatchAsync(() => target.Tell(stopMessage, ActorRefs.NoSender), limit.Token)
            .ConfigureAwait(false);
    }
}

/// <summary>Waits for an actor to stop.</summary>
public static class WatchAsyncSupport
{
    /// <summary>True when the actor has stopped, false when the token was cancelled before.</summary>
    public static Task<bool> WatchAsync(this IActorRef target, CancellationToken token = default) =>
        new WatchActorRef(Watchable(target)).WatchAsync(null, token);

    internal static IInternalActorRef Watchable(IActorRef target) => target as IInternalActorRef
        ?? throw new InvalidOperationException(
            $"{target} is not an {typeof(IInternalActorRef)} and cannot be death-watched");
}
