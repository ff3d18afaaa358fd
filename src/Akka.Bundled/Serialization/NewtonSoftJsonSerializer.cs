using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Newtonsoft.Json;

namespace Akka.Serialization;

/// <summary>
/// Serializes anything as JSON with the names of the types inside: the default for types that nothing else is bound
/// to, and not for data that must outlive a change of code.
/// </summary>
public class NewtonSoftJsonSerializer : Serializer
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly JsonSerializer _serializer;

    /// <summary>Creates the serializer with default settings.</summary>
    public NewtonSoftJsonSerializer(ExtendedActorSystem system)
        : this(system, NewtonSoftJsonSerializerSettings.Default)
    {
    }

    /// <summary>Creates the serializer with the settings of a configuration.</summary>
    public NewtonSoftJsonSerializer(ExtendedActorSystem system, Config config)
        : this(system, NewtonSoftJsonSerializerSettings.Create(config))
    {
    }

    /// <summary>Creates the serializer with the given settings.</summary>
    public NewtonSoftJsonSerializer(ExtendedActorSystem system, NewtonSoftJsonSerializerSettings settings)
        : base(system)
    {
        Settings = new JsonSerializerSettings
        {
            PreserveReferencesHandling = settings.PreserveObjectReferences
                ? PreserveReferencesHandling.Objects
                : PreserveReferencesHandling.None,
            NullValueHandling = NullValueHandling.Ignore,
            DefaultValueHandling = DefaultValueHandling.Ignore,
            MissingMemberHandling = MissingMemberHandling.Ignore,
            ConstructorHandling = ConstructorHandling.AllowNonPublicDefaultConstructor,
            TypeNameHandling = settings.EncodeTypeNames ? TypeNameHandling.All : TypeNameHandling.None,
            SerializationBinder = new OfficialNamesBinder()
        };

        if (system?.Settings.Setup.Get<NewtonSoftJsonSerializerSetup>() is { HasValue: true } setup)
        {
            setup.Value.ApplySettings(Settings);
        }

        foreach (var type in settings.Converters)
        {
            Settings.Converters.Add(CreateConverter(type, system));
        }

        Settings.Converters.Add(new SurrogateConverter(system));

        // Reuse would append to collections that a default constructor has filled.
        Settings.ObjectCreationHandling = ObjectCreationHandling.Replace;
        Settings.ContractResolver = new PrivateSetterResolver();
        _serializer = JsonSerializer.Create(Settings);
    }

    /// <summary>The settings of Json.NET in use.</summary>
    public JsonSerializerSettings Settings { get; }

    /// <summary>Json.NET's serializer in use.</summary>
    public object Serializer => _serializer;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        using var bytes = new MemoryStream(256);
        using (var text = new StreamWriter(bytes, Utf8, 1024, leaveOpen: true))
        using (var writer = new JsonTextWriter(text))
        {
            JsonSerializer.Create(Settings).Serialize(writer, obj);
        }

        return bytes.ToArray();
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type? type)
    {
        using var reader = new JsonTextReader(new StreamReader(new MemoryStream(bytes), Utf8));
        var value = JsonSerializer.Create(Settings).Deserialize(reader);
        return SurrogateConverter.Restore(value, type, _serializer, system)!;
    }

    private static JsonConverter CreateConverter(Type type, ExtendedActorSystem? system) =>
        type.GetConstructor([typeof(ExtendedActorSystem)]) is null
            ? (JsonConverter)Activator.CreateInstance(type)!
            : (JsonConverter)Activator.CreateInstance(type, system)!;
}
