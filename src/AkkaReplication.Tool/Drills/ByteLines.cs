namespace AkkaReplication.Tool.Drills;

/// <summary>
/// Splits a stream into lines of bytes: ends at LF or CRLF, the last line may have no end. Closes the stream.
/// </summary>
internal static class ByteLines
{
    /// <param name="maxBytes">Of a longer line only this many bytes and one more are returned, and it is the last
    /// one.</param>
    public static IEnumerable<byte[]> Read(Stream stream, int maxBytes)
    {
        using var source = stream;
        var buffer = new byte[1 << 16];
        var line = new MemoryStream();
        int count;
        while ((count = source.Read(buffer, 0, buffer.Length)) > 0)
        {
            var start = 0;
            int end;
            while ((end = Array.IndexOf(buffer, (byte)'\n', start, count - start)) >= 0)
            {
                line.Write(buffer, start, end - start);
                yield return Take(line);
                start = end + 1;
            }

            line.Write(buffer, start, count - start);
            if (line.Length > maxBytes + 1L)
            {
                yield return line.ToArray()[..(maxBytes + 1)];
                yield break;
            }
        }

        if (line.Length > 0)
            yield return Take(line);
    }

    private static byte[] Take(MemoryStream line)
    {
        var length = (int)line.Length;
        if (length > 0 && line.GetBuffer()[length - 1] == (byte)'\r')
            length--;
        var bytes = line.GetBuffer().AsSpan(0, length).ToArray();
        line.SetLength(0);
        return bytes;
    }
}
