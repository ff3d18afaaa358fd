using System.Reflection;
using AkkaReplication.Protocol.Generator;

namespace AkkaReplication.Protocol.Tests.Messages;

/// <summary>A message's class, what its schema says of it, and how it is read.</summary>
internal sealed record MessageClass(Type Type, Schema Schema, Message Message, Func<ReadOnlyMemory<byte>, short, (object Message, int Length)> ReadFrom)
{
    public string Name => Type.Name;

    public IEnumerable<short> Versions =>
        Enumerable.Range(Schema.Versions.Low, Schema.Versions.High - Schema.Versions.Low + 1).Select(v => (short)v);

    public object Read(ReadOnlyMemory<byte> bytes, short version) => ReadFrom(bytes, version).Message;

    public static byte[] Write(object message, short version)
    {
        using var buffer = new FrameBuffer();
        var writer = new KafkaWriter(buffer);
        ((IKafkaMessage)message).Write(ref writer, version);
        writer.Complete();
        return buffer.ToArray();
    }
}

/// <summary>Every message that has a schema.</summary>
internal static class MessageKinds
{
    private static readonly Dictionary<string, MessageClass> ByName = Load().ToDictionary(kind => kind.Name);

    public static IReadOnlyCollection<MessageClass> All => ByName.Values;

    public static MessageClass Of(string name) => ByName[name];

    /// <summary>For theories: the name of every message.</summary>
    public static TheoryData<string> Names() => new(ByName.Keys.Order(StringComparer.Ordinal));

    public static IEnumerable<Schema> Schemas()
    {
        var assembly = typeof(MessageKinds).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".schema", StringComparison.Ordinal)))
        {
            using var text = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return SchemaParser.Parse(text.ReadToEnd());
        }
    }

    private static IEnumerable<MessageClass> Load()
    {
        foreach (var schema in Schemas())
        {
            foreach (var message in schema.Messages)
            {
                var type = typeof(IKafkaMessage).Assembly.GetType($"AkkaReplication.Protocol.Messages.{message.Name}", true)!;
                var read = typeof(MessageKinds)
                    .GetMethod(nameof(ReaderOf), BindingFlags.NonPublic | BindingFlags.Static)!
                    .MakeGenericMethod(type);
                yield return new MessageClass(
                    type, schema, message,
                    (Func<ReadOnlyMemory<byte>, short, (object, int)>)read.Invoke(null, null)!);
            }
        }
    }

    private static Func<ReadOnlyMemory<byte>, short, (object Message, int Length)> ReaderOf<T>()
        where T : IKafkaMessage<T> =>
        (bytes, version) =>
        {
            var reader = new KafkaReader(bytes);
            var message = T.Read(ref reader, version);
            return (message, reader.Position);
        };
}
