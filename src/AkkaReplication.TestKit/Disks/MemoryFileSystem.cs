using AkkaReplication.Storage.Files;

namespace AkkaReplication.Testing.Disks;

/// <summary>
/// Files in memory, gone with this object: as fast as a test wants them, and nothing to be cleaned up. What was written is
/// there for the next life of a broker, flushed or not, as after the death of a process. Any thread.
/// </summary>
internal sealed class MemoryFileSystem : IFileSystem
{
    private readonly Lock _lock = new();
    private readonly Directory _root = new();
    private readonly Dictionary<string, string> _locks = [];

    /// <summary>Bytes of all files that have a name.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_lock)
                return _root.Bytes;
        }
    }

    public IFile Open(string path, FileOpenMode mode)
    {
        lock (_lock)
        {
            var directory = Require(Parent(path));
            if (directory.Files.TryGetValue(NameOf(path), out var found))
                return new OpenMemoryFile(found);
            if (mode != FileOpenMode.ReadWrite)
                throw new FileNotFoundException($"{path} does not exist.", path);
            var file = new MemoryFile();
            directory.Files.Add(NameOf(path), file);
            return new OpenMemoryFile(file);
        }
    }

    public bool FileExists(string path)
    {
        lock (_lock)
            return Find(Parent(path))?.Files.ContainsKey(NameOf(path)) == true;
    }

    public bool DirectoryExists(string path)
    {
        lock (_lock)
            return Find(path) is not null;
    }

    public void CreateDirectory(string path)
    {
        lock (_lock)
        {
            var directory = _root;
            foreach (var name in Parts(path))
            {
                if (!directory.Directories.TryGetValue(name, out var next))
                    directory.Directories.Add(name, next = new Directory());
                directory = next;
            }
        }
    }

    public IReadOnlyList<string> ListFiles(string directory)
    {
        lock (_lock)
            return [.. Require(directory).Files.Keys];
    }

    public IReadOnlyList<string> ListDirectories(string directory)
    {
        lock (_lock)
            return [.. Require(directory).Directories.Keys];
    }

    public void Rename(string from, string to)
    {
        lock (_lock)
        {
            var source = Require(Parent(from));
            var target = Require(Parent(to));
            if (source.Directories.TryGetValue(NameOf(from), out var directory))
            {
                if (target.Directories.ContainsKey(NameOf(to)) || target.Files.ContainsKey(NameOf(to)))
                    throw new IOException($"{to} exists.");
                source.Directories.Remove(NameOf(from));
                target.Directories.Add(NameOf(to), directory);
            }
            else if (source.Files.Remove(NameOf(from), out var file))
            {
                target.Files[NameOf(to)] = file;
            }
            else
            {
                throw new FileNotFoundException($"{from} does not exist.", from);
            }
        }
    }

    public void DeleteFile(string path)
    {
        lock (_lock)
            Find(Parent(path))?.Files.Remove(NameOf(path));
    }

    public void DeleteDirectory(string path)
    {
        lock (_lock)
            Find(Parent(path))?.Directories.Remove(NameOf(path));
    }

    public void FlushDirectory(string path)
    {
        lock (_lock)
            Require(path);
    }

    public IDisposable Lock(string path, string owner)
    {
        lock (_lock)
        {
            if (_locks.TryGetValue(path, out var holder))
                throw new IOException($"{path} is held by {holder}.");
            Open(path, FileOpenMode.ReadWrite).Dispose();
            _locks.Add(path, owner);
            return new Held(this, path);
        }
    }

    public long LastWriteMs(string path)
    {
        lock (_lock)
        {
            return Find(Parent(path))?.Files.GetValueOrDefault(NameOf(path))?.LastWriteMs
                ?? throw new FileNotFoundException($"{path} does not exist.", path);
        }
    }

    public long? FreeBytes(string path) => null;

    private static string[] Parts(string path) => path.Split(
        [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);

    private static string Parent(string path) => Path.GetDirectoryName(path) ?? "";

    private static string NameOf(string path) => Path.GetFileName(path);

    private Directory? Find(string path)
    {
        var directory = _root;
        foreach (var name in Parts(path))
        {
            if (!directory.Directories.TryGetValue(name, out var next))
                return null;
            directory = next;
        }

        return directory;
    }

    private Directory Require(string path) =>
        Find(path) ?? throw new DirectoryNotFoundException($"{path} does not exist.");

    private sealed class Directory
    {
        public SortedDictionary<string, Directory> Directories { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<string, MemoryFile> Files { get; } = new(StringComparer.Ordinal);

        public long Bytes => Files.Values.Sum(file => file.Length) + Directories.Values.Sum(directory => directory.Bytes);
    }

    private sealed class Held(MemoryFileSystem files, string path) : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) != 0)
                return;
            lock (files._lock)
                files._locks.Remove(path);
        }
    }

    /// <summary>One opening of a file; it is the file that lasts.</summary>
    private sealed class OpenMemoryFile(MemoryFile file) : IFile
    {
        public long Length => file.Length;

        public int Read(Span<byte> buffer, long position) => file.Read(buffer, position);

        public void Write(ReadOnlySpan<byte> bytes, long position) => file.Write(bytes, position);

        public void Write(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, long position)
        {
            file.Write(first.Span, position);
            file.Write(second.Span, position + first.Length);
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Flush()
        {
        }

        public void Dispose()
        {
        }
    }
}
