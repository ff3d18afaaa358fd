using AkkaReplication.Logs;
using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Disks.Memory;

/// <summary>
/// A disk without files: fast, and as faithful as the real storage, against which a random test holds
/// it, in all that a broker can notice.
/// </summary>
/// <param name="time">When flushes complete.</param>
/// <param name="chance">The disk's own.</param>
/// <param name="clusterId">Not asked for: a disk is never given to another cluster here.</param>
/// <param name="broker">Whose it is.</param>
/// <param name="clockMs">The broker's clock, ms since the Unix epoch; virtual time where it is null.</param>
internal sealed class MemoryDisk(
    VirtualTime time, Chance chance, string clusterId, BrokerId broker, Func<long>? clockMs = null) : IBrokerDisk
{
    private readonly Dictionary<TopicIdPartition, MemoryLogFiles> _byPartition = [];
    private readonly FaultCounts _faults = new();
    private FlushTimes? _flushTimes;
    private MemoryDiskSession? _session;
    private MemoryLifeRecord? _life;
    private BrokerEpoch? _marker;
    private long _bootId;
    private bool _isFormatted;

    public Guid DirectoryId { get; private set; }

    public IReadOnlyDictionary<string, int> EffectiveFaults => _faults.Met;

    /// <summary>All logs on it, in the order in which they were made.</summary>
    public List<MemoryLogFiles> Logs { get; } = [];

    /// <summary>Logs, by name, that the checkpoint of high watermarks has an entry for.</summary>
    public HashSet<TopicPartition> InHighWatermarks { get; } = [];

    /// <summary>Logs, by name, that the checkpoint of recovery points has an entry for.</summary>
    public HashSet<TopicPartition> InRecoveryPoints { get; } = [];

    /// <summary>Logs, by name, that the checkpoint of log starts has an entry for.</summary>
    public HashSet<TopicPartition> InLogStarts { get; } = [];

    public Chance Chance => chance;

    public VirtualTime Time => time;

    public FaultCounts Faults => _faults;

    public bool IsFull { get; private set; }

    public bool FailsNextWrite { get; set; }

    public bool FailsNextFlush { get; set; }

    public long BootId => _bootId;

    public FlushTimes FlushTimes => _flushTimes ??= new FlushTimes(chance, _faults);

    public long NowMs => clockMs?.Invoke() ?? time.NowMs;

    public IDiskSession Open(bool flushBeforeAcknowledging)
    {
        if (_session is { HasEnded: false })
            throw new StorageException($"The directory is held by broker {broker} of cluster '{clusterId}'.");

        var isNew = !_isFormatted;
        if (isNew)
            DirectoryId = chance.NextGuid();
        _isFormatted = true;
        _faults.Meet(DiskFault.LostWrites);
        _faults.Meet(DiskFault.ReplacedDisk);
        var judge = new MemoryLifeJudge(isNew, _life, _marker, _bootId);
        _marker = null;
        _session = new MemoryDiskSession(this, judge, flushBeforeAcknowledging, isNew);
        _session.Load();
        return _session;
    }

    public void Crash(bool powerLoss)
    {
        _session?.End();
        _session = null;
        FailsNextWrite = FailsNextFlush = false;
        if (!powerLoss)
            return;

        _bootId++;
        var lost = false;
        foreach (var log in Logs)
            lost |= MemoryPowerLoss.Strike(log, chance);
        if (lost)
            _faults.Inject(DiskFault.LostWrites);
    }

    public void Replace()
    {
        Crash(powerLoss: false);
        if (_isFormatted)
            _faults.Inject(DiskFault.ReplacedDisk);
        _faults.Withdraw(DiskFault.LostWrites);
        Logs.Clear();
        _byPartition.Clear();
        InHighWatermarks.Clear();
        InRecoveryPoints.Clear();
        InLogStarts.Clear();
        _life = null;
        _marker = null;
        _isFormatted = false;
        MakeRoom();
    }

    public void FailNextWrite() => FailsNextWrite = true;

    public void FailNextFlush() => FailsNextFlush = true;

    public void FailNoMore() => (FailsNextWrite, FailsNextFlush) = (false, false);

    public void SlowDown(long flushDelayUs) => FlushTimes.SlowDown(flushDelayUs);

    public void FillUp()
    {
        IsFull = true;
        _faults.Inject(DiskFault.FullDisk);
    }

    public void MakeRoom()
    {
        IsFull = false;
        _faults.Withdraw(DiskFault.FullDisk);
    }

    public bool FlipBit(TopicIdPartition partition, bool belowRecoveryPoint, bool onlyLast = false)
    {
        if (!_byPartition.TryGetValue(partition, out var files))
            return false;

        var candidates = new List<(MemorySegment Segment, int Index)>();
        foreach (var segment in files.Segments)
        {
            for (var i = 0; i < segment.Count; i++)
            {
                if (segment.Entries[i].NextOffset <= files.RecoveryPoint == belowRecoveryPoint)
                    candidates.Add((segment, i));
            }
        }

        if (candidates.Count == 0)
            return false;

        var (damaged, index) = onlyLast ? candidates[^1] : chance.Pick(candidates);
        damaged.Flip(BitFlips.PositionIn(chance, damaged.PositionOf(index), damaged.PositionOf(index + 1)), chance.Next(8));
        return true;
    }

    /// <summary>What has the last session left of the log of a partition.</summary>
    public MemoryLogFiles? Find(TopicIdPartition partition) => _byPartition.GetValueOrDefault(partition);

    public MemoryLogFiles Create(TopicIdPartition partition, TopicPartition name)
    {
        var files = new MemoryLogFiles(partition, name);
        files.Segments.Add(new MemorySegment(0, NowMs) { IsNameDurable = true });
        Logs.Add(files);
        _byPartition.Add(partition, files);
        return files;
    }

    public void Remove(MemoryLogFiles files)
    {
        Logs.Remove(files);
        _byPartition.Remove(files.Id);
    }

    public void Write(MemoryLifeRecord life) => _life = life;

    public void WriteMarker(BrokerEpoch epoch) => _marker = epoch;
}
