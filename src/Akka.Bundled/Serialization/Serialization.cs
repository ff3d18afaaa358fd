using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Util.Internal;

namespace Akka.Serialization;

/// <summary>
/// Owns the serializers of one actor system and chooses among them. A system makes a new one whenever a fallback is
/// injected into its settings, so it must not be kept from before the start of the extensions.
/// </summary>
public class Serialization
{
    [ThreadStatic]
    private static Information? _currentTransportInformation;

    private readonly SerializerRegistry _registry;
    private readonly NullSerializer _null;

    /// <summary>Creates the serializers that the system's configuration and setup name.</summary>
    public Serialization(ExtendedActorSystem system)
    {
        System = system;
        _registry = new SerializerRegistry(
            Warn, system.Settings.Config.GetBoolean("akka.log-serializer-override-on-start", true));
        _null = new NullSerializer(system);
        AddSerializer("null", _null);

        var details = system.Settings.Setup.Get<SerializationSetup>() is { HasValue: true } setup
            ? setup.Value.CreateSerializers(system)
            : [];
        CreateConfigured(system.Settings.Config);
        foreach (var detail in details)
        {
            AddSerializer(detail.Alias, detail.Serializer);
        }

        BindConfigured(system.Settings.Config);
        foreach (var detail in details)
        {
            foreach (var type in detail.UseFor)
            {
                AddSerializationMap(type, detail.Serializer);
            }
        }
    }

    /// <summary>The system whose serializers these are.</summary>
    public ExtendedActorSystem System { get; }

    /// <summary>What travels beside the bytes: a manifest, a type name, or nothing.</summary>
    public static string ManifestFor(Serializer s, object msg) => s switch
    {
        SerializerWithStringManifest withManifest => withManifest.Manifest(msg),
        { IncludeManifest: true } => TypeResolution.OfficialName(msg.GetType()),
        _ => string.Empty
    };

    /// <summary>For whom the running thread is serializing.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public static Information GetCurrentTransportInformation() =>
        _currentTransportInformation ?? throw new InvalidOperationException(
            "CurrentTransportInformation is not set. Use Serialization.WithTransport<T>.");

    /// <summary>Runs an action that writes references of the system under the address.</summary>
    [Obsolete("Obsolete. Use the SerializeWithTransport<T>(ExtendedActorSystem) method instead.")]
    public static T WithTransport<T>(ActorSystem system, Address address, Func<T> action) =>
        WithInformation(new Information(address, system), action, static run => run());

    /// <summary>Runs an action that writes references of the system under its own address.</summary>
    public static T WithTransport<T>(ExtendedActorSystem system, Func<T> action) =>
        WithInformation(InformationOf(system), action, static run => run());

    /// <summary>Runs an action that writes references of the system under its own address.</summary>
    public static T WithTransport<TState, T>(ExtendedActorSystem system, TState state, Func<TState, T> action) =>
        WithInformation(InformationOf(system), state, action);

    /// <summary>The path by which the actor can be found again, with the address others know it by.</summary>
    public static string SerializedActorPath(IActorRef? actorRef)
    {
        if (actorRef is null)
        {
            return string.Empty;
        }

        var home = (actorRef as LocalActorRef)?.Cell.SystemImpl as ExtendedActorSystem;
        var information = _currentTransportInformation;
        if (information is null)
        {
            return home is null
                ? actorRef.Path.ToSerializationFormat()
                : actorRef.Path.ToSerializationFormatWithAddress(home.Provider.DefaultAddress);
        }

        var address = home is null || ReferenceEquals(home, information.System)
            ? information.Address
            : home.Provider.DefaultAddress;
        return actorRef.Path.ToSerializationFormatWithAddress(address);
    }

    /// <summary>The bytes of an object by the serializer bound to its type.</summary>
    public byte[] Serialize(object o) =>
        Transported((this, o), static s => s.Item1.FindSerializerFor(s.o).ToBinary(s.o));

    /// <summary>The object of the bytes.</summary>
    /// <exception cref="SerializationException">No serializer has the number.</exception>
    public object Deserialize(byte[] bytes, int serializerId, Type? type)
    {
        var serializer = _registry.ByIdentifier(serializerId)
            ?? throw UnknownSerializer(serializerId, "class", type?.Name);
        return Transported((serializer, bytes, type), static s => s.serializer.FromBinary(s.bytes, s.type));
    }

