using System.IO.Compression;
using AkkaReplication.Logs;

namespace AkkaReplication.Records;

/// <summary>One gzip stream over all records of a batch.</summary>
internal static class GzipCodec
{
    public static byte[] Compress(ReadOnlySpan<byte> records, int headerBytes)
    {
        using var target = new MemoryStream();
        target.Write(new byte[headerBytes]);
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(records);
        return target.ToArray();
    }

    public static ReadOnlyMemory<byte> Expand(ReadOnlyMemory<byte> compressed, int maxBytes)
    {
        try
        {
            using var gzip = new GZipStream(new ReadOnlyMemoryStream(compressed), CompressionMode.Decompress);
            var buffer = new byte[Math.Min(Math.Max(4096L, 4L * compressed.Length), maxBytes + 1L)];
            var length = 0;
            int read;
            while ((read = gzip.Read(buffer, length, buffer.Length - length)) > 0)
            {
                length += read;
                if (length > maxBytes)
                    throw new CorruptBatchException($"A gzip batch expands beyond {maxBytes} bytes.");
                if (length == buffer.Length)
                    Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, maxBytes + 1L));
            }

            return buffer.AsMemory(0, length);
        }
        catch (InvalidDataException e)
        {
            throw new CorruptBatchException($"A batch's gzip data is invalid: {e.Message}");
        }
    }
}
