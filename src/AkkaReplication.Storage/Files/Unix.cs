using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace AkkaReplication.Storage.Files;

/// <summary>
/// Calls of libc that .NET does not offer, or not honestly: the flush of .NET 10.0.12 on Linux returns normally when fsync
/// fails, and a log that believes it acknowledges what the disk refused.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static partial class Unix
{
    private const int Interrupted = 4;
    private const int ReadOnly = 0;
    private const int ReadWrite = 2;
    private const int OpenFilesOnLinux = 7;
    private const int OpenFilesElsewhere = 8;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;

    private static int CloseOnExec => OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    /// <summary>Makes a file's bytes, and its size, durable.</summary>
    public static void Flush(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            // macOS: fsync stops at the drive's cache; the runtime uses F_FULLFSYNC.
            Check(() => FSync(file), "fsync");
            RandomAccess.FlushToDisk(file);
            return;
        }

        while (FDataSync(file) != 0)
        {
            // Interrupted before anything was tried; every other failure is final.
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw Failed("fdatasync", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Makes the names in a directory durable.</summary>
    public static void FlushDirectory(string path)
    {
        using var directory = OpenFile(path, ReadOnly | CloseOnExec);
        Check(() => FSync(directory), $"fsync of {path}");
    }

    /// <summary>How many files this process may have open.</summary>
    public static long OpenFileLimit() =>
        GetLimit(OperatingSystem.IsLinux() ? OpenFilesOnLinux : OpenFilesElsewhere, out var limit) == 0
            ? (long)Math.Min(limit.Soft, int.MaxValue)
            : throw Failed("getrlimit", Marshal.GetLastPInvokeError());

    /// <summary>Takes an exclusive lock that no other process can have; its file says who holds it.</summary>
    public static IDisposable Lock(string path, string owner)
    {
        if (!File.Exists(path))
            File.Open(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite).Dispose();
        var file = OpenFile(path, ReadWrite | CloseOnExec);
        if (FLock(file, LockExclusive | LockNonBlocking) == 0)
        {
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(owner), 0);
            return file;
        }

        using (file)
        {
            var holder = new byte[256];
            var length = RandomAccess.Read(file, holder, 0);
            throw new IOException($"{path} is held by {Encoding.UTF8.GetString(holder, 0, length)}.");
        }
    }

    private static SafeFileHandle OpenFile(string path, int flags)
    {
        var file = Open(path, flags);
        if (!file.IsInvalid)
            return file;

        var error = Marshal.GetLastPInvokeError();
        file.Dispose();
        throw Failed($"open of {path}", error);
    }

    private static void Check(Func<int> call, string what)
    {
        while (call() != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw Failed(what, Marshal.GetLastPInvokeError());
        }
    }

    private static IOException Failed(string what, int error) =>
        new($"{what} failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).", error);

    // Never with O_CREAT: its mode would be a variadic argument.
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out Limit limit);

    private readonly struct Limit
    {
        public readonly ulong Soft;
        public readonly ulong Hard;
    }
}
