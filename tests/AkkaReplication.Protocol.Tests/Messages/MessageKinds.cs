using System.Reflection;
using AkkaReplication.Protocol.Generator;

namespace AkkaReplication.Protocol.Tests.Messages;

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
