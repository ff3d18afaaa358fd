using System.Globalization;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Simulation.Time;
using AkkaReplication.Storage;
using AkkaReplication.Storage.Checkpoints;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Segments;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Simulation.Disks.RealStorage;

/// <summary>
/// A disk on which the real storage writes its real files, over <see cref="SimulatedFileSystem"/>. Everything happens in the
/// one thread of virtual time.
/// </summary>
/// <param name="time">When flushes complete.</param>
/// <param name="chance">The disk's own.</param>
/// <param name="clusterId">Whose cluster's it is.</param>
/// <param name="broker">Whose it is.</param>
/// <param name="clockMs">The broker's clock, ms since the Unix epoch; virtual time where it is null.</param>
/// <param name="mostOpenFiles">How many files are open at once; drawn for each life where it is null.</param>
internal sealed class StorageDisk(
    VirtualTime time, Chance chance, string clusterId, BrokerId broker, Func<long>? clockMs = null, int? mostOpenFiles = null)
    : IBrokerDisk
{
    private const string Root = "/data";

    // What is kept free; a disk that is filled up still has room for half of it.
    private const long MinFreeBytes = 64L * 1024 * 1024;

    private readonly FaultCounts _faults = new();
    private readonly Dictionary<TopicIdPartition, string> _directories = [];
    private readonly Dictionary<PartitionLog, (long FlushedEnd, long Generation)> _unflushed = [];
    private SimulatedFileSystem? _files;
    private FlushTimes? _flushTimes;
    private StorageDiskSession? _session;
    private int _boot;
    private bool _failsNextWrite;
    private bool _failsNextFlush;
    private int? _operationsToLive;

    public Guid DirectoryId { get; private set; }

    public IReadOnlyDictionary<string, int> EffectiveFaults => _faults.Met;

    public SimulatedFileSystem Files => _files ??= NewFiles();

    private FlushTimes FlushTimes => _flushTimes ??= new FlushTimes(chance, _faults);

    public IDiskSession Open(bool flushBeforeAcknowledging)
    {
        if (_session is { HasEnded: false })
            throw new StorageException($"The directory is held by broker {broker} of cluster '{clusterId}'.");

        _faults.Meet(DiskFault.LostWrites);
        _faults.Meet(DiskFault.ReplacedDisk);
        var session = new StorageDiskSession(this, time, () => FlushTimes.Next());
        session.Open(new StorageSessionOptions
        {
            Directories = [Root],
            ClusterId = clusterId,
            NodeId = broker,
            Files = Files,
            Time = new VirtualClock(NowMs),
            NewId = chance.NextGuid,
            BootId = string.Create(CultureInfo.InvariantCulture, $"boot {_boot}"),
            FlushBeforeAcknowledging = flushBeforeAcknowledging,
            RecoveryThreads = 1,
            FlushScheduler = session.Scheduler,
            OpenFiles = new OpenFiles(mostOpenFiles ?? DrawOpenFiles(), session.Scheduler),
            MinFreeBytes = MinFreeBytes,
            HoldsRecent = true,
        });
        DirectoryId = session.DirectoryId;
        return _session = session;
    }

    public void Crash(bool powerLoss)
    {
        _session?.End();
        _session = null;
        _unflushed.Clear();
        _failsNextWrite = _failsNextFlush = false;
        _operationsToLive = null;
        if (!powerLoss)
        {
            Files.Kill();
            return;
        }

        _boot++;
        if (Files.Crash(new ChanceRandom(chance)))
            _faults.Inject(DiskFault.LostWrites);
    }

    public void Replace()
    {
        Crash(powerLoss: false);
        if (Files.DirectoryExists(Root))
            _faults.Inject(DiskFault.ReplacedDisk);
        _faults.Withdraw(DiskFault.LostWrites);
        _faults.Withdraw(DiskFault.FullDisk);
        _files = NewFiles();
        _directories.Clear();
    }

    public void FailNextWrite() => _failsNextWrite = true;

    public void FailNextFlush() => _failsNextFlush = true;

    public void FailNoMore() => (_failsNextWrite, _failsNextFlush) = (false, false);

    public void SlowDown(long flushDelayUs) => FlushTimes.SlowDown(flushDelayUs);

    public void FillUp()
    {
        Files.CapacityBytes = Files.UsedBytes + (MinFreeBytes / 2);
        _faults.Inject(DiskFault.FullDisk);
    }

    public void MakeRoom()
    {
        Files.CapacityBytes = null;
        _faults.Withdraw(DiskFault.FullDisk);
    }

    public bool FlipBit(TopicIdPartition partition, bool belowRecoveryPoint, bool onlyLast = false)
    {
        if (!_directories.TryGetValue(partition, out var directory) || !Files.DirectoryExists(directory))
            return false;

        var recoveryPoint = RecoveryPointOf(Path.GetFileName(directory));
        var candidates = new List<(string Path, int Start, int End)>();
        foreach (var name in Files.ListFiles(directory))
        {
            if (!SegmentFiles.TryParse(name, SegmentFiles.Log, out _))
                continue;
            var path = Path.Combine(directory, name);
            var bytes = Files.ReadFile(path);
            for (var at = 0; BatchHeader.TryRead(bytes.AsSpan(at), out var header) && at + header.SizeInBytes <= bytes.Length;)
            {
                if (header.NextOffset <= recoveryPoint == belowRecoveryPoint)
                    candidates.Add((path, at, at + header.SizeInBytes));
                at += header.SizeInBytes;
            }
        }

        if (candidates.Count == 0)
            return false;

        var damaged = onlyLast ? candidates[^1] : chance.Pick(candidates);
        Files.Damage(damaged.Path, BitFlips.PositionIn(chance, damaged.Start, damaged.End), chance.Next(8));
        return true;
    }

    /// <summary>
    /// The process dies in the middle of what it does: after so many changes of files and names no further one happens, and
    /// every one fails. <see cref="Crash"/> is to follow.
    /// </summary>
    public void DieAfter(int changes) => _operationsToLive = changes;

    /// <summary>Whether it has died since it was told to.</summary>
    public bool HasDied => _operationsToLive < 0;

    /// <summary>A log of that partition is, or is about to be, in a directory of that name.</summary>
    public void NoteDirectory(TopicIdPartition partition, string directory)
    {
        if (_directories.GetValueOrDefault(partition) == directory)
            return;

        // An earlier topic of the same name is not there any more.
        foreach (var (former, _) in _directories.Where(entry => entry.Value == directory).ToList())
            _directories.Remove(former);
        _directories[partition] = directory;
    }

    private long NowMs() => clockMs?.Invoke() ?? time.NowMs;

    /// <summary>A broker with many more logs than files it may open closes and opens them all the time.</summary>
    private int DrawOpenFiles() => chance.Hits(0.2) ? chance.Between(1, 20) : 1000;

    private long RecoveryPointOf(string log) => RecoveryPoints().FirstOrDefault(entry => entry.Key.ToString() == log).Value;

    private IReadOnlyDictionary<TopicPartition, long> RecoveryPoints() =>
        new OffsetCheckpoint(Files, Path.Combine(Root, OffsetCheckpoint.RecoveryPointName)).Read();

    /// <inheritdoc cref="IDiskSession.FindUntruth"/>
    public string? FindUntruth(StorageSession session)
    {
        var recoveryPoints = RecoveryPoints();
        foreach (var partition in _directories.Keys)
        {
            if (session.FindLog(partition) is not { } log)
                continue;
            if (log.Failure is not null)
                continue;
            if (_unflushed.TryGetValue(log, out var then) && then.Generation == log.TruncationGeneration && log.FlushedEndOffset > then.FlushedEnd)
                return $"{log.Name}: a flush failed, and {log.FlushedEndOffset} counts as flushed";
            if (recoveryPoints.GetValueOrDefault(log.Name) is var point && point > log.FlushedEndOffset)
                return $"{log.Name}: the recovery point is {point}, flushed is {log.FlushedEndOffset}";
            var epochs = EpochCheckpoint.Read(Files, log.Directory);
            var unknown = epochs.Entries.Where(entry => entry.StartOffset >= log.LogStartOffset && !log.Epochs.Entries.Contains(entry));
            if (unknown.Any(entry => entry.StartOffset > log.LogStartOffset))
                return $"{log.Name}: the epochs on disk are {epochs}, the log's are {log.Epochs}";
        }

        return null;
    }

    private SimulatedFileSystem NewFiles() => new()
    {
        NowMs = NowMs,
        Fault = Fail,
        CutWrite = CutWrite,
        DamageMet = () => _faults.Count(DiskFault.BitFlip),
    };

    private void Fail(FileOperation operation, string path)
    {
        if (_operationsToLive is not null
            && operation is not (FileOperation.Open or FileOperation.List or FileOperation.Read or FileOperation.AskFreeBytes)
            && --_operationsToLive < 0)
        {
            throw new DeadProcessException($"{path}: the process is dead.");
        }

        switch (operation)
        {
            case FileOperation.Flush when _failsNextFlush && IsOfRecords(path):
                _failsNextFlush = false;
                _faults.Count(DiskFault.FailedFlush);
                NoteFailedFlush(Path.GetDirectoryName(path)!);
                throw new IOException($"{path}: I/O error.");
            case FileOperation.AskFreeBytes when Files.CapacityBytes is not null:
                _faults.Meet(DiskFault.FullDisk);
                break;
        }
    }

    private void NoteFailedFlush(string directory)
    {
        foreach (var (partition, _) in _directories.Where(entry => entry.Value == directory))
        {
            if (_session?.Session.FindLog(partition) is { } log)
                _unflushed.TryAdd(log, (log.FlushedEndOffset, log.TruncationGeneration));
        }
    }

    /// <summary>How much of a write goes through before it fails; all of it where it does not.</summary>
    private int CutWrite(string path, int bytes)
    {
        // The last write of a dying process may have gone through in part.
        if (_operationsToLive == 0)
        {
            _operationsToLive = -1;
            return chance.Next(bytes + 1);
        }

        if (!_failsNextWrite || !IsOfRecords(path))
            return bytes;

        _failsNextWrite = false;
        _faults.Count(DiskFault.FailedWrite);
        return chance.Next(bytes);
    }

    private static bool IsOfRecords(string path) => path.EndsWith(SegmentFiles.Log, StringComparison.Ordinal);
}
