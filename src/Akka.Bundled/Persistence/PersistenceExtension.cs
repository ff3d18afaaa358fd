using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Persistence.Journal;
using Akka.Util.Internal;

namespace Akka.Persistence;

/// <summary>
/// Owns the journals and snapshot stores of one actor system. Each is one actor below /system, named by the path of its
/// configuration and started when it is first asked for.
/// </summary>
public class PersistenceExtension : IExtension
{
    private const string JournalDefaults = "akka.persistence.journal-plugin-fallback";
    private const string SnapshotStoreDefaults = "akka.persistence.snapshot-store-plugin-fallback";
    private const string NoSnapshotStore = "akka.persistence.no-snapshot-store";

    private readonly ExtendedActorSystem _system;
    private readonly ConcurrentDictionary<string, Lazy<PersistencePlugin>> _plugins = new(StringComparer.Ordinal);
    private readonly Lazy<IActorRef> _recoveryPermitter;
    private readonly Lazy<IStashOverflowStrategy> _defaultInternalStashOverflowStrategy;

    /// <summary>Creates the extension and starts the plugins that are to be started with it.</summary>
    public PersistenceExtension(ExtendedActorSystem system)
    {
        _system = system;
        system.Settings.InjectTopLevelFallback(Persistence.DefaultConfig());
        PublishPluginCommands = Config.GetBoolean("publish-plugin-commands");
        _defaultInternalStashOverflowStrategy = new Lazy<IStashOverflowStrategy>(CreateStashOverflowStrategy);
        _recoveryPermitter = new Lazy<IActorRef>(() =>
        {
            var permits = Config.GetInt("max-concurrent-recoveries");
            return system.SystemActorOf(Props.Create(() => new RecoveryPermitter(permits)), "recoveryPermitter");
        });

        foreach (var id in Config.GetStringList("journal.auto-start-journals"))
        {
            JournalFor(id);
        }

        foreach (var id in Config.GetStringList("snapshot-store.auto-start-snapshot-stores"))
        {
            SnapshotStoreFor(id);
        }
    }

    /// <summary>What happens when an actor's stash of commands overflows and the actor does not say.</summary>
    public IStashOverflowStrategy DefaultInternalStashOverflowStrategy => _defaultInternalStashOverflowStrategy.Value;

    internal bool PublishPluginCommands { get; }

    internal IActorRef RecoveryPermitter => _recoveryPermitter.Value;

    private Config Config => _system.Settings.Config.GetConfig("akka.persistence")
        ?? throw ConfigurationException.NullOrEmptyConfig<PersistenceExtension>("akka.persistence");

    /// <summary>A persistence id made from the actor's path.</summary>
    public string PersistenceId(IActorRef actor) => actor.Path.ToStringWithoutAddress();

    /// <summary>The journal configured at the path; the default one without a path.</summary>
    /// <exception cref="ArgumentException">Nothing, or no class, is configured there.</exception>
    public IActorRef JournalFor(string? journalPluginId) => Journal(journalPluginId).Ref;

    /// <summary>The event adapters of the journal configured at the path; of the default one without a path.</summary>
    public EventAdapters AdaptersFor(string? journalPluginId) => Journal(journalPluginId).Adapters;

    /// <summary>The snapshot store configured at the path; the default one without a path.</summary>
    /// <exception cref="ArgumentException">Nothing, or no class, is configured there.</exception>
    public IActorRef SnapshotStoreFor(string? snapshotPluginId)
    {
        var path = string.IsNullOrEmpty(snapshotPluginId)
            ? Config.GetString("snapshot-store.plugin")
            : snapshotPluginId;
        if (string.IsNullOrEmpty(path))
        {
            _system.Log.Warning(
                "No default snapshot store configured! Set the `akka.persistence.snapshot-store.plugin` key.");
            path = NoSnapshotStore;
        }

        return PluginFor(path, SnapshotStoreDefaults).Ref;
    }

    internal Config JournalConfigFor(string? journalPluginId) => Journal(journalPluginId).Config;

    /// <summary>The configuration of a plugin, for its own constructor.</summary>
    internal Config ConfigFor(IActorRef plugin) => Running(plugin)?.Config
        ?? throw new ArgumentException($"Unknown plugin actor {plugin}");

    /// <summary>The event adapters of a journal, for its own constructor.</summary>
    internal EventAdapters AdaptersFor(IActorRef journal) => Running(journal)?.Adapters ?? EventAdapters.Identity;

    private PersistencePlugin Journal(string? journalPluginId)
    {
        var path = string.IsNullOrEmpty(journalPluginId) ? Config.GetString("journal.plugin") : journalPluginId;
        return string.IsNullOrEmpty(path)
            ? throw new ArgumentException("Default journal plugin is not configured")
            : PluginFor(path, JournalDefaults);
    }

    private PersistencePlugin? Running(IActorRef plugin) =>
        _plugins.TryGetValue(plugin.Path.Name, out var entry) ? entry.Value : null;

    private PersistencePlugin PluginFor(string path, string defaultsPath) => _plugins.GetOrAdd(
        path,
        new Lazy<PersistencePlugin>(() => PersistencePlugin.Configured(_system, path, defaultsPath))).Value;

    private IStashOverflowStrategy CreateStashOverflowStrategy()
    {
        var typeName = Config.GetString("internal-stash-overflow-strategy")
            ?? throw new ConfigurationException("akka.persistence.internal-stash-overflow-strategy is not set.");
        var type = TypeResolution.GetType(typeName, throwOnError: true)!;
        return ((IStashOverflowStrategyConfigurator)Activator.CreateInstance(type)!).Create(_system.Settings.Config);
    }
}
