using System.Buffers;
using System.Buffers.Binary;

namespace AkkaReplication.Protocol;

/// <summary>Frames: a size in four bytes, then a header and a message.</summary>
public static class KafkaFrames
{
    /// <summary>The largest request that Kafka accepts unless told otherwise (<c>socket.request.max.bytes</c>), in bytes.</summary>
    public const int DefaultMaxRequestSize = 104_857_600;

    /// <summary>The size before every frame, in bytes.</summary>
    public const int SizeLength = 4;

    /// <summary>Takes the next frame off the front of what was received.</summary>
    /// <param name="received">What was received; afterwards without the frame, if there is one.</param>
    /// <param name="maxSize">The largest frame to accept, in bytes.</param>
    /// <param name="frame">What follows the size.</param>
    /// <param name="missing">How many bytes are missing, when the frame is not whole; at least 1.</param>
    /// <returns>False if the frame is not whole yet.</returns>
    /// <exception cref="InvalidMessageException">The size is negative or too large: the connection cannot go on.</exception>
    public static bool TryRead(
        ref ReadOnlySequence<byte> received, int maxSize, out ReadOnlySequence<byte> frame, out int missing)
    {
        frame = default;
        if (received.Length < SizeLength)
        {
            missing = SizeLength - (int)received.Length;
            return false;
        }

        Span<byte> sizeBytes = stackalloc byte[SizeLength];
        received.Slice(0, SizeLength).CopyTo(sizeBytes);
        var size = BinaryPrimitives.ReadInt32BigEndian(sizeBytes);
        if (size < 0 || size > maxSize)
        {
            throw new InvalidMessageException(
                ErrorCode.InvalidRequest, "frame", 0, "size", $"{size} bytes, accepted are 0 to {maxSize}");
        }

        var there = received.Length - SizeLength;
        if (there < size)
        {
            missing = (int)(size - there);
            return false;
        }

        missing = 0;
        frame = received.Slice(SizeLength, size);
        received = received.Slice(frame.End);
        return true;
    }

    /// <summary>Adds a frame with that request to the buffer; after an exception the buffer is as it was.</summary>
    /// <exception cref="ReplicationException">
    /// UNSUPPORTED_VERSION: the version cannot be written, or cannot say what the request says.
    /// </exception>
    public static void WriteRequest(
        FrameBuffer buffer, short version, int correlationId, string? clientId, IKafkaRequest request)
    {
        var start = buffer.GetMark();
        try
        {
            var writer = new KafkaWriter(buffer);
            writer.WriteInt32(0);
            new RequestHeader(request.ApiKey, version, correlationId, clientId).Write(ref writer);
            request.Write(ref writer, version);
            writer.Complete();
            Finish(buffer, start);
        }
        catch
        {
            buffer.Rewind(start);
            throw;
        }
    }

    /// <summary>Adds a frame with that response to the buffer; after an exception the buffer is as it was.</summary>
    /// <exception cref="ReplicationException">
    /// UNSUPPORTED_VERSION: the version cannot be written, or cannot say what the response says.
    /// </exception>
    public static void WriteResponse(FrameBuffer buffer, short version, int correlationId, IKafkaResponse response)
    {
        var start = buffer.GetMark();
        try
        {
            var writer = new KafkaWriter(buffer);
            writer.WriteInt32(0);
            new ResponseHeader(correlationId).Write(ref writer, response.ApiKey, version);
            response.Write(ref writer, version);
            writer.Complete();
            Finish(buffer, start);
        }
        catch
        {
            buffer.Rewind(start);
            throw;
        }
    }

    private static void Finish(FrameBuffer buffer, FrameBuffer.Mark start)
    {
        var size = buffer.Length - start.Written - start.PassedThrough - SizeLength;
        if (size > int.MaxValue)
            throw new ReplicationException(ErrorCode.MessageTooLarge, $"a frame of {size} bytes");
        BinaryPrimitives.WriteInt32BigEndian(buffer.Space[start.Written..], (int)size);
    }
}
