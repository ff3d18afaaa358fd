using AkkaReplication.Logs;

namespace AkkaReplication.Records;

/// <summary>Compresses and expands the records of a batch, in the forms of Kafka's clients.</summary>
public static class CompressionCodec
{
    /// <summary>Whether batches of that kind can be written and read in this build.</summary>
    public static bool IsSupported(CompressionType type) =>
        type is CompressionType.None or CompressionType.Gzip or CompressionType.Snappy;

    /// <summary>The compressed records behind <paramref name="headerBytes"/> bytes that are left free.</summary>
    /// <exception cref="ReplicationException">UNSUPPORTED_COMPRESSION_TYPE.</exception>
    internal static byte[] Compress(CompressionType type, ReadOnlySpan<byte> records, int headerBytes) => type switch
    {
        CompressionType.None => Copy(records, headerBytes),
        CompressionType.Gzip => GzipCodec.Compress(records, headerBytes),
        CompressionType.Snappy => SnappyCodec.Compress(records, headerBytes),
        _ => throw Unsupported("write", type),
    };

    /// <summary>The records as they were before; the bytes themselves where they are not compressed.</summary>
    /// <param name="maxBytes">What they may expand to.</param>
    /// <exception cref="CorruptBatchException">They cannot be expanded, or expand beyond the bound.</exception>
    /// <exception cref="ReplicationException">UNSUPPORTED_COMPRESSION_TYPE.</exception>
    internal static ReadOnlyMemory<byte> Expand(CompressionType type, ReadOnlyMemory<byte> records, int maxBytes) =>
        type switch
        {
            CompressionType.None => records,
            CompressionType.Gzip => GzipCodec.Expand(records, maxBytes),
            CompressionType.Snappy => SnappyCodec.Expand(records.Span, maxBytes),
            _ => throw Unsupported("read", type),
        };

    private static byte[] Copy(ReadOnlySpan<byte> records, int headerBytes)
    {
        var target = GC.AllocateUninitializedArray<byte>(headerBytes + records.Length);
        records.CopyTo(target.AsSpan(headerBytes));
        return target;
    }

    private static ReplicationException Unsupported(string verb, CompressionType type) => new(
        ErrorCode.UnsupportedCompressionType,
        $"This build cannot {verb} batches compressed with {type}; it can with none, gzip and snappy.");
}
