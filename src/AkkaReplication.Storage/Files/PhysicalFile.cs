using Microsoft.Win32.SafeHandles;

namespace AkkaReplication.Storage.Files;

/// <summary>A file of the operating system, read and written at positions; it has no position of its own.</summary>
internal sealed class PhysicalFile(SafeFileHandle handle) : IFile
{
    // Reused: a gather write takes a list, and there is one writer.
    private readonly ReadOnlyMemory<byte>[] _pieces = new ReadOnlyMemory<byte>[2];

    public long Length => RandomAccess.GetLength(handle);

    public int Read(Span<byte> buffer, long position)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            var read = RandomAccess.Read(handle, buffer[total..], position + total);
            if (read == 0)
                break;
            total += read;
        }

        return total;
    }

    public void Write(ReadOnlySpan<byte> bytes, long position) => RandomAccess.Write(handle, bytes, position);

    public void Write(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, long position)
    {
        _pieces[0] = first;
        _pieces[1] = second;
        try
        {
            RandomAccess.Write(handle, _pieces, position);
        }
        finally
        {
            Array.Clear(_pieces);
        }
    }

    public void SetLength(long length) => RandomAccess.SetLength(handle, length);

    public void Flush()
    {
        if (OperatingSystem.IsWindows())
            RandomAccess.FlushToDisk(handle);
        else
            Unix.Flush(handle);
    }

    public void Dispose() => handle.Dispose();
}
