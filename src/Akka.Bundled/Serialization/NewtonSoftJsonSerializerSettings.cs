using Akka.Configuration;
using Akka.Util.Internal;
using Newtonsoft.Json;

namespace Akka.Serialization;

/// <summary>The settings of <c>akka.actor.serialization-settings.json</c>.</summary>
public sealed class NewtonSoftJsonSerializerSettings
{
    /// <summary>
    /// Type names and references are written, and there are no converters.
    /// </summary>
    public static readonly NewtonSoftJsonSerializerSettings Default = new(true, true, [], true, 2048, 32768);

    /// <summary>Creates the settings.</summary>
    public NewtonSoftJsonSerializerSettings(
        bool encodeTypeNames,
        bool preserveObjectReferences,
        IEnumerable<Type> converters,
        bool usePooledStringBuilder,
        int stringBuilderMinSize,
        int stringBuilderMaxSize)
    {
        ArgumentNullException.ThrowIfNull(converters);
        EncodeTypeNames = encodeTypeNames;
        PreserveObjectReferences = preserveObjectReferences;
        Converters = converters;
        UsePooledStringBuilder = usePooledStringBuilder;
        StringBuilderMinSize = stringBuilderMinSize;
        StringBuilderMaxSize = stringBuilderMaxSize;
    }

    /// <summary>Additional converters: JsonConverters with a constructor that takes nothing or the system.</summary>
    public IEnumerable<Type> Converters { get; }

    /// <summary>Whether the names of types stand in the JSON.</summary>
    public bool EncodeTypeNames { get; }

    /// <summary>Whether an object that occurs twice is written once.</summary>
    public bool PreserveObjectReferences { get; }

    /// <summary>Kept for compatibility: nothing is built in strings here.</summary>
    public int StringBuilderMaxSize { get; }

    /// <summary>Kept for compatibility: nothing is built in strings here.</summary>
    public int StringBuilderMinSize { get; }

    /// <summary>Kept for compatibility: nothing is built in strings here.</summary>
    public bool UsePooledStringBuilder { get; }

    /// <summary>Reads the settings; missing keys have the default.</summary>
    public static NewtonSoftJsonSerializerSettings Create(Config config)
    {
        if (config.IsNullOrEmpty())
        {
            throw ConfigurationException.NullOrEmptyConfig<NewtonSoftJsonSerializerSettings>();
        }

        return new NewtonSoftJsonSerializerSettings(
            config.GetBoolean("encode-type-names", true),
            config.GetBoolean("preserve-object-references", true),
            [.. config.GetStringList("converters", []).Select(ConverterType)],
            config.GetBoolean("use-pooled-string-builder", true),
            config.GetInt("pooled-string-builder-minsize", 2048),
            config.GetInt("pooled-string-builder-maxsize", 32768));
    }

    private static Type ConverterType(string name)
    {
        var type = TypeResolution.GetType(name, throwOnError: true)!;
        return typeof(JsonConverter).IsAssignableFrom(type)
            ? type
            : throw new ArgumentException($"Type {type} doesn't inherit from a {typeof(JsonConverter)}.");
    }
}

/// <summary>Changes to the settings of the JSON serializer, made by code.</summary>
public sealed class NewtonSoftJsonSerializerSetup : Actor.Setup.Setup
{
    private NewtonSoftJsonSerializerSetup(Action<JsonSerializerSettings> settings)
    {
        ApplySettings = settings;
    }

    /// <summary>What to do to the settings before the converters and the contract resolver are put in.</summary>
    public Action<JsonSerializerSettings> ApplySettings { get; }

    /// <summary>Creates the setup.</summary>
    public static NewtonSoftJsonSerializerSetup Create(Action<JsonSerializerSettings> settings) => new(settings);
}
