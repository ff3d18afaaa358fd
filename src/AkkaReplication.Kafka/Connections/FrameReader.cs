using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using AkkaReplication.Protocol;

namespace AkkaReplication.Kafka.Connections;

/// <summary>
/// Takes requests off a connection, one array for each: what is stored is a slice of what came. An array grows with what has
/// come, whatever the frame says of itself.
/// </summary>
internal sealed class FrameReader(PipeReader input, int maxSize)
{
    private const int FirstSize = 64 * 1024;

    /// <summary>The size of the next frame; null at the end of the connection.</summary>
    /// <exception cref="ReplicationException">INVALID_REQUEST: no frame can have that size.</exception>
    /// <exception cref="EndOfStreamException">The connection ended within a size.</exception>
    public async ValueTask<int?> ReadSizeAsync(CancellationToken ct)
    {
        while (true)
        {
            var result = await input.ReadAsync(ct).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (buffer.Length >= KafkaFrames.SizeLength)
            {
                var size = SizeOf(buffer);
                input.AdvanceTo(buffer.GetPosition(KafkaFrames.SizeLength));
                return size >= 0 && size <= maxSize
                    ? size
                    : throw new ReplicationException(
                        ErrorCode.InvalidRequest, $"A frame of {size} bytes; 0 to {maxSize} are accepted.");
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
                return buffer.IsEmpty ? null : throw new EndOfStreamException();
        }
    }

    /// <summary>The frame itself.</summary>
    /// <exception cref="EndOfStreamException">The connection ended within it.</exception>
    public async ValueTask<byte[]> ReadFrameAsync(int size, CancellationToken ct)
    {
        var frame = GC.AllocateUninitializedArray<byte>(Math.Min(size, FirstSize));
        var filled = 0;
        while (filled < size)
        {
            var result = await input.ReadAsync(ct).ConfigureAwait(false);
            var buffer = result.Buffer;
            var taken = (int)Math.Min(buffer.Length, size - filled);
            if (filled + taken > frame.Length)
                frame = Grown(frame, filled, size, filled + taken);
            buffer.Slice(0, taken).CopyTo(frame.AsSpan(filled));
            filled += taken;
            input.AdvanceTo(buffer.GetPosition(taken));
            if (filled < size && result.IsCompleted)
                throw new EndOfStreamException();
        }

        return frame;
    }

    private static byte[] Grown(byte[] frame, int filled, int size, int needed)
    {
        var larger = GC.AllocateUninitializedArray<byte>((int)Math.Min(size, Math.Max(needed, frame.Length * 2L)));
        frame.AsSpan(0, filled).CopyTo(larger);
        return larger;
    }

    private static int SizeOf(ReadOnlySequence<byte> buffer)
    {
        Span<byte> size = stackalloc byte[KafkaFrames.SizeLength];
        buffer.Slice(0, KafkaFrames.SizeLength).CopyTo(size);
        return BinaryPrimitives.ReadInt32BigEndian(size);
    }
}
