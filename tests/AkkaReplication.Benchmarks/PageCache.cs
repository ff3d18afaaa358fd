using System.Runtime.InteropServices;

namespace AkkaReplication.Benchmarks;

/// <summary>The system's memory of files, on Linux.</summary>
internal static partial class PageCache
{
    private const int DontNeed = 4;

    /// <summary>Whether data can be made cold here.</summary>
    public static bool CanForget => OperatingSystem.IsLinux();

    /// <summary>Writes all logs below a directory to disk and makes the system forget them.</summary>
    public static void Forget(string directory)
    {
        foreach (var path in Directory.EnumerateFiles(directory, "*.log", SearchOption.AllDirectories))
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.FlushToDisk(file);
            var error = posix_fadvise((int)file.DangerousGetHandle(), 0, 0, DontNeed);
            if (error != 0)
                throw new IOException($"posix_fadvise({path}): error {error}");
        }
    }

    [LibraryImport("libc")]
    private static partial int posix_fadvise(int file, long offset, long length, int advice);
}
