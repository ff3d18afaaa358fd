using System.Text;

namespace AkkaReplication.Storage.Files;

/// <summary>The operating system's file system.</summary>
public sealed class PhysicalFileSystem : IFileSystem
{
    public static readonly PhysicalFileSystem Instance = new();

    private PhysicalFileSystem()
    {
    }

    public IFile Open(string path, FileOpenMode mode) => new PhysicalFile(File.OpenHandle(
        path,
        mode == FileOpenMode.ReadWrite ? FileMode.OpenOrCreate : FileMode.Open,
        mode == FileOpenMode.Read ? FileAccess.Read : FileAccess.ReadWrite,
        // Others may read, rename and delete what is open: the tool looks at a running broker's files.
        FileShare.ReadWrite | FileShare.Delete));

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public void CreateDirectory(string path) => Directory.CreateDirectory(path);

    public IReadOnlyList<string> ListFiles(string directory) => Names(Directory.GetFiles(directory));

    public IReadOnlyList<string> ListDirectories(string directory) => Names(Directory.GetDirectories(directory));

    public void Rename(string from, string to)
    {
        if (Directory.Exists(from))
            Directory.Move(from, to);
        else
            File.Move(from, to, overwrite: true);
    }

    public void DeleteFile(string path) => File.Delete(path);

    public void DeleteDirectory(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    public void FlushDirectory(string path)
    {
        // Windows has no such call; NTFS journals names by itself.
        if (!OperatingSystem.IsWindows())
            Unix.FlushDirectory(path);
    }

    public IDisposable Lock(string path, string owner) => new PhysicalLock(Path.GetFullPath(path), owner);

    public long LastWriteMs(string path) => new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeMilliseconds();

    public long? FreeBytes(string path)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string[] Names(string[] paths)
    {
        var names = Array.ConvertAll(paths, path => Path.GetFileName(path));
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    /// <summary>
    /// An exclusive lock on a file. Brokers of one process are told apart by a table of this process, because what the
    /// operating system calls an owner may be the process.
    /// </summary>
    private sealed class PhysicalLock : IDisposable
    {
        private static readonly Dictionary<string, string> HeldHere = [];

        private readonly string _path;
        private readonly IDisposable _handle;
        private bool _released;

        public PhysicalLock(string path, string owner)
        {
            _path = path;
            lock (HeldHere)
            {
                if (HeldHere.TryGetValue(path, out var holder))
                    throw new IOException($"{path} is held by {holder} in this process.");

                _handle = Acquire(path, $"{owner}, process {Environment.ProcessId}");
                HeldHere.Add(path, owner);
            }
        }

        public void Dispose()
        {
            lock (HeldHere)
            {
                if (_released)
                    return;

                _released = true;
                _handle.Dispose();
                HeldHere.Remove(_path);
            }
        }

        private static IDisposable Acquire(string path, string owner)
        {
            if (!OperatingSystem.IsWindows())
                return Unix.Lock(path, owner);

            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            stream.SetLength(0);
            stream.Write(Encoding.UTF8.GetBytes(owner));
            stream.Flush();
            return stream;
        }
    }
}
