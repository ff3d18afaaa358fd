namespace AkkaReplication.Tool.Drills;

/// <summary>
/// The directory that holds a drill's data. A temporary one is removed at the end; one that the user named is kept, is
/// locked while the drill runs, and must hold nothing before: a drill never touches data that it did not write.
/// </summary>
internal sealed class DrillDirectory : IDisposable
{
    private const string LockName = ".akkarepl-drill.lock";

    private readonly TemporaryDirectory? _temporary;
    private readonly FileStream? _lock;

    private DrillDirectory(TemporaryDirectory temporary)
    {
        FullPath = temporary.FullPath;
        _temporary = temporary;
    }

    private DrillDirectory(string path, FileStream @lock)
    {
        FullPath = path;
        _lock = @lock;
    }

    public string FullPath { get; }

    public bool IsKept => _lock is not null;

    /// <exception cref="ToolException">The directory is in use, holds data, or cannot be used.</exception>
    public static DrillDirectory Open(string? given)
    {
        if (given is null)
            return new DrillDirectory(TemporaryDirectory.Make("drill"));
        if (File.Exists(given))
            throw new ToolException($"cannot use --data-dir {given}: it is a file, not a directory");

        var path = Path.GetFullPath(given);
        var @lock = Lock(path, given);
        var foreign = Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).Order()
            .FirstOrDefault(name => name != LockName);
        if (foreign is null)
            return new DrillDirectory(path, @lock);

        Unlock(@lock);
        throw new ToolException(
            $"cannot use --data-dir {given}: it already holds data ({foreign}); name a new or empty directory");
    }

    public void Dispose()
    {
        if (_lock is not null)
            Unlock(_lock);
        _temporary?.Dispose();
    }

    private static FileStream Lock(string path, string given)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"cannot use --data-dir {given}: {OneLine.Of(e)}", e);
        }

        var lockFile = Path.Combine(path, LockName);
        try
        {
            return new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(
                File.Exists(lockFile)
                    ? $"cannot use --data-dir {given}: another drill is using it"
                    : $"cannot use --data-dir {given}: {OneLine.Of(e)}",
                e);
        }
    }

    private static void Unlock(FileStream @lock)
    {
        File.Delete(@lock.Name);
        @lock.Dispose();
    }
}
