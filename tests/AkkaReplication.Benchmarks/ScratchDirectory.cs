namespace AkkaReplication.Benchmarks;

/// <summary>A directory for the files of one run; it is new, and gone when disposed.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private ScratchDirectory(string path) => FullPath = path;

    public string FullPath { get; }

    /// <exception cref="BadOptionException"><paramref name="parent"/> cannot be used.</exception>
    public static ScratchDirectory Create(string? parent)
    {
        try
        {
            if (parent is null)
                return new ScratchDirectory(Directory.CreateTempSubdirectory("akkarepl-bench-").FullName);
            if (!Directory.Exists(parent))
                throw new BadOptionException($"cannot use --dir {parent}: there is no such directory");

            var path = Path.Combine(Path.GetFullPath(parent), $"akkarepl-bench-{Guid.NewGuid():N}");
            return new ScratchDirectory(Directory.CreateDirectory(path).FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BadOptionException($"cannot use --dir {parent ?? Path.GetTempPath()}: {e.Message}");
        }
    }

    /// <summary>A path below it.</summary>
    public string this[string name] => Path.Combine(FullPath, name);

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
