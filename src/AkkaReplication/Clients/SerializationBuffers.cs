using System.Buffers;

namespace AkkaReplication.Clients;

/// <summary>A thread's buffers for one key and one value on their way into a batch.</summary>
internal sealed class SerializationBuffers
{
    /// <summary>A thread keeps no larger buffer than this from one record to the next.</summary>
    private const int KeptBytes = 64 * 1024;

    [ThreadStatic]
    private static SerializationBuffers? _ofThread;

    private ArrayBufferWriter<byte> _key = new();
    private ArrayBufferWriter<byte> _value = new();

    /// <summary>This thread's buffers, or new ones where a serializer itself produces.</summary>
    public static SerializationBuffers Rent()
    {
        var buffers = _ofThread ?? new SerializationBuffers();
        _ofThread = null;
        return buffers;
    }

    public void Return()
    {
        Reset(ref _key);
        Reset(ref _value);
        _ofThread = this;
    }

    public ReadOnlySpan<byte> Serialize<T>(ISerializer<T> serializer, T data, SerializationContext context)
    {
        if (data is null)
            return default;
        if (serializer is IBytesSerializer<T> bytes)
            return bytes.BytesOf(data);

        var buffer = context.Component == MessageComponentType.Key ? _key : _value;
        serializer.Serialize(data, buffer, context);
        return buffer.WrittenSpan;
    }

    private static void Reset(ref ArrayBufferWriter<byte> buffer)
    {
        if (buffer.Capacity > KeptBytes)
            buffer = new ArrayBufferWriter<byte>();
        else
            buffer.ResetWrittenCount();
    }
}
