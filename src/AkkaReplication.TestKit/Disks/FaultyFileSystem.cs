using System.Collections.Immutable;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Testing.Disks;

/// <summary>Another file system, of which each broker's directories have faults of their own.</summary>
/// <param name="real">What keeps the files.</param>
internal sealed class FaultyFileSystem(IFileSystem real) : IFileSystem
{
    private ImmutableArray<(string Directory, DiskFaults Faults)> _disks = [];
    private long _calls;
    private int _underWay;

    /// <summary>Calls so far.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>Calls that have begun and not ended, and do not wait because of a fault.</summary>
    public int UnderWay => Volatile.Read(ref _underWay) - _disks.Select(disk => disk.Faults).Distinct().Sum(f => f.Hanging);

    /// <summary>Called after a directory was removed, on the thread that removed it.</summary>
    public Action Removed { get; set; } = () => { };

    /// <summary>What is below the directory has these faults.</summary>
    public void Add(string directory, DiskFaults faults) => _disks = _disks.Add((directory, faults));

    public IFile Open(string path, FileOpenMode mode)
    {
        var isNew = mode == FileOpenMode.ReadWrite && !real.FileExists(path);
        var faults = FaultsOf(path);
        var file = Call(faults, isNew ? DiskCall.Write : DiskCall.Look, path, () => real.Open(path, mode));
        return new FaultyFile(this, faults, path, file);
    }

    public bool FileExists(string path) => Call(DiskCall.Look, path, () => real.FileExists(path));

    public bool DirectoryExists(string path) => Call(DiskCall.Look, path, () => real.DirectoryExists(path));

    public void CreateDirectory(string path) => Call(DiskCall.Write, path, () => real.CreateDirectory(path));

    public IReadOnlyList<string> ListFiles(string directory) => Call(DiskCall.Read, directory, () => real.ListFiles(directory));

    public IReadOnlyList<string> ListDirectories(string directory) =>
        Call(DiskCall.Read, directory, () => real.ListDirectories(directory));

    public void Rename(string from, string to) => Call(DiskCall.Write, from, () => real.Rename(from, to));

    public void DeleteFile(string path) => Call(DiskCall.Write, path, () => real.DeleteFile(path));

    public void DeleteDirectory(string path)
    {
        Call(DiskCall.Write, path, () => real.DeleteDirectory(path));
        Removed();
    }

    public void FlushDirectory(string path) => Call(DiskCall.Flush, path, () => real.FlushDirectory(path));

    public IDisposable Lock(string path, string owner) => Call(DiskCall.Look, path, () => real.Lock(path, owner));

    public long LastWriteMs(string path) => Call(DiskCall.Look, path, () => real.LastWriteMs(path));

    public long? FreeBytes(string path) => FaultsOf(path) is { } faults
        ? faults.FreeBytes(() => real.FreeBytes(path))
        : real.FreeBytes(path);

    private static bool IsIn(string path, string directory) =>
        path.StartsWith(directory, StringComparison.Ordinal)
        && (path.Length == directory.Length || path[directory.Length] == Path.DirectorySeparatorChar);

    private DiskFaults? FaultsOf(string path)
    {
        foreach (var (directory, faults) in _disks)
        {
            if (IsIn(path, directory))
                return faults;
        }

        return null;
    }

    private void Call(DiskCall call, string path, Action action) => Call(
        call,
        path,
        () =>
        {
            action();
            return true;
        });

    private T Call<T>(DiskCall call, string path, Func<T> action) => Call(FaultsOf(path), call, path, action);

    private T Call<T>(DiskFaults? faults, DiskCall call, string path, Func<T> action)
    {
        Begin(faults, call, path);
        try
        {
            return action();
        }
        finally
        {
            End();
        }
    }

    private void Begin(DiskFaults? faults, DiskCall call, string path)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Increment(ref _underWay);
        try
        {
            faults?.Enter(call, path);
        }
        catch
        {
            End();
            throw;
        }
    }

    private void End() => Interlocked.Decrement(ref _underWay);

    /// <summary>The data path: no closures here.</summary>
    private sealed class FaultyFile(FaultyFileSystem files, DiskFaults? faults, string path, IFile file) : IFile
    {
        public long Length => file.Length;

        public int Read(Span<byte> buffer, long position)
        {
            files.Begin(faults, DiskCall.Read, path);
            try
            {
                return file.Read(buffer, position);
            }
            finally
            {
                files.End();
            }
        }

        public void Write(ReadOnlySpan<byte> bytes, long position)
        {
            files.Begin(faults, DiskCall.Write, path);
            try
            {
                file.Write(bytes, position);
            }
            finally
            {
                files.End();
            }
        }

        public void Write(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, long position)
        {
            files.Begin(faults, DiskCall.Write, path);
            try
            {
                file.Write(first, second, position);
            }
            finally
            {
                files.End();
            }
        }

        public void SetLength(long length)
        {
            files.Begin(faults, DiskCall.Write, path);
            try
            {
                file.SetLength(length);
            }
            finally
            {
                files.End();
            }
        }

        public void Flush()
        {
            files.Begin(faults, DiskCall.Flush, path);
            try
            {
                file.Flush();
            }
            finally
            {
                files.End();
            }
        }

        public void Rest() => file.Rest();

        public void Dispose() => file.Dispose();
    }
}
