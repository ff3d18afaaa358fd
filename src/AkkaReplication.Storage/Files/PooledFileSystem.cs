using System.Collections.Concurrent;

namespace AkkaReplication.Storage.Files;

/// <summary>
/// A file system whose files for writing are open only while they are used or <see cref="OpenFiles"/> has room: a broker
/// may have more logs than the system allows open files. A file has one user of this kind at a time.
/// </summary>
internal sealed class PooledFileSystem(IFileSystem files, OpenFiles pool) : IFileSystem
{
    private readonly ConcurrentDictionary<string, PooledFile> _byPath = [];

    public OpenFiles Pool => pool;

    /// <summary>Told when a file that was to be closed could not be flushed, which nobody had asked for.</summary>
    public Action? FlushFailed { get; set; }

    public IFile Open(string path, FileOpenMode mode)
    {
        var file = files.Open(path, mode);
        if (mode == FileOpenMode.Read)
            return file;

        var pooled = new PooledFile(this, path, file);
        _byPath[path] = pooled;
        pool.Add(pooled);
        return pooled;
    }

    public bool FileExists(string path) => files.FileExists(path);

    public bool DirectoryExists(string path) => files.DirectoryExists(path);

    public void CreateDirectory(string path) => files.CreateDirectory(path);

    public IReadOnlyList<string> ListFiles(string directory) => files.ListFiles(directory);

    public IReadOnlyList<string> ListDirectories(string directory) => files.ListDirectories(directory);

    public void Rename(string from, string to)
    {
        if (!_byPath.TryGetValue(from, out var file))
        {
            files.Rename(from, to);
            return;
        }

        // Nobody may open it by a name that it has no longer.
        file.Rename(() => files.Rename(from, to), to);
        _byPath.TryRemove(KeyValuePair.Create(from, file));
        _byPath[to] = file;
    }

    public void DeleteFile(string path) => files.DeleteFile(path);

    public void DeleteDirectory(string path) => files.DeleteDirectory(path);

    public void FlushDirectory(string path) => files.FlushDirectory(path);

    public IDisposable Lock(string path, string owner) => files.Lock(path, owner);

    public long LastWriteMs(string path) => files.LastWriteMs(path);

    public long? FreeBytes(string path) => files.FreeBytes(path);

    internal IFile OpenExisting(string path) => files.Open(path, FileOpenMode.ReadWriteExisting);

    internal void Forget(PooledFile file)
    {
        _byPath.TryRemove(KeyValuePair.Create(file.Path, file));
        pool.Remove(file);
    }
}
