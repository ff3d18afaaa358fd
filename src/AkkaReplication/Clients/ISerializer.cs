using System.Buffers;

namespace AkkaReplication;

/// <summary>Which part of a record is meant.</summary>
public enum MessageComponentType : byte
{
    Key,
    Value,
}

/// <summary>For whom something is serialized or deserialized.</summary>
public readonly record struct SerializationContext(MessageComponentType Component, string Topic, Headers? Headers);

/// <summary>Turns keys or values into bytes. Called on the caller's thread, by several at a time.</summary>
public interface ISerializer<in T>
{
    /// <summary>
    /// Writes the bytes of <paramref name="data"/>, which is never null: a null key or value stays null.
    /// </summary>
    /// <exception cref="Exception">Any exception refuses the record, and reaches the caller of the producer as the inner
    /// one of a <see cref="ProduceException"/> (INVALID_RECORD). Other records are not affected.</exception>
    void Serialize(T data, IBufferWriter<byte> output, SerializationContext context);
}

/// <summary>Turns bytes into keys or values. Called on the caller's thread.</summary>
public interface IDeserializer<out T>
{
    /// <param name="data">The bytes; they never change, so that a result may refer to them.</param>
    /// <param name="isNull">The key or value is null, not merely empty.</param>
    /// <exception cref="Exception">Any exception reaches the consumer's caller as the inner one of a
    /// <see cref="RecordDeserializationException"/>; the position stays at the record.</exception>
    T Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context);
}
