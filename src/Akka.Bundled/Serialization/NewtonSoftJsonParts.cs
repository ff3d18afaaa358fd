using System.Globalization;
using System.Reflection;
using Akka.Actor;
using Akka.Util;
using Akka.Util.Internal;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;

namespace Akka.Serialization;

/// <summary>Lets Json.NET write to properties with a private setter.</summary>
internal sealed class PrivateSetterResolver : DefaultContractResolver
{
    protected override JsonProperty CreateProperty(MemberInfo member, MemberSerialization memberSerialization)
    {
        var property = base.CreateProperty(member, memberSerialization);
        if (!property.Writable && member is PropertyInfo info)
        {
            property.Writable = info.GetSetMethod(nonPublic: true) is not null;
        }

        return property;
    }
}

/// <summary>
/// Names Akka's own types with the assemblies that Akka.NET ships them in, so that what is written here can be read
/// by the packages and the other way round.
/// </summary>
internal sealed class OfficialNamesBinder : ISerializationBinder
{
    private readonly DefaultSerializationBinder _default = new();

    public Type BindToType(string? assemblyName, string typeName) =>
        TypeResolution.GetType(assemblyName is null ? typeName : $"{typeName}, {assemblyName}", throwOnError: true)!;

    public void BindToName(Type serializedType, out string? assemblyName, out string? typeName)
    {
        _default.BindToName(serializedType, out assemblyName, out typeName);
        assemblyName = TypeResolution.OfficialAssembly(serializedType) ?? assemblyName;
    }
}

/// <summary>
/// Writes references and the like by their surrogates, and int, float and decimal as <c>{"$":"I5"}</c>: JSON has one
/// kind of number only, and a value in a field of type object would come back as a long or a double.
/// </summary>
internal sealed class SurrogateConverter : JsonConverter
{
    private const string Mark = "$";

    private readonly ExtendedActorSystem? _system;

    public SurrogateConverter(ExtendedActorSystem? system)
    {
        _system = system;
    }

    public override bool CanConvert(Type objectType) =>
        objectType == typeof(int) || objectType == typeof(float) || objectType == typeof(decimal)
        || objectType == typeof(object) || typeof(ISurrogated).IsAssignableFrom(objectType);

    public override object? ReadJson(
        JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer) =>
        Restore(serializer.Deserialize(reader), objectType, serializer, _system);

    public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer)
    {
        if (Tagged(value) is { } tagged)
        {
            writer.WriteStartObject();
            writer.WritePropertyName(Mark);
            writer.WriteValue(tagged);
            writer.WriteEndObject();
        }
        else
        {
            serializer.Serialize(writer, value is ISurrogated surrogated ? surrogated.ToSurrogate(_system!) : value);
        }
    }

    /// <summary>What the read value stands for.</summary>
    internal static object? Restore(
        object? value, Type? type, JsonSerializer serializer, ActorSystem? system) => value switch
        {
            JObject tagged when tagged[Mark]?.Value<string>() is { } text => Untagged(text),
            JObject plain when type == typeof(object) => RestoreNumbers(plain),
            JObject plain when type is not null => plain.ToObject(type, serializer),
            ISurrogate surrogate => surrogate.FromSurrogate(system!),
            _ => value
        };

    private static JToken RestoreNumbers(JToken token)
    {
        switch (token)
        {
            case JObject tagged when tagged[Mark]?.Value<string>() is { } text:
                return new JValue(Untagged(text));
            case JObject @object:
                foreach (var property in @object.Properties())
                {
                    property.Value = RestoreNumbers(property.Value);
                }

                return @object;
            case JArray array:
                for (var i = 0; i < array.Count; i++)
                {
                    array[i] = RestoreNumbers(array[i]);
                }

                return array;
            default:
                return token;
        }
    }

    private static string? Tagged(object? value) => value switch
    {
        int number => "I" + number.ToString(NumberFormatInfo.InvariantInfo),
        float number => "F" + number.ToString(NumberFormatInfo.InvariantInfo),
        decimal number => "M" + number.ToString(NumberFormatInfo.InvariantInfo),
        _ => null
    };

    private static object Untagged(string text) => text[0] switch
    {
        'I' => int.Parse(text.AsSpan(1), NumberStyles.Integer, NumberFormatInfo.InvariantInfo),
        'F' => float.Parse(text.AsSpan(1), NumberFormatInfo.InvariantInfo),
        'M' => decimal.Parse(text.AsSpan(1), NumberFormatInfo.InvariantInfo),
        _ => throw new NotSupportedException($"Unknown kind of number: {text}")
    };
}
