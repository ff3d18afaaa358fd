using System.Buffers.Binary;

namespace AkkaReplication.Protocol;

/// <summary>
/// Messages that begin with their own version, in two bytes: the keys and values of <c>__consumer_offsets</c> and
/// <c>__transaction_state</c>, and what consumers tell each other when their group rebalances.
/// </summary>
public static class Versioned
{
    private const int VersionLength = 2;

    /// <summary>The version that the bytes begin with.</summary>
    /// <exception cref="InvalidMessageException">There are not even two bytes.</exception>
    public static short VersionOf(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.TryReadInt16BigEndian(bytes, out var version)
            ? version
            : throw new InvalidMessageException(
                ErrorCode.InvalidRequest, "a message", -1, "version", $"{VersionLength} bytes expected, {bytes.Length} left");

    /// <summary>Reads a message behind its version.</summary>
    /// <param name="bytes">Of which byte fields of the message are slices.</param>
    /// <param name="laterVersionsAlike">
    /// Whether a version later than the highest that is known is read as that one: later versions of the consumer's own
    /// protocol only add fields at the end.
    /// </param>
    /// <exception cref="InvalidMessageException">
    /// The bytes are no such message, or it is of a version that is not known.
    /// </exception>
    public static T Read<T>(ReadOnlyMemory<byte> bytes, bool laterVersionsAlike = false)
        where T : IKafkaMessage<T>
    {
        var version = VersionOf(bytes.Span);
        if (laterVersionsAlike && version > T.HighestVersion)
            version = T.HighestVersion;
        var reader = new KafkaReader(bytes[VersionLength..]);
        return T.Read(ref reader, version);
    }

    /// <returns>The version and the message behind it.</returns>
    /// <exception cref="ReplicationException">
    /// UNSUPPORTED_VERSION: the version cannot be written, or cannot say what the message says.
    /// </exception>
    public static byte[] Write<T>(T message, short version)
        where T : IKafkaMessage<T>
    {
        using var buffer = new FrameBuffer();
        var writer = new KafkaWriter(buffer);
        writer.WriteInt16(version);
        message.Write(ref writer, version);
        writer.Complete();
        return buffer.ToArray();
    }
}
