using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Storage;

namespace AkkaReplication.Simulation.Disks.Memory;

/// <summary>One life on a <see cref="MemoryDisk"/>: its logs, its flushes, its checkpoints.</summary>
internal sealed class MemoryDiskSession : IDiskSession
{
    private readonly MemoryDisk _disk;
    private readonly MemoryLifeJudge _judge;
    private readonly bool _flushBeforeAcknowledging;
    private readonly FlushScheduler<MemoryLog> _rounds = new();
    private readonly Dictionary<TopicIdPartition, MemoryLog> _logs = [];
    private readonly Dictionary<TopicIdPartition, MemoryLog> _released = [];
    private readonly Dictionary<TopicIdPartition, StorageException> _problems = [];
    private bool _isRegistered;
    private bool _hasLost;

    public MemoryDiskSession(MemoryDisk disk, MemoryLifeJudge judge, bool flushBeforeAcknowledging, bool isNew)
    {
        _disk = disk;
        _judge = judge;
        _flushBeforeAcknowledging = flushBeforeAcknowledging;
        IsFirstLife = isNew;
        PreviousBrokerEpoch = judge.BrokerEpoch;
    }

    public bool IsFirstLife { get; }

    public PreviousLife PreviousLife { get; private set; }

    public BrokerEpoch PreviousBrokerEpoch { get; }

    public bool HasEnded { get; private set; }

    public long NowMs => _disk.NowMs;

    /// <summary>Recovers all logs and concludes the verdict.</summary>
    public void Load()
    {
        foreach (var files in _disk.Logs)
        {
            try
            {
                var log = Load(
                    files,
                    LogSettings.Default,
                    new LogHistory(_judge.IsClean, files.RecoveryPoint, files.LogStart, files.HighWatermark, _ => OnLoss(files))
                    {
                        MayLackFlushes = _judge.MayLackFlushes,
                    });
                // With flush=fsync the flushed end is what counts.
                if (_flushBeforeAcknowledging)
                    log.FlushNow();
                _logs.Add(files.Id, log);
                if (files.IsDamageRegistered)
                    _judge.OnLoss();
                files.IsDamageRegistered = false;
            }
            catch (StorageException e)
            {
                OnLoss(files);
                _problems.Add(files.Id, e);
            }
        }

        PreviousLife = _judge.Verdict;
        WriteLifeRecord();
    }

    private void OnLoss(MemoryLogFiles files)
    {
        if (!files.IsDamageRegistered)
            _judge.OnLoss();
    }

    public void RegistrationAccepted()
    {
        RequireLife();
        foreach (var damaged in _problems.Keys)
            _disk.Find(damaged)!.IsDamageRegistered = true;
        _isRegistered = true;
        WriteLifeRecord();
    }

    public IReplicaLog GetOrCreateLog(TopicIdPartition partition, string topic, TopicSettings settings)
    {
        RequireLife();
        if (_problems.TryGetValue(partition, out var problem))
            throw problem;
        if (_released.TryGetValue(partition, out var released))
            return Reopen(released, LogSettings.Of(settings));
        if (!_logs.TryGetValue(partition, out var log))
            return Create(partition, new TopicPartition(topic, partition.Partition), LogSettings.Of(settings));

        log.Settings = LogSettings.Of(settings);
        return log;
    }

    public void ApplySettings(TopicIdPartition partition, TopicSettings settings)
    {
        if (_logs.TryGetValue(partition, out var log))
            log.Settings = LogSettings.Of(settings);
    }

    public long InitialHighWatermark(TopicIdPartition partition) =>
        _logs.TryGetValue(partition, out var log) ? log.InitialHighWatermark : 0;

    public void Flush(TopicIdPartition partition, Action<long, string?> completed)
    {
        RequireLife();
        if (_logs.TryGetValue(partition, out var log))
        {
            (log.FlushWaiters ??= []).Add(completed);
            RequestFlush(log);
        }
        else
        {
            Later(() => completed(-1, $"{partition}: the log is closed."));
        }
    }

