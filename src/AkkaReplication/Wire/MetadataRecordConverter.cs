using System.Text.Json;
using System.Text.Json.Serialization;
using AkkaReplication.Metadata;

namespace AkkaReplication.Wire;

/// <summary>A metadata record travels in the encoding in which it is stored: there is one, and it is versioned.</summary>
internal sealed class MetadataRecordConverter : JsonConverter<MetadataRecord>
{
    public override bool CanConvert(Type typeToConvert) => typeof(MetadataRecord).IsAssignableFrom(typeToConvert);

    public override MetadataRecord Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        MetadataRecordCodec.Decode(reader.GetBytesFromBase64());

    public override void Write(Utf8JsonWriter writer, MetadataRecord value, JsonSerializerOptions options) =>
        writer.WriteBase64StringValue(MetadataRecordCodec.Encode(value));
}
