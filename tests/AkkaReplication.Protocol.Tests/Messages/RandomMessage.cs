using AkkaReplication.Protocol.Generator;

namespace AkkaReplication.Protocol.Tests.Messages;

/// <summary>
/// Messages made up of random values: all that a version can say, and in fields that it lacks something too, which is then
/// dropped, unless the schema says that it must be refused.
/// </summary>
internal sealed class RandomMessage(Random random, short version)
{
    private static readonly string[] Texts = ["", "a", "orders", "größe", "日本", new('x', 63), new('y', 127), new('z', 300)];

    public object Make(MessageClass kind)
    {
        var message = Activator.CreateInstance(kind.Type)!;
        Fill(message, kind.Message.Fields);
        return message;
    }

    private void Fill(object target, List<Field> fields)
    {
        foreach (var field in fields)
        {
            var present = field.Versions.Contains(version);
            if (!present && field.Strict)
                continue;
            if (field.Tag is not null && random.Next(2) == 0)
                continue;
            MessageFields.Set(target, field, Value(target, field, present));
        }
    }

    private object? Value(object target, Field field, bool present)
    {
        if (field.Nullable.Contains(version) && present && field.Tag is null && random.Next(3) == 0)
            return null;

        var type = MessageFields.ElementType(target, field);
        if (!field.IsArray)
            return Item(type, field);

        // Beyond the elements for which an array has room at first, now and then.
        var count = random.Next(40) == 0 && field.Children.All(c => !c.IsArray) ? random.Next(200, 700) : random.Next(4);
        if (field.Tag is not null)
            count++;
        var items = Array.CreateInstance(type, count);
        for (var i = 0; i < count; i++)
            items.SetValue(Item(type, field), i);
        return items;
    }

    private object Item(Type type, Field field)
    {
        if (!field.IsStruct)
            return Primitive(field.Type);

        var item = Activator.CreateInstance(type)!;
        Fill(item, field.Children);
        return item;
    }

    private object Primitive(string type) => type switch
    {
        "bool" => random.Next(2) == 0,
        "int8" => (sbyte)random.Next(sbyte.MinValue, sbyte.MaxValue + 1),
        "int16" => (short)random.Next(short.MinValue, short.MaxValue + 1),
        "int32" => random.Next(4) == 0 ? int.MinValue : random.Next(int.MinValue, int.MaxValue),
        "int64" => random.Next(4) == 0 ? long.MinValue : random.NextInt64(long.MinValue, long.MaxValue),
        "float64" => random.NextDouble(),
        "string" => Texts[random.Next(Texts.Length)],
        "bytes" or "records" => (ReadOnlyMemory<byte>)RandomBytes(),
        "uuid" => new Guid(RandomBytes(16)),
        "error" => (ErrorCode)random.Next(-1, 120),
        _ => throw new InvalidOperationException($"No values of type {type} are made up."),
    };

    private byte[] RandomBytes() =>
        RandomBytes(random.Next(6) switch
        {
            0 => 0,
            1 => random.Next(FrameBuffer.PassThroughSize - 2, FrameBuffer.PassThroughSize + 3),
            _ => random.Next(1, 200),
        });

    private byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
