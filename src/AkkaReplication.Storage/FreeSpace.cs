using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage;

/// <summary>
/// Whether a directory's disk has room for more records, with a reserve left over for everything else. Asks the file system
/// only now and then: in between it counts what is appended. Any thread.
/// </summary>
internal sealed class FreeSpace(IFileSystem files, string path, long reserveBytes, Func<long> nowMs)
{
    // Others write to the disk, too.
    private const long MaxAgeMs = 1_000;

    // While it is full, everybody who retries asks.
    private const long MinAgeMs = 100;

    private readonly Lock _lock = new();
    private readonly long _stepBytes = Math.Max(1024 * 1024, reserveBytes / 8);
    private long _leftBytes;
    private long _askedMs;
    private volatile bool _isFull;

    /// <summary>There was no room when somebody asked last.</summary>
    public bool IsFull => _isFull;

    /// <summary>Whether so many bytes may be appended; they count as appended then.</summary>
    public bool HasRoomFor(int bytes)
    {
        if (reserveBytes == 0)
            return true;

        var now = nowMs();
        return (Interlocked.Add(ref _leftBytes, -bytes) >= 0 && AgeMs(now) < MaxAgeMs) || Ask(bytes, now);
    }

    /// <summary>Whether so many bytes fit beside the reserve, for work that can wait; nothing is counted.</summary>
    public bool HasRoomBeside(long bytes) => reserveBytes == 0 || FreeBytes() is not { } free || free - reserveBytes >= bytes;

    private long AgeMs(long now) => Math.Abs(now - Volatile.Read(ref _askedMs));

    private bool Ask(int bytes, long now)
    {
        lock (_lock)
        {
            if (_isFull && AgeMs(now) < MinAgeMs)
                return false;

            // Where it cannot be known, the write will tell.
            var room = FreeBytes() is { } free ? free - reserveBytes : long.MaxValue;
            Volatile.Write(ref _askedMs, now);
            _isFull = room < bytes;
            Volatile.Write(ref _leftBytes, _isFull ? 0 : Math.Min(room, _stepBytes) - bytes);
            return !_isFull;
        }
    }

    private long? FreeBytes()
    {
        try
        {
            return files.FreeBytes(path);
        }
        catch (Exception e) when (PartitionLog.IsDiskFailure(e))
        {
            return null;
        }
    }
}
