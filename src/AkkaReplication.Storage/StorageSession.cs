using System.Collections.Immutable;
using AkkaReplication.Logs;
using AkkaReplication.Storage.Checkpoints;
using AkkaReplication.Storage.Cleaning;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage;

/// <summary>
/// The data directories of one broker life (F6): locked, identified, recovered, and either closed cleanly or killed. No
/// second life can begin on them before this one has ended.
/// </summary>
public sealed class StorageSession
{
    private const long OffsetCheckpointIntervalMs = 60_000;

    private readonly StorageSessionOptions _options;
    private readonly ImmutableArray<DataDirectory> _directories;
    private readonly LogPlaces _places;
    private readonly OperationGate _gate = new();
    private readonly NameLocks _names = new();
    private readonly Lock _recordLock = new();
    private readonly long[] _offsetsCheckpointedMs;
    private int _isClosed;
    private bool _isRegistered;
    private bool _hasLost;

    private StorageSession(StorageSessionOptions options, ImmutableArray<DataDirectory> directories, LifeJudge judge)
    {
        _options = options;
        _offsetsCheckpointedMs = [.. directories.Select(_ => NowMs())];
        _directories = directories;
        _places = new LogPlaces(directories);
        PreviousLife = judge.Verdict;
        PreviousLifeReasons = judge.Reasons;
        PreviousBrokerEpoch = judge.BrokerEpoch;
        DirectoryIds = [.. directories.Select(directory => directory.Id)];
        foreach (var directory in directories)
            directory.FlushFailed = _ => RememberLoss();
        if (options.Files is PooledFileSystem pooled)
            pooled.FlushFailed = RememberLoss;
    }

    /// <summary>All directories were formatted by this start: there was no previous life.</summary>
    public bool IsFirstLife => _directories.All(directory => directory.IsNew);

    /// <summary>How the previous life ended, for the registration (F2).</summary>
    public PreviousLife PreviousLife { get; }

    /// <summary>Why it is not clean, or not intact, in sentences for the operator.</summary>
    public IReadOnlyList<string> PreviousLifeReasons { get; }

    /// <summary>The epoch of the life that shut down cleanly, else <see cref="BrokerEpoch.Unknown"/>.</summary>
    public BrokerEpoch PreviousBrokerEpoch { get; }

    /// <summary>Identities of the data directories, in the order they were given.</summary>
    public ImmutableArray<Guid> DirectoryIds { get; }

    /// <summary>Logs that could not be loaded; their replicas are offline.</summary>
    public IReadOnlyList<LogProblem> Problems =>
        [.. _directories.SelectMany(directory => directory.Problems.Values).OrderBy(problem => problem.Partition)];

    /// <summary>All usable logs, by topic name and partition.</summary>
    public IReadOnlyList<PartitionLog> Logs =>
        [.. _directories.SelectMany(directory => directory.Logs.Values).OrderBy(log => log.Name)];

    /// <summary>
    /// Locks the directories, checks whose they are, judges how the previous life ended, and loads and recovers all logs.
    /// A log that is damaged becomes one of <see cref="Problems"/>; nothing but a torn tail is cut.
    /// </summary>
    /// <exception cref="StorageException">A directory is in use, another's, or cannot be read; nothing was changed.</exception>
    public static StorageSession Open(StorageSessionOptions options)
    {
        options = options with { Files = new PooledFileSystem(options.Files, options.OpenFiles) };
        var directories = new List<DataDirectory>();
        try
        {
            foreach (var path in options.Directories)
                directories.Add(DataDirectory.Open(path, options));
            if (directories.Count == 0)
                throw new StorageException("A broker needs at least one data directory.");

            var judge = LifeJudge.Begin(options, directories);
            foreach (var directory in directories)
                directory.LoadLogs(judge.IsClean(directory), judge.MayLackFlushes, judge.OnLoss);
            judge.Conclude();
            return new StorageSession(options, [.. directories], judge);
        }
        catch (Exception e)
        {
            foreach (var directory in directories)
            {
                foreach (var log in directory.Logs.Values)
                    log.CloseAsync().GetAwaiter().GetResult();
                directory.Dispose();
            }

            if (PartitionLog.IsDiskFailure(e))
                throw new StorageException($"Opening the data directories failed: {e.Message}", e);
            throw;
        }
    }

