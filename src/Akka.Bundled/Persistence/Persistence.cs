using Akka.Actor;
using Akka.Configuration;

namespace Akka.Persistence;

/// <summary>The id of the persistence extension.</summary>
public class Persistence : ExtensionIdProvider<PersistenceExtension>
{
    /// <summary>The only instance that is needed.</summary>
    public static Persistence Instance { get; } = new();

    /// <summary>The reference configuration of persistence.</summary>
    public static Config DefaultConfig() =>
        ConfigurationFactory.FromResource<Persistence>("Akka.Persistence.persistence.conf");

    /// <inheritdoc/>
    public override PersistenceExtension CreateExtension(ExtendedActorSystem system) => new(system);
}