    /// <summary>Lets a log be flushed in the next round, where nobody waits for it.</summary>
    public void RequestFlush(MemoryLog log)
    {
        _rounds.Request(log);
        StartRound();
    }

    public void ReleaseLog(TopicIdPartition partition)
    {
        RequireLife();
        if (!_logs.Remove(partition, out var log))
            return;
        log.Close();
        _released[partition] = log;
    }

    public bool MayHaveLostData(TopicIdPartition partition) => _logs.GetValueOrDefault(partition) is { MayHaveLostData: true };

    public void DeleteLog(TopicIdPartition partition) => PutAside(partition);

    public void MarkStray(TopicIdPartition partition) => PutAside(partition);

    public IReadOnlyList<TopicIdPartition> LogsOf(TopicId topic) =>
        [.. _disk.Logs.Select(files => files.Id).Where(id => id.TopicId == topic).Order()];

    public void Checkpoint()
    {
        RequireLife();
        CheckpointHighWatermarks();
        CheckpointRecoveryPoints();
        CheckpointLogStarts();
    }

    public void CheckpointRecoveryPoints()
    {
        Mention(_disk.InRecoveryPoints);
        foreach (var log in Live())
            log.CheckpointRecoveryPoint();
    }

    public void CheckpointLogStarts()
    {
        Mention(_disk.InLogStarts);
        foreach (var log in Live())
            log.Files.LogStart = log.LogStartOffset;
    }

    public string? FindUntruth() => null;

    public void DeleteExpiredSegments()
    {
        RequireLife();
        var expired = _logs.Values.Where(log => log.HasExpired).ToList();
        if (expired.Count == 0)
            return;

        CheckpointLogStarts();
        foreach (var log in expired)
            log.DeleteExpired(log.LogStartOffset);
    }

    public void CloseCleanly(BrokerEpoch epoch)
    {
        RequireLife();
        var isComplete = _problems.Count == 0 && _released.Count == 0 && TryComplete();
        End();
        if (!isComplete || epoch == BrokerEpoch.Unknown)
            return;

        WriteLifeRecord();
        _disk.WriteMarker(epoch);
    }

    /// <summary>The life is over; nothing of it happens any more.</summary>
    public void End()
    {
        HasEnded = true;
        foreach (var log in _logs.Values)
            log.Close();
    }

    /// <summary>Whether there is room for records.</summary>
    public bool HasRoom()
    {
        if (_disk.IsFull)
            _disk.Faults.Meet(DiskFault.FullDisk);
        return !_disk.IsFull;
    }

    /// <summary>Whether a write of records fails now.</summary>
    public bool TakeWriteFault()
    {
        var fails = _disk.FailsNextWrite;
        if (fails)
            _disk.Faults.Count(DiskFault.FailedWrite);
        _disk.FailsNextWrite = false;
        return fails;
    }

    /// <summary>Whether a flush of records fails now.</summary>
    public bool TakeFlushFault()
    {
        var fails = _disk.FailsNextFlush;
        if (fails)
            _disk.Faults.Count(DiskFault.FailedFlush);
        _disk.FailsNextFlush = false;
        return fails;
    }

    public void CountBitFlip() => _disk.Faults.Count(DiskFault.BitFlip);

    public int Draw(int end) => _disk.Chance.Next(end);

    /// <summary>After a failed flush the next life must be a lossy one.</summary>
    public void RememberLoss()
    {
        _hasLost = true;
        WriteLifeRecord();
    }

    private MemoryLog Load(MemoryLogFiles files, LogSettings settings, LogHistory history) =>
        new(this, files, settings, new MemoryLogLoader(files, history, NowMs, CountBitFlip).Load());

    private MemoryLog Reopen(MemoryLog closed, LogSettings settings)
    {
        if (closed.MayHaveLostData)
            throw closed.Failure!;

        // Loading cuts the epochs at the log start, durably.
        if (closed.Files.LogStart < closed.LogStartOffset)
            CheckpointLogStarts();
        var history = new LogHistory(
            IsClean: false, closed.FlushedEndOffset, closed.LogStartOffset, closed.HighWatermark, static _ => { });
        var log = Load(closed.Files, settings, history);
        _logs.Add(closed.Files.Id, log);
        _released.Remove(closed.Files.Id);
        return log;
    }