    /// <summary>The object of the bytes.</summary>
    /// <exception cref="SerializationException">
    /// No serializer has the number, or the manifest names no type.
    /// </exception>
    public object Deserialize(byte[] bytes, int serializerId, string manifest)
    {
        var serializer = _registry.ByIdentifier(serializerId)
            ?? throw UnknownSerializer(serializerId, "manifest", manifest);
        if (serializer is SerializerWithStringManifest withManifest)
        {
            return Transported(
                (withManifest, bytes, manifest), static s => s.withManifest.FromBinary(s.bytes, s.manifest));
        }

        var type = string.IsNullOrEmpty(manifest) ? null : TypeOf(manifest, serializerId);
        return Transported((serializer, bytes, type), static s => s.serializer.FromBinary(s.bytes, s.type));
    }

    /// <summary>The serializer bound to the object's type, or the one for null.</summary>
    public Serializer FindSerializerFor(object? obj, string? defaultSerializerName = null) =>
        obj is null ? _null : FindSerializerForType(obj.GetType(), defaultSerializerName);

    /// <summary>
    /// The serializer bound to the type or, of its bases and interfaces, to the most specific one; then the named
    /// default; then the one bound to <see cref="object"/>.
    /// </summary>
    /// <exception cref="SerializationException">There is none of them.</exception>
    public Serializer FindSerializerForType(Type objectType, string? defaultSerializerName = null) =>
        _registry.For(objectType, defaultSerializerName);

    /// <summary>Registers a serializer until the next injection of a fallback.</summary>
    public void AddSerializer(string name, Serializer serializer) => _registry.Add(name, serializer);

    /// <summary>Binds a type to a serializer until the next injection of a fallback.</summary>
    public void AddSerializationMap(Type type, Serializer serializer) => _registry.Bind(type, serializer);

    /// <summary>The actor with the serialized path.</summary>
    public IActorRef DeserializeActorRef(string path) => System.Provider.ResolveActorRef(path);

    internal static T WithInformation<TState, T>(Information information, TState state, Func<TState, T> action)
    {
        var before = _currentTransportInformation;
        _currentTransportInformation = information;
        try
        {
            return action(state);
        }
        finally
        {
            _currentTransportInformation = before;
        }
    }

    private static Information InformationOf(ExtendedActorSystem system) =>
        _currentTransportInformation is { } current && ReferenceEquals(current.System, system)
            ? current
            : new Information(system.Provider.DefaultAddress, system);

    private T Transported<TState, T>(TState state, Func<TState, T> action) =>
        _currentTransportInformation is null ? WithInformation(InformationOf(System), state, action) : action(state);

    private void CreateConfigured(Config config)
    {
        var settings = config.GetConfig("akka.actor.serialization-settings");
        foreach (var (name, value) in config.GetConfig("akka.actor.serializers")?.AsEnumerable() ?? [])
        {
            var typeName = value.GetString();
            if (typeName is null || TypeResolution.GetType(typeName, throwOnError: false) is not { } type)
            {
                Warn($"The type name for serializer '{name}' did not resolve to an actual Type: '{typeName}'");
                continue;
            }

            var own = settings?.GetConfig($"\"{name}\"");
            var created = own.IsNullOrEmpty()
                ? Activator.CreateInstance(type, System)
                : Activator.CreateInstance(type, System, own);
            AddSerializer(name, (Serializer)created!);
        }
    }

    private void BindConfigured(Config config)
    {
        foreach (var (typeName, value) in config.GetConfig("akka.actor.serialization-bindings")?.AsEnumerable() ?? [])
        {
            var name = value.GetString();
            if (TypeResolution.GetType(typeName, throwOnError: false) is not { } type)
            {
                Warn($"The type name for message/serializer binding '{name}' did not resolve to an actual Type: "
                    + $"'{typeName}'");
            }
            else if (_registry.ByName(name) is not { } serializer)
            {
                Warn($"Serialization binding to non existing serializer: '{name}'");
            }
            else
            {
                AddSerializationMap(type, serializer);
            }
        }
    }

    private void Warn(string text) => System.Log.Warning("{0}", text);

    private static Type TypeOf(string manifest, int serializerId)
    {
        try
        {
            return TypeResolution.GetType(manifest, throwOnError: true)!;
        }
        catch (Exception ex)
        {
            throw new SerializationException(
                $"Cannot find manifest class [{manifest}] for serializer with id [{serializerId}].", ex);
        }
    }

    private static SerializationException UnknownSerializer(int id, string what, string? name) => new(
        $"Cannot find serializer with id [{id}] ({what} [{name}]). The most probable reason is that the configuration "
        + "entry 'akka.actor.serializers' is not in sync between the two systems.");
}
