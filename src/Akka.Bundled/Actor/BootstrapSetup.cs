using Akka.Configuration;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Chooses whether an actor system is alone, can be reached by others, or is part of a cluster.</summary>
public abstract class ProviderSelection
{
    internal const string LocalProvider = "Akka.Actor.LocalActorRefProvider, Akka";
    internal const string RemoteProvider = "Akka.Remote.RemoteActorRefProvider, Akka.Remote";
    internal const string ClusterProvider = "Akka.Cluster.ClusterActorRefProvider, Akka.Cluster";

    private ProviderSelection(string identifier, string fqn, bool hasCluster)
    {
        Identifier = identifier;
        Fqn = fqn;
        HasCluster = hasCluster;
    }

    internal string Identifier { get; }

    internal string Fqn { get; }

    internal bool HasCluster { get; }

    internal static ProviderSelection Parse(string provider) => provider switch
    {
        "" or "local" or LocalProvider => Local.Instance,
        "remote" or RemoteProvider => Remote.Instance,
        "cluster" or ClusterProvider => Cluster.Instance,
        _ => new Custom(provider)
    };

    /// <summary>Alone.</summary>
    public sealed class Local : ProviderSelection
    {
        /// <summary>The only instance.</summary>
        public static readonly Local Instance = new();

        private Local()
            : base("local", LocalProvider, false)
        {
        }
    }

    /// <summary>Reachable by others.</summary>
    public sealed class Remote : ProviderSelection
    {
        /// <summary>The only instance.</summary>
        public static readonly Remote Instance = new();

        private Remote()
            : base("remote", RemoteProvider, false)
        {
        }
    }

    /// <summary>Part of a cluster.</summary>
    public sealed class Cluster : ProviderSelection
    {
        /// <summary>The only instance.</summary>
        public static readonly Cluster Instance = new();

        private Cluster()
            : base("cluster", ClusterProvider, true)
        {
        }
    }

    /// <summary>A provider by its type's name.</summary>
    public sealed class Custom : ProviderSelection
    {
        /// <summary>Names the type.</summary>
        public Custom(string fqn, string? identifier = null, bool hasCluster = false)
            : base(identifier ?? fqn, fqn, hasCluster)
        {
        }
    }
}

/// <summary>The configuration an actor system starts with. Immutable.</summary>
public sealed class BootstrapSetup : Setup.Setup
{
    private BootstrapSetup(Option<Config> config, Option<ProviderSelection> actorRefProvider)
    {
        Config = config;
        ActorRefProvider = actorRefProvider;
    }

    /// <summary>The configuration, in front of the reference configuration.</summary>
    public Option<Config> Config { get; }

    /// <summary>The provider; overrules <c>akka.actor.provider</c>.</summary>
    public Option<ProviderSelection> ActorRefProvider { get; }

    /// <summary>Without settings.</summary>
    public static BootstrapSetup Create() => new(Option<Config>.None, Option<ProviderSelection>.None);

    /// <summary>With another configuration.</summary>
    public BootstrapSetup WithConfig(Config config) => new(config, ActorRefProvider);

    /// <summary>With a configuration behind the present one.</summary>
    public BootstrapSetup WithConfigFallback(Config config) =>
        new(Config.HasValue ? Config.Value.WithFallback(config) : config, ActorRefProvider);

    /// <summary>With another provider.</summary>
    public BootstrapSetup WithActorRefProvider(ProviderSelection name) => new(Config, name);
}
