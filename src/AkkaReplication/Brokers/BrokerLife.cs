using System.Collections.Immutable;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Brokers;

/// <summary>
/// One life of a broker as its parent sees it: what it needs to start, and when its storage has been released, which is when
/// the next life may begin (F6).
/// </summary>
internal sealed record BrokerLife(
    string Cluster,
    string ClusterId,
    BrokerId Broker,
    string? Rack,
    ImmutableArray<string> LogDirs,
    ReplicationSettings Settings,
    Links.IPeerCarrier Carrier,
    IFileSystem Files,
    ClusterState State,
    Listeners.IClientListener? Listener = null)
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Fresh per life.</summary>
    public Guid IncarnationId { get; } = Guid.NewGuid();

    /// <summary>Completes when no file of this life is in use any more and its directory locks are free.</summary>
    public Task Released => _released.Task;

    /// <summary>Called once, by the life's actor, when everything is closed.</summary>
    public void MarkReleased() => _released.TrySetResult();
}

/// <summary>What a broker tells its parent.</summary>
internal static class BrokerProtocol
{
    /// <summary>The broker is unfenced: it serves.</summary>
    public sealed record Running(BrokerId Broker, BrokerEpoch Epoch) : Akka.Actor.INoSerializationVerificationNeeded;

    /// <summary>The life ends now, by itself or as it was told; the actor stops after this.</summary>
    /// <param name="Clean">Closed in order, with the marker written.</param>
    /// <param name="MayRestart">A new life may begin: nothing stands in its way that needs a person.</param>
    public sealed record Ending(BrokerId Broker, bool Clean, bool MayRestart, string Reason, Exception? Cause)
        : Akka.Actor.INoSerializationVerificationNeeded;

    /// <summary>To the broker: stop in order, leaderships first.</summary>
    public sealed class ShutDown : Akka.Actor.INoSerializationVerificationNeeded
    {
        public static readonly ShutDown Instance = new();
    }
}
