using AkkaReplication.Protocol.Generator;

namespace AkkaReplication.Protocol.Tests.Messages;

/// <summary>A message's class, what its schema says of it, and how it is read.</summary>
/// <param name="ReadFrom">Gives the message and how many bytes it had.</param>
internal sealed record MessageClass(
    Type Type, Schema Schema, Message Message, Func<ReadOnlyMemory<byte>, short, (object Message, int Length)> ReadFrom)
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
