using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage;

/// <summary>What a broker's life needs to open its data directories.</summary>
public sealed record StorageSessionOptions
{
    /// <summary>The data directories (log.dirs), one or more; created and formatted where they are missing or empty.</summary>
    public required IReadOnlyList<string> Directories { get; init; }

    /// <summary>The cluster; directories of another one are refused.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The broker; directories of another one are refused.</summary>
    public required BrokerId NodeId { get; init; }

    public IFileSystem Files { get; init; } = PhysicalFileSystem.Instance;

    /// <summary>How many files of logs may be open at the same time.</summary>
    internal OpenFiles OpenFiles { get; init; } = OpenFiles.Shared;

    /// <summary>
    /// What was appended and read last is kept in memory until there is newer, not as long as the garbage collector likes: the
    /// same calls then always find the same there. Costs up to 512 KiB for each log that is read at its end.
    /// </summary>
    internal bool HoldsRecent { get; init; }

    /// <summary>The clock for segment ages and producer activity.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes the identities of new directories.</summary>
    public Func<Guid> NewId { get; init; } = Guid.NewGuid;

    /// <summary>The operating system's boot, null where it is not known; see <see cref="StorageSession.ReadBootId"/>.</summary>
    public string? BootId { get; init; } = StorageSession.ReadBootId();

    /// <summary>
    /// In this life every append is flushed before it is acknowledged or advertised (flush=fsync, D1), so that a crash of
    /// the machine leaves it intact, too.
    /// </summary>
    public bool FlushBeforeAcknowledging { get; init; }

    /// <summary>Logs loaded at the same time (num.recovery.threads.per.data.dir); 1 or more.</summary>
    public int RecoveryThreads { get; init; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>Where flushes run; they block a thread. Null: every directory has a thread of its own for them.</summary>
    public TaskScheduler? FlushScheduler { get; init; }

    /// <summary>
    /// A directory with less free space than this takes no more records (log.dir.min.free.bytes); 0 for no limit.
    /// </summary>
    public long MinFreeBytes { get; init; }

    /// <summary>
    /// What compaction may take, in each directory, to know the keys of what it compacts (a share of
    /// log.cleaner.dedupe.buffer.size). With less than a log's keys need, it is compacted in several passes.
    /// </summary>
    public long DedupeBufferBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>Settings of logs until <see cref="StorageSession.GetOrCreateLog"/> names their own.</summary>
    public LogSettings DefaultSettings { get; init; } = LogSettings.Default;
}
