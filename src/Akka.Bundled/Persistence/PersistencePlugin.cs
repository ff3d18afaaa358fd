using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.Journal;
using Akka.Util.Internal;

namespace Akka.Persistence;

/// <summary>One journal or snapshot store: its configuration and, once asked for, its actor.</summary>
internal sealed class PersistencePlugin
{
    private readonly Lazy<IActorRef> _ref;
    private readonly Lazy<EventAdapters> _adapters;

    private PersistencePlugin(ExtendedActorSystem system, string path, Config config)
    {
        Config = config;
        _ref = new Lazy<IActorRef>(() => Start(system, path, config));
        _adapters = new Lazy<EventAdapters>(() => EventAdapters.Create(system, config));
    }

    public Config Config { get; }

    public IActorRef Ref => _ref.Value;

    public EventAdapters Adapters => _adapters.Value;

    /// <exception cref="ArgumentException">Nothing is configured at the path.</exception>
    public static PersistencePlugin Configured(ExtendedActorSystem system, string path, string defaultsPath)
    {
        var config = system.Settings.Config.GetConfig(path)
            ?? throw new ArgumentException($"Persistence config is missing plugin config path for: {path}");
        var defaults = system.Settings.Config.GetConfig(defaultsPath)!;
        return new PersistencePlugin(system, path, config.SafeWithFallback(defaults));
    }

    private static IActorRef Start(ExtendedActorSystem system, string path, Config config)
    {
        var typeName = config.GetString("class");
        if (string.IsNullOrEmpty(typeName))
        {
            throw new ArgumentException($"Plugin class name must be defined in config property [{path}.class]");
        }

        var type = TypeResolution.GetType(typeName, throwOnError: true)!;
        var props = type.GetConstructor([typeof(Config)]) is null ? Props.Create(type) : Props.Create(type, config);
        return system.SystemActorOf(props.WithDispatcher(config.GetString("plugin-dispatcher")!), path);
    }
}
