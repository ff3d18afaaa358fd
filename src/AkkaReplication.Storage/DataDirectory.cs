using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using AkkaReplication.Logs;
using AkkaReplication.Storage.Checkpoints;
using AkkaReplication.Storage.Cleaning;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage;

/// <summary>One data directory of a broker's life: its lock, its identity, its logs and their checkpoints.</summary>
internal sealed class DataDirectory : IDisposable
{
    public const string LockName = ".lock";

    /// <summary>Being deleted; the next start goes on with it.</summary>
    public const string DeleteSuffix = "-delete";

    /// <summary>No longer a replica, kept for the operator (M2).</summary>
    public const string StraySuffix = "-stray";

    /// <summary>In the directory of a log that cannot be used: the controller has been told so.</summary>
    private const string RegisteredDamageName = "damage-registered";

    private const string FutureSuffix = "-future";

    private readonly Lock _checkpointLock = new();
    private readonly StorageSessionOptions _options;
    private readonly IDisposable _lock;
    private readonly OffsetCheckpoint _highWatermarks;
    private readonly OffsetCheckpoint _recoveryPoints;
    private readonly OffsetCheckpoint _logStarts;
    private readonly OffsetCheckpoint _cleanedEnds;
    private readonly ConcurrentDictionary<TopicIdPartition, TopicPartition> _names = [];
    private readonly ConcurrentDictionary<TopicPartition, PartitionLog> _released = [];
    private History _history = new(false, false, [], [], [], [], static _ => { });
    private bool _isClosed;
    private int _hasExpired;

    // A checkpoint of thousands of logs is not written, nor even put together, while all of them are idle.
    private bool _highWatermarksMoved = true;

    private DataDirectory(string path, StorageSessionOptions options, IDisposable @lock, MetaProperties properties, bool isNew)
    {
        Path = path;
        _options = options;
        _lock = @lock;
        Id = properties.DirectoryId;
        IsNew = isNew;
        Flusher = new DirectoryFlusher(options.FlushScheduler ?? new OwnThreadScheduler($"flush {path}"));
        Space = new FreeSpace(options.Files, path, options.MinFreeBytes, NowMs);
        _highWatermarks = Checkpoint(OffsetCheckpoint.HighWatermarkName);
        _recoveryPoints = Checkpoint(OffsetCheckpoint.RecoveryPointName);
        _logStarts = Checkpoint(OffsetCheckpoint.LogStartName);
        _cleanedEnds = Checkpoint(OffsetCheckpoint.CleanedEndName);
        Cleaner = new LogCleaner(this, options.DedupeBufferBytes);
    }

    public string Path { get; }

    public Guid Id { get; }

    /// <summary>Formatted by this start.</summary>
    public bool IsNew { get; }

    public IFileSystem Files => _options.Files;

    /// <summary>See <see cref="StorageSessionOptions.HoldsRecent"/>.</summary>
    public bool HoldsRecent => _options.HoldsRecent;

    public DirectoryFlusher Flusher { get; }

    /// <summary>Compacts the logs here.</summary>
    public LogCleaner Cleaner { get; }

    public ConcurrentDictionary<TopicPartition, PartitionLog> Logs { get; } = [];

    public ConcurrentDictionary<TopicPartition, LogProblem> Problems { get; } = [];

    /// <summary>All partitions that have a directory here, as far as it says whose it is.</summary>
    public ICollection<TopicIdPartition> Ids => _names.Keys;

    /// <summary>A log here failed, or could not be created: nothing new is put here in this life.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Whether its disk has room for more records.</summary>
    public FreeSpace Space { get; }

    /// <summary>Logs here, in whatever state.</summary>
    public int LogCount => Logs.Count + _released.Count + Problems.Count;

    /// <summary>Told when a log's bytes could not be made durable; set by the session.</summary>
    public Action<string>? FlushFailed { get; set; }

