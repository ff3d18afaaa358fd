using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Tests.Simulated;

/// <summary>
/// A file system in memory that forgets at <see cref="Crash"/> what was not flushed: bytes of files, and names in
/// directories, each in its own right. Deterministic for a given source of chance; safe for many threads.
/// </summary>
/// <remarks>
/// A crash keeps of each unflushed file a chosen mixture of old and new pages, so that tails are torn, holes appear, and
/// later pages may survive where earlier ones do not. Unflushed changes of a directory survive as a prefix: file systems
/// journal names in order. A process's death alone (<see cref="Kill"/>) loses nothing, it only releases the locks.
/// </remarks>
public sealed class SimulatedFileSystem : IFileSystem
{
    private readonly object _lock = new();
    private readonly Dictionary<string, string> _locks = [];
    private readonly SimulatedNames _names = new();
    private int _life;

    /// <summary>Asked before every operation that can fail: throw to make it fail. The arguments are operation and path.</summary>
    public Action<FileOperation, string>? Fault { get; set; }

    /// <summary>
    /// Asked before every write, with path and size: how many of the bytes are written before it fails; all of them where it
    /// does not.
    /// </summary>
    public Func<string, int, int>? CutWrite { get; set; }

    /// <summary>Told when somebody reads what <see cref="Damage"/> has damaged, for the first time.</summary>
    public Action? DamageMet { get; set; }

    /// <summary>The disk's size in bytes; null for a disk without end. A write that does not fit is cut, and fails.</summary>
    public long? CapacityBytes { get; set; }

