using Akka.Actor;

namespace Akka.Serialization;

/// <summary>
/// Turns objects into bytes and back. Instances are used by many threads at once and must not keep state per call.
/// </summary>
public abstract class Serializer
{
    /// <summary>The system whose objects are serialized.</summary>
    protected readonly ExtendedActorSystem system;

    private int? _configuredIdentifier;

    /// <summary>Creates a serializer for a system.</summary>
    protected Serializer(ExtendedActorSystem system)
    {
        this.system = system;
    }

    /// <summary>
    /// The number by which the serializer is known wherever its bytes go; it must never change. Without an override
    /// it is read from <c>akka.actor.serialization-identifiers</c>. Numbers up to 100 are Akka's.
    /// </summary>
    public virtual int Identifier =>
        _configuredIdentifier ??= SerializerIdentifierHelper.GetSerializerIdentifierFromConfig(GetType(), system);

    /// <summary>Whether the type of the object must travel beside its bytes.</summary>
    public abstract bool IncludeManifest { get; }

    /// <summary>The bytes of an object.</summary>
    public abstract byte[] ToBinary(object obj);

    /// <summary>The object of the bytes; the type is null unless manifests are included.</summary>
    public abstract object FromBinary(byte[] bytes, Type? type);

    /// <summary>The object of the bytes.</summary>
    public T FromBinary<T>(byte[] bytes) => (T)FromBinary(bytes, typeof(T));

    /// <summary>The bytes of an object whose local references are written with the given address.</summary>
    public byte[] ToBinaryWithAddress(Address address, object obj) =>
        Serialization.WithInformation(
            new Information(address, system), (this, obj), static s => s.Item1.ToBinary(s.obj));
}

/// <summary>
/// A serializer whose bytes travel with a short text that says what they are: types may be renamed and moved as long
/// as the text stays.
/// </summary>
public abstract class SerializerWithStringManifest : Serializer
{
    /// <summary>Creates a serializer for a system.</summary>
    protected SerializerWithStringManifest(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <summary>Always.</summary>
    public override bool IncludeManifest => true;

    /// <summary>Reads with the type's name as manifest.</summary>
    public override object FromBinary(byte[] bytes, Type? type) =>
        FromBinary(bytes, type is null ? "" : Util.Internal.TypeResolution.OfficialName(type));

    /// <summary>The object of the bytes.</summary>
    /// <exception cref="ArgumentException">By convention: the manifest is unknown.</exception>
    public abstract object FromBinary(byte[] bytes, string manifest);

    /// <summary>The text that tells what the bytes of the object are.</summary>
    public abstract string Manifest(object o);
}

/// <summary>Looks up the numbers of serializers that do not define their own.</summary>
public static class SerializerIdentifierHelper
{
    private const string Path = "akka.actor.serialization-identifiers";

    /// <summary>The number that the configuration gives to the type.</summary>
    /// <exception cref="ArgumentException">It gives none.</exception>
    public static int GetSerializerIdentifierFromConfig(Type type, ExtendedActorSystem system)
    {
        var name = Util.Internal.TypeResolution.OfficialName(type);
        foreach (var (key, value) in system.Settings.Config.GetConfig(Path)?.AsEnumerable() ?? [])
        {
            if (key == name || Util.Internal.TypeResolution.GetType(key, throwOnError: false) == type)
            {
                return value.GetInt();
            }
        }

        throw new ArgumentException($"Couldn't find serializer id for [{name}] under [{Path}]", nameof(type));
    }
}
