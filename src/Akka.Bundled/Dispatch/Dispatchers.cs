using System.Collections.Concurrent;
using System.Reflection;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Util.Internal;

namespace Akka.Dispatch;

/// <summary>
/// Owns the dispatchers of an actor system, each made from its configuration section when first used.
/// </summary>
public sealed class Dispatchers
{
    /// <summary>The dispatcher of actors that name none.</summary>
    public const string DefaultDispatcherId = "akka.actor.default-dispatcher";

    /// <summary>The dispatcher for actors that block.</summary>
    public const string DefaultBlockingDispatcherId = "akka.actor.default-blocking-io-dispatcher";

    /// <summary>The dispatcher that runs in the synchronization context of whoever first uses it.</summary>
    public const string SynchronizedDispatcherId = "akka.actor.synchronized-dispatcher";

    internal const string InternalDispatcherId = "akka.actor.internal-dispatcher";
    private const int MaxAliases = 20;

    private readonly ActorSystem _system;
    private readonly ConcurrentDictionary<string, MessageDispatcherConfigurator> _configurators = new();
    private readonly ConcurrentDictionary<MessageDispatcher, byte> _withThreads = new();
    private readonly ConcurrentDictionary<string, ActorThreads> _sharedThreads = new();
    private readonly ILoggingAdapter _logger;

    /// <summary>The dispatchers of <paramref name="system"/>.</summary>
    public Dispatchers(ActorSystem system, IDispatcherPrerequisites prerequisites, ILoggingAdapter logger)
    {
        _system = system;
        _logger = logger;
        Prerequisites = prerequisites;
        DefaultDispatcherConfig = WithId(DefaultDispatcherId, system.Settings.Config.GetConfig(DefaultDispatcherId));
        DefaultGlobalDispatcher = Lookup(DefaultDispatcherId);
    }

    /// <summary>What the dispatchers may use.</summary>
    public IDispatcherPrerequisites Prerequisites { get; }

    /// <summary>The section every other dispatcher falls back on.</summary>
    public Config DefaultDispatcherConfig { get; }

    /// <summary>The dispatcher of actors that name none.</summary>
    public MessageDispatcher DefaultGlobalDispatcher { get; }

    /// <summary>The dispatcher of a section.</summary>
    /// <exception cref="ConfigurationException">There is no such section.</exception>
    public MessageDispatcher Lookup(string dispatcherName)
    {
        var dispatcher = Configurator(dispatcherName).Dispatcher();
        if (dispatcher.OwnsThreads)
        {
            _withThreads.TryAdd(dispatcher, 0);
        }

        return dispatcher;
    }

    /// <summary>True when <see cref="Lookup"/> would find the section.</summary>
    public bool HasDispatcher(string id) => _configurators.ContainsKey(id) || _system.Settings.Config.HasPath(id);

    /// <summary>Adds a dispatcher that no configuration names; false when the id is taken.</summary>
    public bool RegisterConfigurator(string id, MessageDispatcherConfigurator configurator) =>
        _configurators.TryAdd(id, configurator);

    /// <summary>The threads that dispatchers share under that name.</summary>
    internal ActorThreads SharedThreads(string name) => _sharedThreads.GetOrAdd(name, ActorThreads.Shared);

    internal Config ConfigOf(string id) => Configurator(id).Config;

    /// <summary>Forgets a dispatcher that has ended its threads and will not be used again.</summary>
    internal void Forget(MessageDispatcher dispatcher) => _withThreads.TryRemove(dispatcher, out _);

    /// <summary>Ends all threads that belong to dispatchers.</summary>
    internal void Shutdown()
    {
        foreach (var dispatcher in _withThreads.Keys)
        {
            dispatcher.ShutdownThreads();
        }
    }

    private MessageDispatcherConfigurator Configurator(string id) =>
        _configurators.TryGetValue(id, out var known) ? known : _configurators.GetOrAdd(id, Create(ResolveAlias(id)));

    /// <summary>A section may be just the name of another one.</summary>
    private string ResolveAlias(string id)
    {
        var config = _system.Settings.Config;
        for (var i = 0; i < MaxAliases; i++)
        {
            if (!config.HasPath(id))
            {
                throw new ConfigurationException($"Dispatcher [{id}] not configured.");
            }

            if (config.GetValue(id) is not { } value || !value.IsString())
            {
                return id;
            }

            id = config.GetString(id)!;
        }

        throw new ConfigurationException(
            $"Could not find a concrete dispatcher config after following {MaxAliases} deep.");
    }

    private MessageDispatcherConfigurator Create(string id)
    {
        var config = WithId(id, _system.Settings.Config.GetConfig(id));
        if (id != DefaultDispatcherId)
        {
            config = config.WithFallback(DefaultDispatcherConfig);
        }

        var type = config.GetString("type");
        var executor = config.GetString("executor");
        return type switch
        {
            null or "" => throw new ConfigurationException($"Missing dispatcher type for dispatcher [{id}]."),
            "Dispatcher" => new SharedDispatcherConfigurator(config, Prerequisites, executor),
            "TaskDispatcher" => new SharedDispatcherConfigurator(config, Prerequisites, "task-executor"),
            "ForkJoinDispatcher" => new SharedDispatcherConfigurator(config, Prerequisites, "fork-join-executor"),
            "SynchronizedDispatcher" =>
                new SharedDispatcherConfigurator(config, Prerequisites, "current-context-executor"),
            "PinnedDispatcher" => new PinnedDispatcherConfigurator(config, Prerequisites),
            _ => CreateByName(id, type, config)
        };
    }

    private MessageDispatcherConfigurator CreateByName(string id, string typeName, Config config)
    {
        var type = TypeResolution.GetType(typeName, false);
        if (type is null || !typeof(MessageDispatcherConfigurator).IsAssignableFrom(type))
        {
            throw new ConfigurationException(
                $"Could not resolve dispatcher type [{typeName}] for path [{id}]; " +
                "it must be a MessageDispatcherConfigurator.");
        }

        _logger.Debug("Dispatcher {0} is made by {1}", id, typeName);
        return (MessageDispatcherConfigurator)Activator.CreateInstance(
            type,
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions,
            null,
            [config, Prerequisites],
            null)!;
    }

    private static Config WithId(string id, Config? section) =>
        ConfigurationFactory.ParseString($"id = \"{id}\"").WithFallback(section ?? Config.Empty);
}
