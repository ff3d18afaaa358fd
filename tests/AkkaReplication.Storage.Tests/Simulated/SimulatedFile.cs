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
            var read = content.Read(buffer, position);
            if (content.MeetsDamage(position, read))
                files.DamageMet?.Invoke();
            return read;
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        lock (files.Sync)
        {
            RequireLive(FileOperation.Write);
            WriteFitting(bytes, [], position);
        }
    }

    public void Write(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, long position)
    {
        lock (files.Sync)
        {
            RequireLive(FileOperation.Write);
            WriteFitting(first.Span, second.Span, position);
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
            catch (IOException e) when (e is not DeadProcessException)
            {
                content.ForgetDirty();
                throw;
            }

            files.CountFlush();
            content.Flush();
        }
    }

    public void Dispose() => _isDisposed = true;

    /// <summary>Two pieces as one write: what does not fit, or is cut, fails it after the part that does.</summary>
    private void WriteFitting(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, long position)
    {
        var bytes = first.Length + second.Length;
        var fitting = files.Fitting(content, position, bytes);
        var written = Math.Min(fitting, files.CutWrite?.Invoke(path, bytes) ?? bytes);
        content.Write(first[..Math.Min(written, first.Length)], position);
        if (written > first.Length)
            content.Write(second[..(written - first.Length)], position + first.Length);
        content.LastWriteMs = files.NowMs();
        if (written < bytes)
            throw new IOException(written < fitting ? $"{path}: I/O error." : $"{path}: no space left on device.");
    }

    private void RequireLive(FileOperation operation)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (files.Life != life)
            throw new DeadProcessException($"{path}: the process that opened it is dead.");
        files.Fail(operation, path);
    }
}