    /// <summary>The operating system's boot id; null where it offers none.</summary>
    public static string? ReadBootId()
    {
        const string path = "/proc/sys/kernel/random/boot_id";
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// The controller has accepted the registration that stated <see cref="PreviousLife"/>. Until then the verdict is carried
    /// over to the next start: a broker that is killed before it registered must not look better after.
    /// </summary>
    /// <exception cref="StorageException">The disk failed, or the session is closed.</exception>
    public void RegistrationAccepted() => Guarded(
        () =>
        {
            using var operation = Enter();
            foreach (var directory in _directories)
                directory.LossIsRegistered();
            _isRegistered = true;
            WriteLifeRecords();
        },
        "the life record");

    /// <summary>The log of a partition, if it is here and usable.</summary>
    public PartitionLog? FindLog(TopicIdPartition id)
    {
        foreach (var directory in _directories)
        {
            if (directory.NameOf(id) is { } name && directory.Logs.TryGetValue(name, out var log) && log.Id == id)
                return log;
        }

        return null;
    }

    /// <summary>The partitions of a topic that have a log here, usable or not.</summary>
    public IReadOnlyList<TopicIdPartition> LogsOf(TopicId topic) =>
        [.. _directories.SelectMany(directory => directory.Ids).Where(id => id.TopicId == topic).Distinct()];

    /// <summary>
    /// Closes a log, after the operations under way, so that <see cref="GetOrCreateLog"/> reads it from its files again:
    /// for a replica that takes the place of one that failed (F1). Nothing happens where there is none.
    /// </summary>
    public void ReleaseLog(TopicIdPartition id)
    {
        using var operation = Enter();
        foreach (var directory in _directories)
        {
            if (directory.NameOf(id) is not { } name)
                continue;
            lock (_names[name])
            {
                if (directory.Logs.TryGetValue(name, out var log) && log.Id == id)
                    directory.Release(log);
            }
        }
    }

    /// <summary>
    /// The number of the directory that holds the log of a partition, or in which it will be created: the one with the
    /// fewest logs. The answer holds for the life. Touches no disk.
    /// </summary>
    public int DirectoryOf(TopicIdPartition id, string topic) => _places.Of(id, new TopicPartition(topic, id.Partition));

    /// <summary>Whether a directory, by its number, took no more records when somebody wanted to append last.</summary>
    public bool IsFull(int directory) => _directories[directory].Space.IsFull;

    /// <summary>
    /// The log of a partition with these settings; created, in the directory with the fewest logs, where there is none.
    /// A log of the same name but another topic id is an earlier topic's: it is renamed stray and kept (M2).
    /// </summary>
    /// <exception cref="StorageException">The log is damaged, the disk failed, or the session is closed.</exception>
    /// <exception cref="ReplicationException">INVALID_TOPIC_EXCEPTION for a name that is none.</exception>
    public PartitionLog GetOrCreateLog(TopicIdPartition id, string topic, LogSettings settings)
    {
        RequireTopicName(topic);
        var name = new TopicPartition(topic, id.Partition);
        using var operation = Enter();
        lock (_names[name])
        {
            foreach (var directory in _directories)
            {
                if (directory.TryTake(id, name, settings) is { } log)
                    return log;
            }

            return _directories[DirectoryOf(id, topic)].Create(id, name, settings);
        }
    }

    /// <summary>Deletes a log and its files: only for a deletion record (M2). Nothing happens where there is none.</summary>
    /// <exception cref="StorageException">The disk failed, or the session is closed.</exception>
    public void DeleteLog(TopicIdPartition id)
    {
        // All of it: the next life must not meet a directory that is being emptied.
        using var operation = Enter();
        foreach (var (directory, aside) in PutAside(id, DataDirectory.DeleteSuffix))
        {
            _places.Forget(id, directory);
            Guarded(() => directory.Files.DeleteDirectory(aside), $"deleting {aside}");
        }
    }

    /// <summary>Renames a log's directory so that it is kept but no longer a replica (M2). Nothing happens where there is none.</summary>
    /// <exception cref="StorageException">The disk failed, or the session is closed.</exception>
    public void MarkStray(TopicIdPartition id)
    {
        foreach (var (directory, _) in PutAside(id, DataDirectory.StraySuffix))
            _places.Forget(id, directory);
    }

    /// <summary>Flushes what is written to a log now, in one round with others of its directory (D3).</summary>
    public Task<long> FlushAsync(PartitionLog log) => _gate.IsClosed
        ? Task.FromException<long>(new StorageException("The storage session is closed."))
        : log.FlushAsync();

    /// <summary>
    /// Writes the high watermarks of all logs to their checkpoints, log starts where one moved (what was deleted shall not
    /// come back), and does <see cref="CheckpointOffsets()"/> once a minute (log.flush.offset.checkpoint.interval.ms).
    /// Periodic; staleness is harmless.
    /// </summary>
    /// <exception cref="StorageException">The disk failed.</exception>
    public void CheckpointHighWatermarks()
    {
        for (var i = 0; i < _directories.Length; i++)
            CheckpointHighWatermarks(i);
    }

    /// <summary>As <see cref="CheckpointHighWatermarks()"/>, of the logs in one directory.</summary>
    /// <exception cref="StorageException">The disk failed.</exception>
    public void CheckpointHighWatermarks(int directory)
    {
        Guarded(_directories[directory].CheckpointHighWatermarks, "the high watermark checkpoint");
        Guarded(_directories[directory].CheckpointMovedLogStarts, "the log start checkpoint");
        var nowMs = NowMs();
        var lastMs = Volatile.Read(ref _offsetsCheckpointedMs[directory]);
        if (nowMs - lastMs >= OffsetCheckpointIntervalMs
            && Interlocked.CompareExchange(ref _offsetsCheckpointedMs[directory], nowMs, lastMs) == lastMs)
        {
            CheckpointOffsets(_directories[directory]);
        }
    }

    /// <summary>Writes how far all logs are flushed, and where they start (periodic; saves work at the next start).</summary>
    /// <exception cref="StorageException">The disk failed.</exception>
    public void CheckpointOffsets()
    {
        foreach (var directory in _directories)
            CheckpointOffsets(directory);
    }

    /// <summary>Whether <see cref="DeleteExpiredSegments"/> has something to do in one directory.</summary>
    public bool HasExpiredSegments(int directory) => _directories[directory].HasExpired;

    /// <summary>
    /// Deletes, in one directory, the files of segments that retention, or a move of the log start, has taken out of their
    /// logs, each when its last reader is done. Blocks as long as the file system does: not for a replica's turn. Periodic;
    /// what fails is tried again by the next call.
    /// </summary>
    /// <exception cref="StorageException">The disk failed, or the session is closed.</exception>
    public void DeleteExpiredSegments(int directory)
    {
        using var operation = Enter();
        Guarded(_directories[directory].DeleteExpired, "deleting segments below the log start");
    }

    /// <summary>
    /// Compacts the logs of one directory a step further (cleanup.policy). Blocks as long as the file system does: not for a
    /// replica's turn. One step of a directory at a time; periodic.
    /// </summary>
    /// <param name="directory">Its number.</param>
    /// <param name="stableEndOf">
    /// What of a partition is committed, which is never set back but by a truncation; null where there is no replica. Called
    /// on this thread.
    /// </param>
    /// <param name="maxBytes">About how many bytes to read; the greatest batch is read as a whole.</param>
    /// <exception cref="StorageException">The disk failed, or the session is closed.</exception>
    public CleaningStep CompactLogs(int directory, Func<TopicIdPartition, StableEnd?> stableEndOf, int maxBytes)
    {
        using var operation = Enter();
        CleaningStep? step = null;
        Guarded(() => step = _directories[directory].Cleaner.Step(stableEndOf, maxBytes), "compaction");
        return step!;
    }

    /// <summary>
    /// Deletes, in one directory, the logs that were put aside as stray at least <paramref name="retentionMs"/> ago (M2;
    /// log.stray.retention.ms, -1 for never), and returns their paths. Periodic; blocks as long as the file system does.
    /// </summary>
    /// <exception cref="StorageException">The disk failed, or the session is closed.</exception>
    public IReadOnlyList<string> DeleteExpiredStrays(int directory, long retentionMs)
    {
        using var operation = Enter();
        List<string> deleted = [];
        Guarded(() => deleted = _directories[directory].DeleteExpiredStrays(retentionMs), "deleting strays");
        return deleted;
    }

    /// <summary>
    /// Ends this life cleanly: everything flushed, checkpoints and snapshots written, the marker last. The caller has
    /// stopped all replicas, and said <see cref="RegistrationAccepted"/> if there was a registration. A log that has failed, or
    /// fails now, leaves its directory without a marker.
    /// </summary>
    /// <param name="brokerEpoch">
    /// The life's epoch. <see cref="BrokerEpoch.Unknown"/> where it was never told one: then there is no marker either, since
    /// the controller may know of a registration whose answer was lost, and would take any other epoch for a sign of loss.
    /// </param>
    public async Task CloseCleanlyAsync(BrokerEpoch brokerEpoch)
    {
        if (!await TryCloseAsync().ConfigureAwait(false))
            return;

        foreach (var directory in _directories)
        {
            var isComplete = directory.IsWhole && TryComplete(directory);
            await CloseLogsAsync(directory).ConfigureAwait(false);
            if (isComplete && brokerEpoch != BrokerEpoch.Unknown)
                TryWriteMarker(directory, brokerEpoch);
            directory.Dispose();
        }
    }

    /// <summary>
    /// Ends this life at once: refuses new operations, awaits those under way and releases the locks. Flushes nothing, writes
    /// no marker: what a killed process leaves.
    /// </summary>
    public async Task KillAsync()
    {
        if (!await TryCloseAsync().ConfigureAwait(false))
            return;

        foreach (var directory in _directories)
        {
            await CloseLogsAsync(directory).ConfigureAwait(false);
            directory.Dispose();
        }
    }

    private static void CheckpointOffsets(DataDirectory directory) => Guarded(
        () =>
        {
            directory.CheckpointRecoveryPoints();
            directory.CheckpointLogStarts();
        },
        "the recovery point checkpoint");

    private long NowMs() => _options.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private static async Task CloseLogsAsync(DataDirectory directory)
    {
        foreach (var log in directory.Logs.Values)
            await log.CloseAsync().ConfigureAwait(false);
    }

    private static bool TryComplete(DataDirectory directory)
    {
        try
        {
            directory.ForEachLog(log => log.CompleteForShutdown());
            directory.DeleteExpired();
            directory.CheckpointHighWatermarks();
            directory.CheckpointRecoveryPoints();
            directory.CheckpointLogStarts();
            return true;
        }
        catch (Exception e) when (e is StorageException || PartitionLog.IsDiskFailure(e))
        {
            return false;
        }
    }

    private void TryWriteMarker(DataDirectory directory, BrokerEpoch brokerEpoch)
    {
        try
        {
            // A verdict that no controller has heard is not made better by a clean shutdown.
            LifeRecord().Write(directory.Files, directory.Path);
            CleanShutdownMarker.Write(directory.Files, directory.Path, brokerEpoch);
        }
        catch (Exception e) when (PartitionLog.IsDiskFailure(e))
        {
            // Without a marker the next start recovers as after a crash: slower, and right.
        }
    }

    /// <summary>Lets no further operation begin and awaits those under way. False where another call has done so.</summary>
    private async Task<bool> TryCloseAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
            return false;

        await _gate.CloseAsync().ConfigureAwait(false);
        return true;
    }

