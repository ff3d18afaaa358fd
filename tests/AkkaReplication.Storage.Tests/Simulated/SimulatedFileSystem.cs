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
    private Dictionary<string, Node> _names = new() { ["/"] = new Node() };
    private readonly List<NameChange> _unflushedNames = [];
    private int _life;

    /// <summary>Asked before every operation that can fail: throw to make it fail. The arguments are operation and path.</summary>
    public Action<FileOperation, string>? Fault { get; set; }

    /// <summary>The disk's size in bytes; null for a disk without end. A write that does not fit is cut, and fails.</summary>
    public long? CapacityBytes { get; set; }

    /// <summary>Bytes of all files.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_lock)
                return _names.Values.Select(node => node.Content).OfType<SimulatedContent>().Distinct().Sum(c => (long)c.Length);
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
            if (!_names.TryGetValue(path, out var node))
            {
                if (mode != FileOpenMode.ReadWrite)
                    throw new FileNotFoundException($"{path} does not exist.", path);
                RequireDirectory(Parent(path));
                node = new Node { Content = new SimulatedContent() };
                Change(new NameChange(path, null, node));
            }

            if (node.Content is null)
                throw new UnauthorizedAccessException($"{path} is a directory.");
            return new SimulatedFile(this, node.Content, path, _life);
        }
    }

    public bool FileExists(string path)
    {
        lock (_lock)
            return _names.TryGetValue(path, out var node) && node.Content is not null;
    }

    public bool DirectoryExists(string path)
    {
        lock (_lock)
            return _names.TryGetValue(path, out var node) && node.Content is null;
    }

    public void CreateDirectory(string path)
    {
        lock (_lock)
        {
            Fail(FileOperation.Create, path);
            if (DirectoryExists(path))
                return;
            if (!DirectoryExists(Parent(path)))
                CreateDirectory(Parent(path));
            Change(new NameChange(path, null, new Node()));
        }
    }

    public IReadOnlyList<string> ListFiles(string directory) => List(directory, node => node.Content is not null);

    public IReadOnlyList<string> ListDirectories(string directory) => List(directory, node => node.Content is null);

    public void Rename(string from, string to)
    {
        lock (_lock)
        {
            Fail(FileOperation.Rename, from);
            if (!_names.ContainsKey(from))
                throw new FileNotFoundException($"{from} does not exist.", from);
            if (DirectoryExists(from) && _names.ContainsKey(to))
                throw new IOException($"{to} exists.");
            Change(new NameChange(from, to, null));
        }
    }

    public void DeleteFile(string path)
    {
        lock (_lock)
        {
            Fail(FileOperation.Delete, path);
            if (FileExists(path))
                Change(new NameChange(path, null, null));
        }
    }

    public void DeleteDirectory(string path)
    {
        lock (_lock)
        {
            Fail(FileOperation.Delete, path);
            if (DirectoryExists(path))
                Change(new NameChange(path, null, null));
        }
    }

    public void FlushDirectory(string path)
    {
        lock (_lock)
        {
            Fail(FileOperation.FlushDirectory, path);
            RequireDirectory(path);
            FlushCount++;
            // Names are journalled in order: whatever was done before is durable, too.
            var last = _unflushedNames.FindLastIndex(change => Parent(change.Path) == path || Parent(change.To ?? "/") == path);
            _unflushedNames.RemoveRange(0, last + 1);
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
            FreeBytesCount++;
            return CapacityBytes is { } capacity ? capacity - UsedBytes : null;
        }
    }

    public long LastWriteMs(string path)
    {
        lock (_lock)
        {
            return _names.TryGetValue(path, out var node) && node.Content is { } content
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
    public void Crash(Random random)
    {
        lock (_lock)
        {
            Kill();
            LoseNames(random);
            foreach (var content in _names.Values.Select(node => node.Content).OfType<SimulatedContent>().Distinct())
                content.Crash(random);
            _unflushedNames.Clear();
        }
    }

    /// <summary>The bytes of a file as a reader sees them.</summary>
    public byte[] ReadFile(string path)
    {
        using var file = Open(path, FileOpenMode.Read);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        return bytes;
    }

    /// <summary>Replaces a file's bytes, durably: damage, or a file of an earlier life.</summary>
    public void WriteFile(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = Open(path, FileOpenMode.ReadWrite);
        file.SetLength(0);
        file.Write(bytes, 0);
        file.Flush();
        FlushDirectory(Parent(path));
    }

    /// <summary>How many bytes of a write fit on the disk.</summary>
    internal int Fitting(SimulatedContent content, long position, int count) => CapacityBytes is { } capacity
        ? (int)Math.Clamp(capacity - UsedBytes + content.Length - position, 0, count)
        : count;

    internal void Fail(FileOperation operation, string path) => Fault?.Invoke(operation, path);

    internal void CountFlush() => FlushCount++;

    private static string Parent(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }

    private void RequireDirectory(string path)
    {
        if (!DirectoryExists(path))
            throw new DirectoryNotFoundException($"{path} does not exist.");
    }

    private List<string> List(string directory, Predicate<Node> isWanted)
    {
        lock (_lock)
        {
            Fail(FileOperation.List, directory);
            RequireDirectory(directory);
            return
            [
                .. _names
                    .Where(entry => entry.Key != "/" && Parent(entry.Key) == directory && isWanted(entry.Value))
                    .Select(entry => entry.Key[(entry.Key.LastIndexOf('/') + 1)..])
                    .Order(StringComparer.Ordinal),
            ];
        }
    }

    private void Change(NameChange change)
    {
        change.Before = new Dictionary<string, Node>(_names);
        Apply(change);
        _unflushedNames.Add(change);
    }

    private void Apply(NameChange change)
    {
        if (change.Created is not null)
            _names[change.Path] = change.Created;
        else if (change.To is null)
            Remove(change.Path);
        else
            Move(change.Path, change.To);
    }

    private void Remove(string path)
    {
        foreach (var name in Below(path))
            _names.Remove(name);
    }

    private void Move(string from, string to)
    {
        foreach (var name in Below(from))
        {
            _names[to + name[from.Length..]] = _names[name];
            _names.Remove(name);
        }
    }

    private List<string> Below(string path) =>
        [.. _names.Keys.Where(name => name == path || name.StartsWith(path + "/", StringComparison.Ordinal))];

    private void LoseNames(Random random)
    {
        if (_unflushedNames.Count == 0)
            return;

        var kept = random.Next(_unflushedNames.Count + 1);
        if (kept < _unflushedNames.Count)
            _names = _unflushedNames[kept].Before!;
    }

    private void Release(string path, int life)
    {
        lock (_lock)
        {
            if (life == _life)
                _locks.Remove(path);
        }
    }

    private sealed class Node
    {
        /// <summary>Null for a directory.</summary>
        public SimulatedContent? Content { get; init; }
    }

    /// <summary>A creation (Created), a removal (neither), or a renaming (To).</summary>
    private sealed record NameChange(string Path, string? To, Node? Created)
    {
        public Dictionary<string, Node>? Before { get; set; }
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
}
