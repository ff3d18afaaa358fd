using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Tests.Simulated;

/// <summary>An open simulated file; dead once its process is.</summary>
internal sealed class SimulatedFile(SimulatedFileSystem files, SimulatedContent content, string path, int life) : IFile
{
    private bool _isDisposed;

    public long Length
    {
        get
        {
            lock (files.Sync)
                return content.Length;
        }
    }

    public int Read(Span<byte> buffer, long position)
    {
        lock (files.Sync)
        {
            RequireLive(FileOperation.Read);
            return content.Read(buffer, position);
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        lock (files.Sync)
        {
            RequireLive(FileOperation.Write);
            WriteFitting(bytes, position);
        }
    }

    public void Write(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, long position)
    {
        lock (files.Sync)
        {
            RequireLive(FileOperation.Write);
            WriteFitting(first.Span, position);
            WriteFitting(second.Span, position + first.Length);
        }
    }

    public void SetLength(long length)
    {
        lock (files.Sync)
        {
            RequireLive(FileOperation.SetLength);
            content.SetLength(length);
        }
    }

    public void Flush()
    {
        lock (files.Sync)
        {
            try
            {
                RequireLive(FileOperation.Flush);
            }
            catch (IOException)
            {
                content.ForgetDirty();
                throw;
            }

            files.CountFlush();
            content.Flush();
        }
    }

    public void Dispose() => _isDisposed = true;

    private void WriteFitting(ReadOnlySpan<byte> bytes, long position)
    {
        var fitting = files.Fitting(content, position, bytes.Length);
        content.Write(bytes[..fitting], position);
        content.LastWriteMs = files.NowMs();
        if (fitting < bytes.Length)
            throw new IOException($"{path}: no space left on device.");
    }

    private void RequireLive(FileOperation operation)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (files.Life != life)
            throw new IOException($"{path}: the process that opened it is dead.");
        files.Fail(operation, path);
    }
}