    /// <summary>Bytes of all files.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_lock)
                return _names.Contents().Sum(content => (long)content.Length);
        }
    }

    /// <summary>How often somebody asked for the free space.</summary>
    public int FreeBytesCount { get; private set; }

    /// <summary>The clock that files are stamped with, ms since the Unix epoch.</summary>
    public Func<long> NowMs { get; set; } = () => 0;

    /// <summary>Flushes of files and directories so far.</summary>
    public int FlushCount { get; private set; }

    /// <summary>Opens so far, to notice who opens on a hot path.</summary>
    public int OpenCount { get; private set; }

    internal object Sync => _lock;

    internal int Life => _life;

    public IFile Open(string path, FileOpenMode mode)
    {
        lock (_lock)
        {
            Fail(FileOperation.Open, path);
            OpenCount++;
            var node = _names.Find(path);
            if (node is null)
            {
                if (mode != FileOpenMode.ReadWrite)
                    throw new FileNotFoundException($"{path} does not exist.", path);
                node = new SimulatedNode(new SimulatedContent());
                _names.Create(path, node);
            }

            if (node.Content is null)
                throw new UnauthorizedAccessException($"{path} is a directory.");
            return new SimulatedFile(this, node.Content, path, _life);
        }
    }

    public bool FileExists(string path)
    {
        lock (_lock)
            return _names.FindFile(path) is not null;
    }

    public bool DirectoryExists(string path)
    {
        lock (_lock)
            return _names.FindDirectory(path) is not null;
    }

    public void CreateDirectory(string path)
    {
        lock (_lock)
        {
            Fail(FileOperation.Create, path);
            if (DirectoryExists(path))
                return;
            var parent = SimulatedNames.ParentOf(path);
            if (!DirectoryExists(parent))
                CreateDirectory(parent);
            _names.Create(path, new SimulatedNode(content: null));
        }
    }

    public IReadOnlyList<string> ListFiles(string directory) => List(directory, ofFiles: true);

    public IReadOnlyList<string> ListDirectories(string directory) => List(directory, ofFiles: false);

    public void Rename(string from, string to)
    {
        lock (_lock)
        {
            Fail(FileOperation.Rename, from);
            var node = _names.Find(from) ?? throw new FileNotFoundException($"{from} does not exist.", from);
            if (node.Content is null && _names.Find(to) is not null)
                throw new IOException($"{to} exists.");
            _names.Rename(from, to, node);
        }
    }

    public void DeleteFile(string path)
    {
        lock (_lock)
        {
            Fail(FileOperation.Delete, path);
            if (_names.FindFile(path) is { } file)
                _names.Remove(path, file);
        }
    }

    public void DeleteDirectory(string path)
    {
        lock (_lock)
        {
            Fail(FileOperation.Delete, path);
            if (_names.FindDirectory(path) is { } directory)
                _names.Remove(path, directory);
        }
    }

    public void FlushDirectory(string path)
    {
        lock (_lock)
        {
            Fail(FileOperation.FlushDirectory, path);
            _names.Flush(_names.RequireDirectory(path));
            FlushCount++;
        }
    }

    public IDisposable Lock(string path, string owner)
    {
        lock (_lock)
        {
            Open(path, FileOpenMode.ReadWrite).Dispose();
            if (!_locks.TryAdd(path, owner))
                throw new IOException($"{path} is held by {_locks[path]}.");
            return new HeldLock(this, path, _life);
        }
    }

    public long? FreeBytes(string path)
    {
        lock (_lock)
        {
            Fail(FileOperation.AskFreeBytes, path);
            FreeBytesCount++;
            return CapacityBytes is { } capacity ? capacity - UsedBytes : null;
        }
    }

    public long LastWriteMs(string path)
    {
        lock (_lock)
        {
            return _names.FindFile(path) is { Content: { } content }
                ? content.LastWriteMs
                : throw new FileNotFoundException($"{path} does not exist.", path);
        }
    }

    /// <summary>The process dies: its locks are released and its open files are dead. What it had written is all there.</summary>
    public void Kill()
    {
        lock (_lock)
        {
            _life++;
            _locks.Clear();
        }
    }

    /// <summary>The machine dies: what was not flushed is lost, in whole, in part, or not at all, as chance has it.</summary>
    /// <returns>Whether anything was lost.</returns>
    public bool Crash(Random random)
    {
        lock (_lock)
        {
            Kill();
            var lost = _names.Crash(random);
            foreach (var content in _names.Contents())
                lost |= content.Crash(random);
            return lost;
        }
    }

    /// <summary>The bytes of a file as a reader sees them.</summary>
    public byte[] ReadFile(string path)
    {
        lock (_lock)
        {
            var content = _names.FindFile(path)?.Content ?? throw new FileNotFoundException($"{path} does not exist.", path);
            var bytes = new byte[content.Length];
            content.Read(bytes, 0);
            return bytes;
        }
    }

    /// <summary>Replaces a file's bytes, durably: damage, or a file of an earlier life.</summary>
    public void WriteFile(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = Open(path, FileOpenMode.ReadWrite);
        file.SetLength(0);
        file.Write(bytes, 0);
        file.Flush();
        FlushDirectory(SimulatedNames.ParentOf(path));
    }

    /// <summary>Turns one bit of a file round, on the disk and for all who read it.</summary>
    public void Damage(string path, int position, int bit)
    {
        lock (_lock)
            _names.FindFile(path)!.Content!.Damage(position, bit);
    }

    /// <summary>How many bytes of a write fit on the disk.</summary>
    internal int Fitting(SimulatedContent content, long position, int count) => CapacityBytes is { } capacity
        ? (int)Math.Clamp(capacity - UsedBytes + content.Length - position, 0, count)
        : count;

    internal void Fail(FileOperation operation, string path) => Fault?.Invoke(operation, path);

    internal void CountFlush() => FlushCount++;

    private List<string> List(string directory, bool ofFiles)
    {
        lock (_lock)
        {
            Fail(FileOperation.List, directory);
            return _names.RequireDirectory(directory).Names(ofFiles);
        }
    }

    private void Release(string path, int life)
    {
        lock (_lock)
        {
            if (life == _life)
                _locks.Remove(path);
        }
    }

    private sealed class HeldLock(SimulatedFileSystem files, string path, int life) : IDisposable
    {
        public void Dispose() => files.Release(path, life);
    }
}

/// <summary>What <see cref="SimulatedFileSystem.Fault"/> can make fail.</summary>
public enum FileOperation
{
    Open,
    Create,
    Rename,
    Delete,
    List,
    FlushDirectory,
    Read,
    Write,
    SetLength,
    Flush,
    AskFreeBytes,
}
