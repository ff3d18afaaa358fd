namespace AkkaReplication.Storage.Files;

/// <summary>
/// A file that is open while it is used, and otherwise only as long as <see cref="OpenFiles"/> has room. Never closed with
/// bytes that were not flushed, nor after a flush has failed.
/// </summary>
internal sealed class PooledFile : IFile
{
    private const int Closed = -(1 << 30);

    private readonly PooledFileSystem _files;
    private readonly Lock _lock = new();
    private IFile? _file;
    private FlushFailedException? _failure;
    private int _users;
    private bool _wasUsed;
    private bool _isDirty;
    private bool _isDisposed;

    public PooledFile(PooledFileSystem files, string path, IFile file)
    {
        _files = files;
        _file = file;
        Path = path;
        Place = new LinkedListNode<PooledFile>(this);
    }

    public string Path { get; private set; }

    /// <summary>Where it stands in <see cref="OpenFiles"/>, under whose lock.</summary>
    public LinkedListNode<PooledFile> Place { get; }

    public bool IsOpen => Volatile.Read(ref _file) is not null;

    public long Length
    {
        get
        {
            using var use = Use(out var file);
            return file.Length;
        }
    }

    public int Read(Span<byte> buffer, long position)
    {
        using var use = Use(out var file);
        return file.Read(buffer, position);
    }

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        using var use = Use(out var file);
        RequireTrusted();
        try
        {
            file.Write(bytes, position);
        }
        finally
        {
            MarkDirty();
        }
    }

    public void Write(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, long position)
    {
        using var use = Use(out var file);
        RequireTrusted();
        try
        {
            file.Write(first, second, position);
        }
        finally
        {
            MarkDirty();
        }
    }

    public void SetLength(long length)
    {
        using var use = Use(out var file);
        RequireTrusted();
        try
        {
            file.SetLength(length);
        }
        finally
        {
            MarkDirty();
        }
    }

    public void Flush()
    {
        using var use = Use(out var file);
        RequireTrusted();

        // Before the flush: what is written from now on makes it dirty again.
        Volatile.Write(ref _isDirty, false);
        try
        {
            file.Flush();
        }
        catch (IOException e)
        {
            MarkDirty();
            _failure ??= new FlushFailedException($"{Path}: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Closes the file until it is used again, where that is possible.</summary>
    public void Rest()
    {
        if (TryClose())
            _files.Pool.Remove(this);
    }

    /// <summary>Whether it was used since the last call.</summary>
    public bool TakeUsed()
    {
        var wasUsed = Volatile.Read(ref _wasUsed);
        Volatile.Write(ref _wasUsed, false);
        return wasUsed;
    }

    /// <summary>Closes the file unless somebody uses it or it has bytes that are not flushed.</summary>
    public bool TryClose()
    {
        lock (_lock)
        {
            if (_file is not { } file || Interlocked.CompareExchange(ref _users, Closed, 0) != 0)
                return false;

            if (!Volatile.Read(ref _isDirty) && _failure is null)
            {
                Volatile.Write(ref _file, null);
                file.Dispose();
                return true;
            }

            Interlocked.Add(ref _users, -Closed);
            return false;
        }
    }

    /// <summary>Flushes for the sake of closing: a failure is told to the next one who writes or flushes.</summary>
    public void FlushToClose()
    {
        try
        {
            if (Volatile.Read(ref _isDirty) && _failure is null)
                Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Remembered in Flush, or nobody needs it any more. But the process may end before anybody asks.
            if (_failure is not null)
                _files.FlushFailed?.Invoke();
        }
    }

    /// <summary>Gives the file another name, under which it is opened from now on.</summary>
    public void Rename(Action rename, string path)
    {
        lock (_lock)
        {
            rename();
            Path = path;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;

            _isDisposed = true;
            if (_file is { } file)
            {
                Interlocked.Add(ref _users, Closed);
                Volatile.Write(ref _file, null);
                file.Dispose();
            }
        }

        _files.Forget(this);
    }

    private void MarkDirty() => Volatile.Write(ref _isDirty, true);

    private void RequireTrusted()
    {
        if (_failure is { } failure)
            throw failure;
    }

    private User Use(out IFile file)
    {
        while (true)
        {
            if (Interlocked.Increment(ref _users) > 0 && Volatile.Read(ref _file) is { } open)
            {
                if (!Volatile.Read(ref _wasUsed))
                    Volatile.Write(ref _wasUsed, true);
                file = open;
                return new User(this);
            }

            Interlocked.Decrement(ref _users);
            if (TryReopen(out file))
                return new User(this);
        }
    }

    /// <summary>Opens the file for whoever called, who uses it from then on; false where another thread has opened it.</summary>
    private bool TryReopen(out IFile file)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            file = null!;
            if (_file is not null)
                return false;

            file = _files.OpenExisting(Path);
            Volatile.Write(ref _wasUsed, true);
            Volatile.Write(ref _file, file);
            Interlocked.Add(ref _users, 1 - Closed);
        }

        _files.Pool.Add(this);
        return true;
    }

    private readonly struct User(PooledFile file) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref file._users);
    }
}