    private Operation Enter() => _gate.TryEnter()
        ? new Operation(_gate)
        : throw new StorageException("The storage session is closed.");

    /// <summary>Kafka's rule for topic names; here it keeps a name from leaving its directory.</summary>
    private static void RequireTopicName(string topic)
    {
        if (topic.Length is 0 or > 249
            || topic is "." or ".."
            || topic.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-')))
        {
            throw new ReplicationException(ErrorCode.InvalidTopicException, $"'{topic}' is no topic name.");
        }
    }

    private List<(DataDirectory Directory, string Path)> PutAside(TopicIdPartition id, string suffix)
    {
        var found = new List<(DataDirectory, string)>();
        using var operation = Enter();
        foreach (var directory in _directories)
        {
            if (directory.NameOf(id) is not { } name)
                continue;
            lock (_names[name])
                Guarded(() => found.AddRange(directory.PutAside(id, suffix).Select(path => (directory, path))), $"renaming {id}");
        }

        return found;
    }

    /// <summary>After a failed flush the files may look whole while the disk is not: the next life must be a lossy one.</summary>
    private void RememberLoss()
    {
        lock (_recordLock)
        {
            if (_hasLost)
                return;

            _hasLost = true;
            try
            {
                WriteLifeRecords();
            }
            catch (Exception e) when (PartitionLog.IsDiskFailure(e))
            {
                // The disk refuses this, too. The log has failed in any case, and no clean marker will be written.
            }
        }
    }

    private void WriteLifeRecords()
    {
        lock (_recordLock)
        {
            foreach (var directory in _directories)
                LifeRecord().Write(directory.Files, directory.Path);
        }
    }

    private LifeRecord LifeRecord() => new(
        _options.BootId,
        _options.FlushBeforeAcknowledging,
        _hasLost ? PreviousLife.Lossy : _isRegistered ? PreviousLife.Clean : PreviousLife,
        DirectoryIds);

    private static void Guarded(Action action, string what)
    {
        try
        {
            action();
        }
        catch (Exception e) when (PartitionLog.IsDiskFailure(e))
        {
            throw new StorageException($"{what} failed: {e.Message}", e);
        }
    }

    private readonly struct Operation(OperationGate gate) : IDisposable
    {
        public void Dispose() => gate.Exit();
    }
}
