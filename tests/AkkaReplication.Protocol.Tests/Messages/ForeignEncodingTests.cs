using System.Text.Json;
using AkkaReplication.Protocol.Generator;

namespace AkkaReplication.Protocol.Tests.Messages;

/// <summary>Messages that somebody else's library has encoded are read as they were meant, and written to the byte as there.</summary>
public sealed class ForeignEncodingTests
{
    private static readonly ILookup<string, string[]> Lines = Fixture.Lines("kafka-python.txt")
        .Select(line => line.Split(' '))
        .ToLookup(words => words[0]);

    public static TheoryData<string> Names => new(Lines.Select(g => g.Key));

    [Theory]
    [MemberData(nameof(Names))]
    public void What_another_library_encodes_is_encoded_alike_here(string name)
    {
        var kind = MessageKinds.Of(name);
        Assert.Equal(kind.Versions.Select(v => $"{v}"), Lines[name].Select(words => words[1]).Distinct());
        foreach (var words in Lines[name])
        {
            var version = short.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
            using var values = JsonDocument.Parse(words[2]);
            var message = Activator.CreateInstance(kind.Type)!;
            Fill(message, kind.Message.Fields, values.RootElement, kind.Schema, version);

            Assert.Equal($"{name} {version} {words[3]}", $"{name} {version} {Convert.ToHexString(MessageClass.Write(message, version))}");
            var (read, length) = kind.ReadFrom(Convert.FromHexString(words[3]), version);
            Assert.Equal(words[3].Length / 2, length);
            MessageFields.AssertRead(message, read, kind.Message.Fields, kind.Schema, version);
        }
    }

    [Fact]
    public void Every_api_is_among_them() =>
        Assert.Equal(
            MessageKinds.All.Where(kind => kind.Schema.ApiKey is not null).Select(kind => kind.Name).Order(StringComparer.Ordinal),
            Lines.Select(g => g.Key).Order(StringComparer.Ordinal));

    private static void Fill(object target, List<Field> fields, JsonElement values, Schema schema, short version)
    {
        var present = fields.Where(f => f.Tag is null && f.Versions.Contains(version)).ToList();
        var flexible = schema.Flexible.Contains(version);
        Assert.Equal(present.Count + (flexible ? 1 : 0), values.GetArrayLength());
        for (var i = 0; i < present.Count; i++)
            MessageFields.Set(target, present[i], Value(target, present[i], values[i], schema, version));
        if (!flexible)
            return;

        foreach (var tag in values[present.Count].EnumerateObject())
        {
            var field = fields.Single(f => $"{f.Tag}" == tag.Name && f.Versions.Contains(version));
            MessageFields.Set(target, field, Value(target, field, tag.Value, schema, version));
        }
    }

    private static object? Value(object target, Field field, JsonElement value, Schema schema, short version)
    {
        if (value.ValueKind == JsonValueKind.Null)
            return null;

        var type = MessageFields.ElementType(target, field);
        if (!field.IsArray)
            return Item(type, field, value, schema, version);

        var items = Array.CreateInstance(type, value.GetArrayLength());
        for (var i = 0; i < items.Length; i++)
            items.SetValue(Item(type, field, value[i], schema, version), i);
        return items;
    }

    private static object Item(Type type, Field field, JsonElement value, Schema schema, short version)
    {
        if (field.IsStruct)
        {
            var item = Activator.CreateInstance(type)!;
            Fill(item, field.Children, value, schema, version);
            return item;
        }

        return field.Type switch
        {
            "bool" => value.GetBoolean(),
            "int8" => value.GetSByte(),
            "int16" => value.GetInt16(),
            "int32" => value.GetInt32(),
            "int64" => value.GetInt64(),
            "string" => value.GetString()!,
            "bytes" or "records" => (ReadOnlyMemory<byte>)Convert.FromHexString(value.GetString()!),
            "uuid" => value.GetGuid(),
            "error" => (ErrorCode)value.GetInt16(),
            _ => throw new InvalidOperationException($"{field.Path}: {field.Type} is not known."),
        };
    }
}
