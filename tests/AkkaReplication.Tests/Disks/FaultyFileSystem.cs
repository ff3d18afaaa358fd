using AkkaReplication.Storage.Files;

namespace AkkaReplication.Tests.Disks;

/// <summary>The real file system, with directories whose disk hangs, fails or is full, as a test says.</summary>
internal sealed class FaultyFileSystem : IFileSystem
{
    private readonly IFileSystem _real = PhysicalFileSystem.Instance;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ManualResetEventSlim> _hanging = [];
    private readonly HashSet<string> _failing = [];
    private readonly Dictionary<string, long> _freeBytes = [];
    private int _hangingCalls;

    /// <summary>Calls that hang at this moment.</summary>
    public int HangingCalls => Volatile.Read(ref _hangingCalls);

    /// <summary>Every call on what is below the directory waits from now on.</summary>
    public void Hang(string directory)
    {
        lock (_lock)
            _hanging.Add(directory, new ManualResetEventSlim(false));
    }

    /// <summary>What waits goes on, and everything after it.</summary>
    public void LetGo(string directory)
    {
        lock (_lock)
        {
            if (_hanging.Remove(directory, out var gate))
                gate.Set();
        }
    }

    /// <summary>Every read and write below the directory is an I/O error from now on.</summary>
    public void Fail(string directory)
    {
        lock (_lock)
            _failing.Add(directory);
    }

    /// <summary>
    /// Every write below the directory fails as on a full disk, although it said that it had room: others were faster.
    /// </summary>
    public void FillUp(string directory) => SetFreeBytes(directory, -1);

    /// <summary>The disk says so from now on.</summary>
    public void SetFreeBytes(string directory, long bytes)
    {
        lock (_lock)
            _freeBytes[directory] = bytes;
    }

    public IFile Open(string path, FileOpenMode mode)
    {
        Enter(path);
        return new FaultyFile(this, path, _real.Open(path, mode));
    }

    public bool FileExists(string path) => Call(path, () => _real.FileExists(path));

    public bool DirectoryExists(string path) => Call(path, () => _real.DirectoryExists(path));

    public void CreateDirectory(string path) => Call(path, () => _real.CreateDirectory(path));

    public IReadOnlyList<string> ListFiles(string directory) => Call(directory, () => _real.ListFiles(directory));

    public IReadOnlyList<string> ListDirectories(string directory) => Call(directory, () => _real.ListDirectories(directory));

    public void Rename(string from, string to) => Call(from, () => _real.Rename(from, to));

    public void DeleteFile(string path) => Call(path, () => _real.DeleteFile(path));

    public void DeleteDirectory(string path) => Call(path, () => _real.DeleteDirectory(path));

    public void FlushDirectory(string path) => Call(path, () => _real.FlushDirectory(path));

    public IDisposable Lock(string path, string owner) => Call(path, () => _real.Lock(path, owner));

    public long LastWriteMs(string path) => Call(path, () => _real.LastWriteMs(path));

    public long? FreeBytes(string path)
    {
        Enter(path);
        return FreeBytesOf(path) switch
        {
            null => _real.FreeBytes(path),
            < 0 => long.MaxValue,
            var bytes => bytes,
        };
    }

    private static bool IsIn(string path, string directory) =>
        path == directory || path.StartsWith(directory + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private void Call(string path, Action action)
    {
        Enter(path);
        action();
    }

    private T Call<T>(string path, Func<T> action)
    {
        Enter(path);
        return action();
    }

    private long? FreeBytesOf(string path)
    {
        lock (_lock)
        {
            foreach (var (directory, bytes) in _freeBytes)
            {
                if (IsIn(path, directory))
                    return bytes;
            }
        }

        return null;
    }

    private void EnterWrite(string path)
    {
        Enter(path);
        if (FreeBytesOf(path) < 0)
            throw new IOException($"No space left on device: {path}");
    }

    private void Enter(string path)
    {
        ManualResetEventSlim? gate = null;
        lock (_lock)
        {
            if (_failing.Any(directory => IsIn(path, directory)))
                throw new IOException($"Input/output error: {path}");
            foreach (var (directory, hanging) in _hanging)
            {
                if (IsIn(path, directory))
                    gate = hanging;
            }
        }

        if (gate is null)
            return;
        Interlocked.Increment(ref _hangingCalls);
        gate.Wait();
        Interlocked.Decrement(ref _hangingCalls);
    }

    private sealed class FaultyFile(FaultyFileSystem files, string path, IFile real) : IFile
    {
        public long Length => real.Length;

        public int Read(Span<byte> buffer, long position)
        {
            files.Enter(path);
            return real.Read(buffer, position);
        }

        public void Write(ReadOnlySpan<byte> bytes, long position)
        {
            files.EnterWrite(path);
            real.Write(bytes, position);
        }

        public void Write(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, long position)
        {
            files.EnterWrite(path);
            real.Write(first, second, position);
        }

        public void SetLength(long length)
        {
            files.EnterWrite(path);
            real.SetLength(length);
        }

        public void Flush()
        {
            files.Enter(path);
            real.Flush();
        }

        public void Dispose() => real.Dispose();
    }
}
