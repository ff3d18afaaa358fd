using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Util.Internal;

namespace Akka.Persistence.Journal;

/// <summary>
/// Owns which adapter is for which type of event, from a journal's <c>event-adapters</c> (name = type) and
/// <c>event-adapter-bindings</c> (type = name or names). The binding of the most specific type counts.
/// </summary>
public class EventAdapters
{
    internal static readonly EventAdapters Identity = new([]);

    private readonly (Type Type, IEventAdapter Adapter)[] _bindings;
    private readonly ConcurrentDictionary<Type, IEventAdapter> _found = new();

    private EventAdapters((Type Type, IEventAdapter Adapter)[] bindings)
    {
        _bindings = bindings;
    }

    /// <summary>Creates the adapters of a journal.</summary>
    /// <exception cref="ConfigurationException">A binding names an adapter that there is not.</exception>
    public static EventAdapters Create(ExtendedActorSystem system, Config config)
    {
        var adapters = new Dictionary<string, IEventAdapter>(StringComparer.Ordinal);
        foreach (var (name, type) in config.GetConfig("event-adapters")?.AsEnumerable() ?? [])
        {
            adapters[name] = Instantiate(type.GetString()!, system);
        }

        var bindings = new List<(Type, IEventAdapter)>();
        foreach (var (typeName, names) in config.GetConfig("event-adapter-bindings")?.AsEnumerable() ?? [])
        {
            var bound = (names.IsArray() ? names.GetStringList() : [names.GetString()!]).Select(name =>
                adapters.GetValueOrDefault(name) ?? throw new ConfigurationException(
                    $"{typeName} was bound to undefined event-adapter: {name}")).ToArray();
            var adapter = bound.Length == 1 ? bound[0] : new CombinedReadEventAdapter(bound);
            bindings.Add((TypeResolution.GetType(typeName, throwOnError: true)!, adapter));
        }

        return bindings.Count == 0 ? Identity : new EventAdapters([.. bindings]);
    }

    /// <summary>The adapter for events of the type.</summary>
    public IEventAdapter Get<T>() => Get(typeof(T));

    /// <summary>The adapter for events of the type.</summary>
    public virtual IEventAdapter Get(Type type) =>
        _bindings.Length == 0 ? IdentityEventAdapter.Instance : _found.GetOrAdd(type, Find);

    private IEventAdapter Find(Type type)
    {
        var matches = Array.FindAll(_bindings, b => b.Type.IsAssignableFrom(type));
        var best = Array.FindIndex(matches, m =>
            !Array.Exists(matches, other => other.Type != m.Type && m.Type.IsAssignableFrom(other.Type)));
        return best < 0 ? IdentityEventAdapter.Instance : matches[best].Adapter;
    }

    private static IEventAdapter Instantiate(string typeName, ExtendedActorSystem system)
    {
        var type = TypeResolution.GetType(typeName, throwOnError: true)!;
        var instance = type.GetConstructor([typeof(ExtendedActorSystem)]) is null
            ? Activator.CreateInstance(type)
            : Activator.CreateInstance(type, system);
        return instance switch
        {
            IEventAdapter both => both,
            IWriteEventAdapter write => new NoopReadEventAdapter(write),
            IReadEventAdapter read => new NoopWriteEventAdapter(read),
            _ => throw new ConfigurationException($"{typeName} is no event adapter.")
        };
    }
}