    /// <summary>Takes the lock and checks, or gives, the directory's identity. Nothing else is touched.</summary>
    /// <exception cref="StorageException">It is in use, or another cluster's or broker's.</exception>
    public static DataDirectory Open(string path, StorageSessionOptions options)
    {
        var files = options.Files;
        try
        {
            files.CreateDirectoryDurably(path);
            var @lock = files.Lock(
                System.IO.Path.Combine(path, LockName), $"broker {options.NodeId} of cluster '{options.ClusterId}'");
            try
            {
                var properties = MetaProperties.Read(files, path);
                properties?.RequireOwner(options.ClusterId, options.NodeId, path);
                return new DataDirectory(path, options, @lock, properties ?? Format(path, options), properties is null);
            }
            catch
            {
                @lock.Dispose();
                throw;
            }
        }
        catch (Exception e) when (PartitionLog.IsDiskFailure(e))
        {
            throw new StorageException($"Data directory {path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>A log's high watermark is another one than at the last checkpoint.</summary>
    public void NoteHighWatermarkMoved()
    {
        if (!Volatile.Read(ref _highWatermarksMoved))
            Volatile.Write(ref _highWatermarksMoved, true);
    }

    /// <summary>A log here met an error of the disk.</summary>
    public void ReportFailure(string reason, bool ofFlush)
    {
        HasFailed = true;
        if (ofFlush)
            FlushFailed?.Invoke(reason);
    }

    /// <summary>Whether the log of a partition is here, in whatever state.</summary>
    public bool Holds(TopicIdPartition id, TopicPartition name) =>
        (Logs.TryGetValue(name, out var log) && log.Id == id)
        || (_released.TryGetValue(name, out var released) && released.Id == id)
        || (Problems.TryGetValue(name, out var problem) && (problem.TopicId is null || problem.TopicId == id.TopicId));

    public long NowMs() => _options.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Loads all logs; those that cannot be used become <see cref="Problems"/>.</summary>
    public void LoadLogs(bool isClean, bool mayLackFlushes, Action<string> onLoss)
    {
        var history = new History(
            isClean,
            mayLackFlushes,
            _recoveryPoints.Read(),
            _logStarts.Read(),
            _highWatermarks.Read(),
            ReadCleanedEnds(),
            onLoss);
        _history = history;
        // What the last life created may not have been flushed yet: from here on it counts as if it had.
        if (!isClean)
            Files.FlushDirectory(Path);
        var names = Files.ListDirectories(Path);
        foreach (var name in names.Where(name => name.EndsWith(DeleteSuffix, StringComparison.Ordinal)))
            Files.DeleteDirectory(System.IO.Path.Combine(Path, name));

        ForEach(
            names.Select(name => (Name: name, Partition: ParseName(name))).Where(log => log.Partition is not null),
            log => Load(System.IO.Path.Combine(Path, log.Name), log.Partition!.Value, history));
        LowerRecoveryPoints();
    }

    /// <summary>
    /// A recovery point beyond a log's end, which a truncation leaves that was cut short, would vouch for what is appended
    /// next: it would count as flushed, and its torn tail as corruption.
    /// </summary>
    private void LowerRecoveryPoints()
    {
        if (Logs.Values.Any(log => log.HasRecoveryPointBeyondEnd))
            CheckpointRecoveryPoints();
    }

    /// <summary>
    /// Does something to every log, several at a time (num.recovery.threads.per.data.dir), in the order of their names: what
    /// happens to a disk shall not depend on how strings are hashed in this process.
    /// </summary>
    public void ForEachLog(Action<PartitionLog> action) => ForEach(InOrder(), action);

    /// <summary>All usable logs, by topic name and partition.</summary>
    public IEnumerable<PartitionLog> InOrder() => Logs.Values.OrderBy(log => log.Name);

    private void ForEach<T>(IEnumerable<T> items, Action<T> action)
    {
        if (_options.RecoveryThreads == 1)
        {
            foreach (var item in items)
                action(item);
            return;
        }

        try
        {
            Parallel.ForEach(items, new ParallelOptions { MaxDegreeOfParallelism = _options.RecoveryThreads }, action);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    /// <summary>True if every log here is loaded and open: a clean shutdown can vouch for the directory.</summary>
    public bool IsWhole => Problems.IsEmpty && _released.IsEmpty;

    /// <summary>Closes a log within this life, to be read again by <see cref="TryTake"/>.</summary>
    public void Release(PartitionLog log)
    {
        _released[log.Name] = log;
        Logs.TryRemove(log.Name, out _);
        log.CloseAsync().GetAwaiter().GetResult();
    }

    /// <summary>
    /// The log of a partition if it is here. One of the same name that belongs to an earlier topic is put aside as stray.
    /// </summary>
    /// <exception cref="StorageException">It is here, and damaged.</exception>
    public PartitionLog? TryTake(TopicIdPartition id, TopicPartition name, LogSettings settings)
    {
        if (Problems.TryGetValue(name, out var problem) && (problem.TopicId is null || problem.TopicId == id.TopicId))
            throw new StorageException(problem.Reason);

        if (_released.TryGetValue(name, out var released) && released.Id == id)
        {
            try
            {
                return Reopen(released, settings);
            }
            catch (Exception e) when (PartitionLog.IsDiskFailure(e))
            {
                throw new StorageException($"{name}: opening the log again failed: {e.Message}", e);
            }
        }

        if (Logs.TryGetValue(name, out var log) && log.Id == id)
        {
            log.Settings = settings;
            return log;
        }

        PutAside(name, _ => true, StraySuffix);
        return null;
    }

    /// <summary>The name under which a partition is here; null where it is not.</summary>
    public TopicPartition? NameOf(TopicIdPartition id) => _names.TryGetValue(id, out var name) ? name : null;

    /// <summary>Renames the directory of a log, whatever state it is in, and forgets it. Returns the new paths.</summary>
    public List<string> PutAside(TopicIdPartition id, string suffix) =>
        NameOf(id) is { } name ? PutAside(name, other => other == id, suffix) : [];

    private List<string> PutAside(TopicPartition name, Predicate<TopicIdPartition?> isMeant, string suffix)
    {
        var paths = new List<string>();
        foreach (var logs in (ConcurrentDictionary<TopicPartition, PartitionLog>[])[Logs, _released])
        {
            if (!logs.TryGetValue(name, out var log) || !isMeant(log.Id))
                continue;
            logs.TryRemove(name, out _);
            _names.TryRemove(log.Id, out _);
            log.CloseAsync().GetAwaiter().GetResult();
            paths.Add(RenameAside(log.Directory, suffix));
        }

        if (Problems.TryGetValue(name, out var problem) && isMeant(problem.Id))
        {
            Problems.TryRemove(name, out _);
            if (problem.Id is { } id)
                _names.TryRemove(id, out _);
            paths.Add(RenameAside(problem.Directory, suffix));
        }

        NoteHighWatermarkMoved();
        return paths;
    }

    /// <summary>Recovers a closed log from its files as if the process had been killed (F1).</summary>
    private PartitionLog Reopen(PartitionLog closed, LogSettings settings)
    {
        if (closed.MayHaveLostData)
            throw closed.Failure!;

        // Loading cuts the epochs at the log start, durably: the log start itself must not be older after a kill.
        if (closed.HasMovedLogStart)
            CheckpointLogStarts();
        var history = new LogHistory(
            IsClean: false, closed.FlushedEndOffset, closed.LogStartOffset, closed.HighWatermark, static _ => { });
        var recovered = new LogLoader(Files, closed.Directory, closed.Name, settings, history, NowMs()).Load();
        var log = new PartitionLog(this, closed.Directory, closed.Name, closed.Id.TopicId, settings, recovered)
        {
            CleanedEndOffset = closed.CleanedEndOffset,
        };
        Add(log);
        _released.TryRemove(closed.Name, out _);
        LowerRecoveryPoints();
        return log;
    }

    /// <summary>Creates the directory, the identity and the first segment of a log.</summary>
    public PartitionLog Create(TopicIdPartition id, TopicPartition name, LogSettings settings)
    {
        var directory = System.IO.Path.Combine(Path, name.ToString());
        try
        {
            ForgetNamesake(name);
            var log = new PartitionLog(
                this, directory, name, id.TopicId, settings, Found(directory, name, id.TopicId, settings));
            Add(log);
            return log;
        }
        catch (Exception e) when (PartitionLog.IsDiskFailure(e))
        {
            HasFailed = true;
            throw new StorageException($"{name}: creating {directory} failed: {e.Message}", e);
        }
    }

    /// <summary>
    /// A log's first files. Its directory's own name is left to the first flush, which is one for many logs: until then a
    /// crash of the machine takes away the whole log, which holds nothing that was flushed.
    /// </summary>
    private RecoveredLog Found(string directory, TopicPartition name, TopicId topicId, LogSettings settings)
    {
        var isNew = !Files.DirectoryExists(directory);
        Files.CreateDirectory(directory);
        PartitionMetadataFile.Write(Files, directory, topicId);
        if (isNew)
        {
            var segment = LogSegment.Create(Files, directory, 0, NowMs());
            Files.FlushDirectory(directory);
            return RecoveredLog.New(segment);
        }

        // An earlier creation was cut short.
        var history = new LogHistory(IsClean: true, 0, 0, 0, static _ => { });
        return new LogLoader(Files, directory, name, settings, history, NowMs()).Load() with { NameIsDirty = true };
    }

    private void Add(PartitionLog log)
    {
        _names[log.Id] = log.Name;
        Logs[log.Name] = log;
        NoteHighWatermarkMoved();
    }

    /// <summary>Gives a log's directory another name, under which no start takes it for a log.</summary>
    private string RenameAside(string directory, string suffix)
    {
        var name = System.IO.Path.GetFileName(directory);
        // File names end at 255 bytes.
        if (name.Length > 200)
            name = name[..200];
        var aside = System.IO.Path.Combine(Path, $"{name}.{_options.NewId():n}{suffix}");
        Files.Rename(directory, aside);
        Files.FlushDirectory(Path);
        return aside;
    }

    public void CheckpointHighWatermarks()
    {
        // First: what moves from now on is in the next one, if not in this.
        if (!Interlocked.Exchange(ref _highWatermarksMoved, false))
            return;

        try
        {
            Write(_highWatermarks, _history.HighWatermarks, log => log.HighWatermark);
        }
        catch
        {
            NoteHighWatermarkMoved();
            throw;
        }
    }

    public void CheckpointRecoveryPoints() =>
        Write(_recoveryPoints, _history.RecoveryPoints, log => log.TakeRecoveryPointForCheckpoint());

    public void CheckpointMovedLogStarts()
    {
        if (Logs.Values.Any(log => log.HasMovedLogStart))
            CheckpointLogStarts();
    }

    public void CheckpointLogStarts() =>
        Write(_logStarts, _history.LogStarts, log => log.TakeLogStartForCheckpoint());

    /// <summary>
    /// How far logs were compacted. Saves work at the next start, and where it is older than the truth something is compacted
    /// twice, which changes nothing.
    /// </summary>
    public void CheckpointCleanedEnds() =>
        Write(_cleanedEnds, _history.CleanedEnds, log => log.CleanedEndOffset, leavesOutZeros: true);

    /// <summary>Deletes the strays that have been kept for so long, and returns their paths.</summary>
    public List<string> DeleteExpiredStrays(long retentionMs) =>
        new StrayDirectories(Files, Path).DeleteExpired(retentionMs, NowMs());

    /// <summary>Whether a log may have segments whose files are to be deleted.</summary>
    public bool HasExpired => Volatile.Read(ref _hasExpired) != 0;

    /// <summary>A log has segments whose files are to be deleted.</summary>
    public void NoteExpired() => Volatile.Write(ref _hasExpired, 1);

    /// <summary>
    /// Deletes the files of segments that have left their logs. Their log starts are made durable first: a start that finds
    /// some of the files, in whatever order they went, then knows that none of them counts.
    /// </summary>
    public void DeleteExpired()
    {
        if (Interlocked.Exchange(ref _hasExpired, 0) == 0)
            return;

        try
        {
            var logs = InOrder().Where(log => log.HasExpired).Select(log => (Log: log, Start: log.LogStartOffset)).ToList();
            if (logs.Count == 0)
                return;

            CheckpointLogStarts();
            foreach (var (log, start) in logs)
                log.DeleteExpired(start);
        }
        catch
        {
            NoteExpired();
            throw;
        }
    }

    /// <summary>From here on nothing is written: a straggler must not disturb the next life.</summary>
    public void Dispose()
    {
        Cleaner.Dispose();
        lock (_checkpointLock)
            _isClosed = true;
        _lock.Dispose();
    }

    /// <summary>The partition in a log directory's name; null where it is none.</summary>
    internal static TopicPartition? ParseName(string name)
    {
        if (name.EndsWith(DeleteSuffix, StringComparison.Ordinal)
            || name.EndsWith(StraySuffix, StringComparison.Ordinal)
            || name.EndsWith(FutureSuffix, StringComparison.Ordinal))
        {
            return null;
        }

        var dash = name.LastIndexOf('-');
        return dash > 0
            && int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            ? new TopicPartition(name[..dash], partition)
            : null;
    }

    private static MetaProperties Format(string path, StorageSessionOptions options)
    {
        var files = options.Files;
        var foreign = files.ListFiles(path).Where(name => name != LockName && !name.EndsWith(".tmp", StringComparison.Ordinal))
            .Concat(files.ListDirectories(path).Where(name => name != "lost+found"))
            .FirstOrDefault();
        if (foreign is not null)
        {
            throw new StorageException(
                $"Data directory {path} has no {MetaProperties.FileName} but is not empty ({foreign}). Nothing was changed.");
        }

        var properties = new MetaProperties(options.ClusterId, options.NodeId, options.NewId());
        properties.Write(files, path);
        return properties;
    }

    /// <summary>
    /// The controller has been told that something is lost here. A log that cannot be used then stays what it is until somebody
    /// mends it: it is no news at the next start, and must not take all other logs' replicas out of their ISRs again.
    /// </summary>
    public void LossIsRegistered()
    {
        foreach (var problem in Problems.Values.OrderBy(problem => problem.Partition))
            Files.WriteAtomically(RegisteredDamage(problem.Directory), problem.Reason);
    }

    private static string RegisteredDamage(string directory) => System.IO.Path.Combine(directory, RegisteredDamageName);

    private void Load(string directory, TopicPartition name, History history)
    {
        TopicId? topicId = null;
        var isKnown = Files.FileExists(RegisteredDamage(directory));
        try
        {
            topicId = PartitionMetadataFile.Read(Files, directory);
            if (topicId is null)
            {
                // A creation that was cut short has no data yet; GetOrCreateLog begins it again.
                if (history.RecoveryPoints.GetValueOrDefault(name) > 0 || HasData(directory))
                    throw new StorageException($"{directory} has no {PartitionMetadataFile.FileName}.");
                return;
            }

            var recovered = new LogLoader(
                Files, directory, name, _options.DefaultSettings, history.Of(name, isKnown), NowMs()).Load();
            var log = new PartitionLog(this, directory, name, topicId.Value, _options.DefaultSettings, recovered)
            {
                CleanedEndOffset = history.CleanedEnds.GetValueOrDefault(name),
            };
            Add(log);
            if (isKnown)
            {
                // Somebody has mended it, and only he knows what with.
                history.OnLoss($"{directory} was damaged and can be read again");
                Files.DeleteFile(RegisteredDamage(directory));
            }

            // With flush=fsync the flushed end is what counts: what a killed process left in the page cache goes to disk first.
            if (_options.FlushBeforeAcknowledging)
                log.FlushNow();
        }
        catch (Exception e) when (e is StorageException || PartitionLog.IsDiskFailure(e))
        {
            if (!isKnown)
                history.OnLoss(e.Message);
            var problem = new LogProblem(name, topicId, directory, e.Message);
            Problems[name] = problem;
            if (problem.Id is { } id)
                _names[id] = name;
        }
    }

    private bool HasData(string directory) => SegmentFiles
        .BaseOffsets(Files.ListFiles(directory), SegmentFiles.Log)
        .Exists(baseOffset => Files.SizeOf(SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.Log)) > 0);

    /// <summary>
    /// Writes a checkpoint. A log that could not be loaded keeps the entry it had: without its recovery point the next start
    /// would take corruption for a torn tail.
    /// </summary>
    private void Write(
        OffsetCheckpoint checkpoint,
        Dictionary<TopicPartition, long> before,
        Func<PartitionLog, long> valueOf,
        bool leavesOutZeros = false)
    {
        lock (_checkpointLock)
        {
            if (_isClosed)
                return;

            var entries = new Dictionary<TopicPartition, long>();
            foreach (var name in Problems.Keys.Where(before.ContainsKey))
                entries[name] = before[name];
            foreach (var log in _released.Values.Concat(Logs.Values))
                entries[log.Name] = valueOf(log);
            checkpoint.Write(entries
                .Where(entry => !leavesOutZeros || entry.Value != 0)
                .Select(entry => (entry.Key, entry.Value)));
        }
    }

    /// <summary>
    /// What the checkpoints say of an earlier log of the same name must not be read for the new one: its recovery point would
    /// make a torn tail corruption.
    /// </summary>
    private void ForgetNamesake(TopicPartition name)
    {
        if (_highWatermarks.Mentions(name))
            CheckpointHighWatermarks();
        if (_recoveryPoints.Mentions(name))
            CheckpointRecoveryPoints();
        if (_logStarts.Mentions(name))
            CheckpointLogStarts();
        if (_cleanedEnds.Mentions(name))
            CheckpointCleanedEnds();
    }

    private Dictionary<TopicPartition, long> ReadCleanedEnds()
    {
        try
        {
            return _cleanedEnds.Read();
        }
        catch (StorageException)
        {
            // Whoever damaged it: that everything is compacted once more does no harm.
            return [];
        }
    }

    private OffsetCheckpoint Checkpoint(string name) => new(Files, System.IO.Path.Combine(Path, name));

    private sealed record History(
        bool IsClean,
        bool MayLackFlushes,
        Dictionary<TopicPartition, long> RecoveryPoints,
        Dictionary<TopicPartition, long> LogStarts,
        Dictionary<TopicPartition, long> HighWatermarks,
        Dictionary<TopicPartition, long> CleanedEnds,
        Action<string> OnLoss)
    {
        /// <param name="isLossKnown">Whether the controller knows that something is lost there.</param>
        public LogHistory Of(TopicPartition name, bool isLossKnown = false) => new(
            IsClean,
            RecoveryPoints.GetValueOrDefault(name),
            LogStarts.GetValueOrDefault(name),
            HighWatermarks.GetValueOrDefault(name),
            isLossKnown ? Ignore : OnLoss)
        {
            MayLackFlushes = MayLackFlushes,
        };

        private static void Ignore(string reason)
        {
        }
    }
}
