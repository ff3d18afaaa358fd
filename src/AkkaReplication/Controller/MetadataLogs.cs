using System.Collections.Concurrent;
using Akka.Actor;

namespace AkkaReplication.Controller;

/// <summary>
/// The voters whose metadata logs are open in an actor system, by persistence id: how the journal plugin, which the actor
/// system creates, finds the log of each cluster.
/// </summary>
internal sealed class MetadataLogs : IExtension
{
    private readonly ConcurrentDictionary<string, LocalVoter> _voters = new();

    public static MetadataLogs Of(ActorSystem system) => system.WithExtension<MetadataLogs, Provider>();

    public void Add(string persistenceId, LocalVoter voter)
    {
        if (!_voters.TryAdd(persistenceId, voter))
            throw new InvalidOperationException($"{persistenceId} is open already in this actor system.");
    }

    public void Remove(string persistenceId) => _voters.TryRemove(persistenceId, out _);

    public LocalVoter Get(string persistenceId) => _voters.TryGetValue(persistenceId, out var voter)
        ? voter
        : throw new InvalidOperationException($"No metadata log is open for {persistenceId}.");

    public sealed class Provider : ExtensionIdProvider<MetadataLogs>
    {
        public override MetadataLogs CreateExtension(ExtendedActorSystem system) => new();
    }
}