    private MemoryLog Create(TopicIdPartition partition, TopicPartition name, LogSettings settings)
    {
        // An earlier topic's log of the same name is put aside.
        if (_disk.Logs.Find(files => files.Name == name) is { } namesake)
            PutAside(namesake.Id);
        ForgetNamesake(name);
        var log = Load(_disk.Create(partition, name), settings, new LogHistory(IsClean: true, 0, 0, 0, static _ => { }));
        _logs.Add(partition, log);
        return log;
    }

    private void CheckpointHighWatermarks()
    {
        Mention(_disk.InHighWatermarks);
        foreach (var log in Live())
            log.Files.HighWatermark = log.HighWatermark;
    }

    /// <summary>A checkpoint that names an earlier log of that name is written anew, with all others in it.</summary>
    private void ForgetNamesake(TopicPartition name)
    {
        if (_disk.InHighWatermarks.Contains(name))
            CheckpointHighWatermarks();
        if (_disk.InRecoveryPoints.Contains(name))
            CheckpointRecoveryPoints();
        if (_disk.InLogStarts.Contains(name))
            CheckpointLogStarts();
    }

    /// <summary>A checkpoint is about to be written: logs that could not be loaded keep the entry they had.</summary>
    private void Mention(HashSet<TopicPartition> mentioned)
    {
        if (_problems.Count == 0)
        {
            mentioned.Clear();
        }
        else
        {
            var kept = _problems.Keys.Select(id => _disk.Find(id)!.Name).Where(mentioned.Contains).ToList();
            mentioned.Clear();
            mentioned.UnionWith(kept);
        }

        foreach (var log in Live())
            mentioned.Add(log.Files.Name);
    }

    private void PutAside(TopicIdPartition partition)
    {
        RequireLife();
        if (_disk.Find(partition) is not { } files)
            return;
        if (_logs.Remove(partition, out var log))
            log.Close();
        _released.Remove(partition);
        _problems.Remove(partition);
        _disk.Remove(files);
    }

    private bool TryComplete()
    {
        try
        {
            foreach (var log in _logs.Values.OrderBy(log => log.Files.Name))
                log.CompleteForShutdown();
            DeleteExpiredSegments();
            Checkpoint();
            return true;
        }
        catch (StorageException)
        {
            return false;
        }
    }

    private void StartRound()
    {
        if (_rounds.TryStart() is not { } round)
            return;

        var waiting = new List<Action<long, string?>>?[round.Logs.Count];
        for (var i = 0; i < waiting.Length; i++)
        {
            waiting[i] = round.Logs[i].FlushWaiters;
            round.Logs[i].FlushWaiters = null;
        }

        _disk.Time.After(_disk.FlushTimes.Next(), () =>
        {
            if (!HasEnded)
                Run(round, waiting);
        });
    }

    private void Run(FlushRound<MemoryLog> round, List<Action<long, string?>>?[] waiting)
    {
        for (var i = 0; i < waiting.Length; i++)
        {
            var (end, error) = Flush(round.Logs[i]);
            foreach (var completed in waiting[i] ?? [])
                Later(() => completed(end, error));
        }

        _rounds.Completed(round.Number);
        StartRound();
    }

    private static (long End, string? Error) Flush(MemoryLog log)
    {
        try
        {
            return (log.FlushNow(), null);
        }
        catch (StorageException e)
        {
            return (-1, e.Message);
        }
    }

    private void Later(Action action) => _disk.Time.After(0, () =>
    {
        if (!HasEnded)
            action();
    });

    private IEnumerable<MemoryLog> Live() => _logs.Values.Concat(_released.Values);

    private void WriteLifeRecord() => _disk.Write(new MemoryLifeRecord(
        _disk.BootId,
        _flushBeforeAcknowledging,
        _hasLost ? PreviousLife.Lossy : _isRegistered ? PreviousLife.Clean : PreviousLife));

    private void RequireLife()
    {
        if (HasEnded)
            throw new StorageException("The storage session is closed.");
    }
}
