using System.Collections.Concurrent;
using System.Runtime.Serialization;

namespace Akka.Serialization;

/// <summary>
/// Owns which serializer has which number and name, and which is for which type. Lookups are lock-free and may run
/// beside registrations.
/// </summary>
internal sealed class SerializerRegistry
{
    private readonly ConcurrentDictionary<int, Serializer> _byIdentifier = new();
    private readonly ConcurrentDictionary<string, Serializer> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Type, Serializer> _found = new();
    private readonly Lock _writes = new();
    private readonly Action<string> _warn;
    private readonly bool _warnOfOverrides;
    private (Type Type, Serializer Serializer)[] _bindings = [];

    public SerializerRegistry(Action<string> warn, bool warnOfOverrides)
    {
        _warn = warn;
        _warnOfOverrides = warnOfOverrides;
    }

    public Serializer? ByIdentifier(int identifier) => _byIdentifier.GetValueOrDefault(identifier);

    public Serializer? ByName(string? name) => name is null ? null : _byName.GetValueOrDefault(name);

    public void Add(string name, Serializer serializer)
    {
        var identifier = serializer.Identifier;
        WarnIfOther(_byIdentifier.GetValueOrDefault(identifier), serializer, $"identifier [{identifier}]");
        WarnIfOther(_byName.GetValueOrDefault(name), serializer, $"name [{name}]");
        _byIdentifier[identifier] = serializer;
        _byName[name] = serializer;
    }

    public void Bind(Type type, Serializer serializer)
    {
        lock (_writes)
        {
            var at = Array.FindIndex(_bindings, binding => binding.Type == type);
            if (at < 0)
            {
                _bindings = [.. _bindings, (type, serializer)];
            }
            else
            {
                WarnIfOther(_bindings[at].Serializer, serializer, $"type [{type}]");
                var changed = _bindings.ToArray();
                changed[at] = (type, serializer);
                _bindings = changed;
            }

            _found.Clear();
        }
    }

    /// <exception cref="SerializationException">Nothing is bound to the type nor to one of its bases.</exception>
    public Serializer For(Type type, string? defaultName)
    {
        if (_found.TryGetValue(type, out var known))
        {
            return known;
        }

        var bindings = Volatile.Read(ref _bindings);
        var serializer = MostSpecific(bindings, type) ?? ByName(defaultName) ?? ForAnything(bindings)
            ?? throw new SerializationException($"Serializer not found for type {type.Name}");
        lock (_writes)
        {
            // A binding made meanwhile has emptied the cache; what was found without it must not go back in.
            if (ReferenceEquals(bindings, _bindings))
            {
                _found[type] = serializer;
            }
        }

        return serializer;
    }

    private Serializer? MostSpecific((Type Type, Serializer Serializer)[] bindings, Type type)
    {
        var matches = Array.FindAll(bindings, b => b.Type != typeof(object) && b.Type.IsAssignableFrom(type));
        if (matches.Length <= 1)
        {
            return matches.Length == 0 ? null : matches[0].Serializer;
        }

        var best = Array.FindAll(matches, m =>
            !Array.Exists(matches, other => other.Type != m.Type && m.Type.IsAssignableFrom(other.Type)));
        if (Array.Exists(best, b => !ReferenceEquals(b.Serializer, best[0].Serializer)))
        {
            _warn($"Multiple serializers for [{type}], choosing the first of: "
                + string.Join(", ", best.Select(b => $"{b.Type} -> {b.Serializer.GetType().Name}")));
        }

        return best[0].Serializer;
    }

    private static Serializer? ForAnything((Type Type, Serializer Serializer)[] bindings) =>
        Array.Find(bindings, binding => binding.Type == typeof(object)).Serializer;

    private void WarnIfOther(Serializer? before, Serializer now, string what)
    {
        if (_warnOfOverrides && before is not null && before.GetType() != now.GetType())
        {
            _warn($"The serializer with {what} is being overridden, from [{before.GetType()}] to [{now.GetType()}]. "
                + "Did you mean to do this?");
        }
    }
}
