using System.Diagnostics;
using System.Globalization;

namespace AkkaReplication.Benchmarks;

/// <summary>What this process uses of the machine at one moment.</summary>
/// <param name="Cpu">User and system time of all threads since the process began.</param>
/// <param name="ManagedBytes">Live objects, after a full collection where one was asked for.</param>
/// <param name="ResidentBytes">Resident set.</param>
/// <param name="OpenFiles">Open file descriptors; -1 where the system does not tell.</param>
internal readonly record struct ProcessFigures(
    TimeSpan Cpu, long ManagedBytes, long ResidentBytes, int Threads, int OpenFiles)
{
    private const string Descriptors = "/proc/self/fd";

    public static ProcessFigures Now(bool collect = false)
    {
        if (collect)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        using var process = Process.GetCurrentProcess();
        return new ProcessFigures(
            process.TotalProcessorTime,
            GC.GetTotalMemory(forceFullCollection: collect),
            process.WorkingSet64,
            process.Threads.Count,
            Directory.Exists(Descriptors) ? Directory.GetFileSystemEntries(Descriptors).Length : -1);
    }

    /// <summary>Mebibytes, for people.</summary>
    public static string MiB(long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):F0} MiB");
}
