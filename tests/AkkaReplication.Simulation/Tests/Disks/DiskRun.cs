using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Records;
using AkkaReplication.Simulation.Disks.RealStorage;
using AkkaReplication.Simulation.Time;
using Xunit;

namespace AkkaReplication.Simulation.Tests.Disks;

/// <summary>
/// The same random operations on several disks, which must agree after each of them; or on one, with power losses, after
/// which it must have kept what a disk must keep.
/// </summary>
internal sealed class DiskRun(
    ulong seed, IReadOnlyList<DiskUnderTest> disks, bool losesPower, StorageDisk? dying = null)
{
    private const int Steps = 120;

    private readonly Chance _chance = new(seed);
    private readonly Dictionary<TopicIdPartition, TopicSettings> _settings = [];
    private readonly Dictionary<TopicIdPartition, int> _epochs = [];
    private readonly Dictionary<int, int> _sequences = [];
    private bool _flushes;
    private int _value;

    public List<string> Trace { get; } = [];

    private DiskUnderTest Some => disks[0];

    public void Execute()
    {
        _flushes = _chance.Hits(0.3);
        foreach (var partition in DiskPartitions.All)
        {
            _epochs[partition] = 1;
            _settings[partition] = new TopicSettings
            {
                SegmentBytes = _chance.Between(200, 2500),
                SegmentMs = _chance.Hits(0.5) ? _chance.Between(1000L, 20_000L) : 604_800_000,
                RetentionBytes = _chance.Hits(0.5) ? _chance.Between(300, 4000) : -1,
                RetentionMs = _chance.Hits(0.5) ? _chance.Between(1000L, 30_000L) : -1,
                IndexIntervalBytes = _chance.Between(0, 300),
            };
        }

        OnAll(disk => disk.Start(_flushes));
        for (var step = 0; step < Steps; step++)
        {
            if (dying is not null && _chance.Hits(0.15))
                Die(_chance.Pick(DiskPartitions.All));
            else
                Step(_chance.Pick(DiskPartitions.All));
            OnAll(disk => disk.Settle());
            Check();
        }
    }

    /// <summary>Everything that can be seen of the disks now.</summary>
    public string State() => string.Join('\n', disks.SelectMany(disk => DiskPartitions.All.Select(partition =>
        $"{disk.Disk.DirectoryId} {disk.Time.Steps} {disk.Time.NowUs} {StateOf(disk, partition)}")));

    private void Step(TopicIdPartition partition)
    {
        switch (_chance.Next(100))
        {
            case < 34: AppendAsLeader(partition); break;
            case < 50: AppendAsFollower(partition); break;
            case < 57: Truncate(partition); break;
            case < 59: TruncateFully(partition); break;
            case < 63: AdvanceLogStart(partition); break;
            case < 67: ApplyRetention(partition); break;
            case < 70: AssignEpoch(partition); break;
            case < 77: Flush(partition); break;
            case < 81: Checkpoint(partition); break;
            case < 83: DeleteExpired(); break;
            case < 85: Reload(partition); break;
            case < 86: Remove(partition); break;
            case < 88: FailWrite(partition); break;
            case < 89: FailFlush(partition); break;
            case < 90: Fill(partition); break;
            case < 92: PassTime(); break;
            case < 95: Kill(partition); break;
            case < 98: Stop(); break;
            default: LosePower(); break;
        }
    }

    private void AppendAsLeader(TopicIdPartition partition)
    {
        var batch = Build(partition, 0, default);
        long? appendTime = _chance.Hits(0.1) ? Some.Time.NowMs : null;
        BatchHeader.TryRead(batch, out var header);
        var epoch = new LeaderEpoch(_epochs[partition]);
        Note($"{Name(partition)}: leader appends {header.RecordCount} at {End(partition)}, epoch {epoch}");
        Same(disk => Log(disk, partition).AppendAsLeader(batch, header, epoch, appendTime));
    }

    private void AppendAsFollower(TopicIdPartition partition)
    {
        var bytes = new List<byte>();
        var offset = End(partition);
        for (var i = _chance.Between(1, 5); i > 0; i--)
        {
            if (_chance.Hits(0.15))
                offset += _chance.Between(1, 20);
            if (_chance.Hits(0.1))
                _epochs[partition]++;
            var batch = Build(partition, offset, new LeaderEpoch(_epochs[partition]));
            BatchHeader.TryRead(batch, out var header);
            bytes.AddRange(batch);
            offset = header.NextOffset;
        }

        if (_chance.Hits(0.1))
            bytes.RemoveRange(bytes.Count - 10, 10);
        else if (_chance.Hits(0.1))
            bytes[^5] ^= 1;
        Note($"{Name(partition)}: follower appends {bytes.Count} bytes up to {offset}, epoch {_epochs[partition]}");
        Same(disk => Log(disk, partition).AppendAsFollower(bytes.ToArray()));
    }

    private void Truncate(TopicIdPartition partition)
    {
        var target = End(partition) - _chance.Between(-2, 25);
        if (target < 0)
            return;
        Note($"{Name(partition)}: truncate to {target}");
        Same(disk => Log(disk, partition).TruncateTo(target));
        // What a follower cut away was of an epoch that its leader never had: the older one goes on.
        if (_chance.Hits(0.5) && !Log(Some, partition).Epochs.IsEmpty)
            _epochs[partition] = Log(Some, partition).Epochs.Latest.Value;
    }

    private void TruncateFully(TopicIdPartition partition)
    {
        var target = Math.Max(0, End(partition) + _chance.Between(-30, 30));
        Note($"{Name(partition)}: truncate fully, start at {target}");
        Same(disk => Log(disk, partition).TruncateFullyAndStartAt(target, new ProducerStates()));
    }

    private void AdvanceLogStart(TopicIdPartition partition)
    {
        var target = _chance.Between(Log(Some, partition).LogStartOffset, End(partition));
        Note($"{Name(partition)}: log start to {target}");
        Same(disk => Log(disk, partition).AdvanceLogStart(target));
    }

    private void ApplyRetention(TopicIdPartition partition)
    {
        var highWatermark = _chance.Between(Log(Some, partition).LogStartOffset, End(partition));
        var moved = new List<bool>();
        Note($"{Name(partition)}: retention below {highWatermark}");
        Same(disk => moved.Add(Log(disk, partition).ApplyRetention(highWatermark, disk.Time.NowMs)));
        Assert.True(moved.Distinct().Count() <= 1);
    }

    private void AssignEpoch(TopicIdPartition partition)
    {
        var epoch = ++_epochs[partition];
        Note($"{Name(partition)}: epoch {epoch} begins at {End(partition)}");
        Same(disk => Log(disk, partition).AssignEpoch(new LeaderEpoch(epoch), Log(disk, partition).LogEndOffset));
    }

    private void Flush(TopicIdPartition partition)
    {
        Note($"{Name(partition)}: flush");
        foreach (var disk in disks)
        {
            Log(disk, partition);
            var (end, error) = disk.Flush(partition);
            Assert.Null(error);
            Assert.Equal(End(partition), end);
        }
    }

    private void Checkpoint(TopicIdPartition partition)
    {
        var highWatermark = _chance.Between(0, End(partition));
        Note($"checkpoint, {Name(partition)}'s high watermark is {highWatermark}");
        OnAll(disk =>
        {
            Log(disk, partition).CheckpointHighWatermark(highWatermark);
            disk.Session.Checkpoint();
        });
    }

    private void DeleteExpired()
    {
        Note("delete expired segments");
        OnAll(disk => disk.Session.DeleteExpiredSegments());
    }

    private void Reload(TopicIdPartition partition)
    {
        Note($"{Name(partition)}: release, and read again");
        OnAll(disk =>
        {
            Log(disk, partition);
            disk.Session.ReleaseLog(partition);
            disk.Forget(partition);
        });
        CheckHighWatermark(partition);
    }

    private void Remove(TopicIdPartition partition)
    {
        var isStray = _chance.Hits(0.5);
        Note($"{Name(partition)}: {(isStray ? "mark stray" : "delete")}");
        OnAll(disk =>
        {
            if (isStray)
                disk.Session.MarkStray(partition);
            else
                disk.Session.DeleteLog(partition);
            disk.Forget(partition);
        });
    }

    private void FailWrite(TopicIdPartition partition)
    {
        Note($"{Name(partition)}: a write fails");
        OnAll(disk => Log(disk, partition));
        OnAll(disk => disk.Disk.FailNextWrite());
        var before = End(partition);
        AppendAsLeader(partition);
        Assert.Equal(before, End(partition));
        AppendAsLeader(partition);
        Assert.Equal(before, End(partition));
        if (_chance.Hits(0.5))
            Reload(partition);
        else
            Kill(partition);
        Assert.Equal(before, End(partition));
    }

    private void FailFlush(TopicIdPartition partition)
    {
        // So that there is something to flush.
        AppendAsLeader(partition);
        OnAll(disk => disk.Disk.FailNextFlush());
        Note($"{Name(partition)}: a flush fails");
        // Where few files may be open, it may be another file's flush, which nobody has asked for.
        var errors = disks.Select(disk => disk.Flush(partition).Error).ToList();
        Assert.True(disks.Count == 1 || !errors.Contains(null));
        if (!errors.Contains(null))
            OnAll(disk => Assert.Throws<StorageException>(() => disk.Append(partition, DiskPartitions.Batch("x"), 1000)));
        Restart(powerLoss: false);
        OnAll(disk => Assert.Equal(PreviousLife.Lossy, disk.Session.PreviousLife));
    }

    private void Fill(TopicIdPartition partition)
    {
        Note("the disk is full for a while");
        OnAll(disk =>
        {
            Log(disk, partition);
            disk.Disk.FillUp();
            disk.Pass(2_000_000);
            Assert.False(Log(disk, partition).HasRoomFor(100));
            disk.Disk.MakeRoom();
            disk.Pass(2_000_000);
            Assert.True(Log(disk, partition).HasRoomFor(100));
        });
    }

    private void PassTime()
    {
        var us = _chance.Between(100_000L, 20_000_000L);
        Note($"{us} us pass");
        OnAll(disk => disk.Pass(us));
    }

    private void Kill(TopicIdPartition partition)
    {
        Note("kill");
        if (_chance.Hits(0.3))
            OnAll(disk => disk.Session.Flush(partition, (_, _) => Assert.Fail("The life is over.")));
        Restart(powerLoss: false);
    }

    private void Stop()
    {
        Note("stop cleanly");
        OnAll(disk => disk.Session.CloseCleanly(new BrokerEpoch(7)));
        Restart(powerLoss: false);
    }

    /// <summary>Sometimes twice before it is registered.</summary>
    private void Restart(bool powerLoss)
    {
        var isRegistered = _chance.Hits(0.8);
        OnAll(disk =>
        {
            disk.Disk.Crash(powerLoss);
            disk.Open(_flushes);
            if (!isRegistered)
            {
                disk.Disk.Crash(powerLoss: false);
                disk.Open(_flushes);
            }
        });
        var verdicts = disks.Select(disk => (disk.Session.PreviousLife, disk.Session.PreviousBrokerEpoch)).Distinct().ToList();
        Note($"verdict {string.Join(", ", verdicts)}");
        Assert.Single(verdicts);
        OnAll(disk => disk.Session.RegistrationAccepted());
        foreach (var partition in DiskPartitions.All)
            CheckHighWatermark(partition);
    }

    private void LosePower()
    {
        if (!losesPower)
            return;

        var disk = Some;
        var before = DiskPartitions.All.ToDictionary(partition => partition, Remember);
        foreach (var (partition, log) in before)
            Note($"power loss: {Name(partition)} is [{log.Start}, {log.End}), flushed to {log.Flushed}");
        disk.Disk.Crash(powerLoss: true);
        disk.Open(_flushes);
        Note($"verdict {disk.Session.PreviousLife}");
        if (!_flushes)
            Assert.Equal(PreviousLife.Lossy, disk.Session.PreviousLife);
        disk.Session.RegistrationAccepted();
        foreach (var (partition, log) in before)
            CheckKept(partition, log);
    }

    /// <summary>The process, or the machine, dies in the middle of an operation, and perhaps again while it recovers.</summary>
    private void Die(TopicIdPartition partition)
    {
        var before = DiskPartitions.All.ToDictionary(other => other, Remember);
        var powerLoss = losesPower && _chance.Hits(0.5);
        var changes = _chance.Hits(0.3) ? 0 : _chance.Between(0, 25);
        Note($"death after {changes} changes in:");
        dying!.DieAfter(changes);
        var operation = _chance.Next(11);
        var failure = Record.Exception(() =>
        {
            Do(operation, partition);
            Some.Settle();
        });
        Note($"  {(dying.HasDied ? "died" : "did not die")}, {(powerLoss ? "power loss" : "kill")}: {failure?.Message}");
        for (var again = 0; again < 2; again++)
        {
            Some.Disk.Crash(powerLoss);
            if (_chance.Hits(0.5))
                break;
            dying.DieAfter(_chance.Between(0, 40));
            var death = Record.Exception(() => Some.Start(_flushes));
            Note($"  {(dying.HasDied ? "died" : "did not die")} while it recovered: {death?.Message}");
            if (death is null && !dying.HasDied)
                before = DiskPartitions.All.ToDictionary(other => other, Forgiving);
        }

        Some.Disk.Crash(powerLoss: false);
        Some.Start(_flushes);
        Note($"verdict {Some.Session.PreviousLife}");
        foreach (var (other, log) in before)
            CheckSurvived(other, log, operation, powerLoss);

        Remembered Forgiving(TopicIdPartition other)
        {
            try
            {
                return Remember(other);
            }
            catch (StorageException)
            {
                return before[other];
            }
        }
    }

    private void Do(int operation, TopicIdPartition partition)
    {
        switch (operation)
        {
            case 0: AppendAsLeader(partition); break;
            case 1: AppendAsFollower(partition); break;
            case 2: Truncate(partition); break;
            case 3: TruncateFully(partition); break;
            case 4: AdvanceLogStart(partition); DeleteExpired(); break;
            case 5: ApplyRetention(partition); DeleteExpired(); break;
            case 6: AssignEpoch(partition); break;
            case 7: Flush(partition); break;
            case 8: Checkpoint(partition); break;
            case 9: Reload(partition); break;
            default: OnAll(disk => disk.Session.CloseCleanly(new BrokerEpoch(7))); break;
        }
    }

    /// <summary>
    /// What a truncation was cutting may be there or not; nothing else that was written may be missing, or without a power loss
    /// anything at all.
    /// </summary>
    private void CheckSurvived(TopicIdPartition partition, Remembered before, int operation, bool powerLoss)
    {
        try
        {
            Log(Some, partition);
        }
        catch (StorageException e)
        {
            Note($"{Name(partition)} is offline: {e.Message}");
            Assert.True(powerLoss, "offline, though no power was lost");
            Some.Session.MarkStray(partition);
            return;
        }

        var after = Remember(partition);
        Note($"{Name(partition)} was [{before.Start}, {before.End}), is [{after.Start}, {after.End}), epochs {after.Epochs}");
        if (operation is not (2 or 3))
            Assert.True(after.End >= (powerLoss ? before.Flushed : before.End), $"it ends at {after.End}");
        // Between the removal of all segments and the first new one a log looks as if it had been lost.
        if (!powerLoss && operation is not (2 or 3))
            Assert.NotEqual(PreviousLife.Lossy, Some.Session.PreviousLife);
        var known = before.Batches.ToDictionary(batch => batch.Header.BaseOffset, batch => Convert.ToHexString(batch.Bytes));
        foreach (var (header, bytes) in after.Batches)
        {
            if (known.TryGetValue(header.BaseOffset, out var expected) && operation is not (2 or 3))
                Assert.Equal(expected, Convert.ToHexString(bytes));
        }

        foreach (var (header, _) in before.Batches)
        {
            if (header.BaseOffset >= after.Start && header.NextOffset <= Math.Min(after.End, before.End))
                Assert.Contains(after.Batches, batch => batch.Header.BaseOffset == header.BaseOffset);
        }

        if (after.Epochs.Length > 0)
            _epochs[partition] = Math.Max(_epochs[partition], Log(Some, partition).Epochs.Latest.Value) + 1;
    }

    private void CheckKept(TopicIdPartition partition, Remembered before)
    {
        try
        {
            Log(Some, partition);
        }
        catch (StorageException e)
        {
            Note($"{Name(partition)} is offline: {e.Message}");
            Assert.Equal(PreviousLife.Lossy, Some.Session.PreviousLife);
            Assert.True(before.Flushed < before.End, $"all was flushed, and yet {e.Message}");
            Some.Session.MarkStray(partition);
            return;
        }

        var after = Remember(partition);
        Note($"{Name(partition)} is [{after.Start}, {after.End}), epochs {after.Epochs}");
        Assert.InRange(after.End, before.Flushed, before.End);
        Assert.InRange(after.Start, 0, Math.Max(before.Start, after.End));
        var same = after.Batches.Where(batch => batch.Header.LastOffset >= before.Start).ToList();
        Assert.Equal(
            before.Batches.Take(same.Count).Select(batch => Convert.ToHexString(batch.Bytes)),
            same.Select(batch => Convert.ToHexString(batch.Bytes)));
        Assert.True(same.Count == before.Batches.Count || before.Batches[same.Count].Header.NextOffset > after.End);
        _epochs[partition]++;
    }

    private Remembered Remember(TopicIdPartition partition)
    {
        var log = Log(Some, partition);
        var batches = new List<(BatchHeader, byte[])>();
        var sequence = new BatchSequence(Some.ReadAll(partition));
        while (sequence.MoveNext())
            batches.Add((sequence.Header, sequence.Current.ToArray()));
        return new Remembered(log.LogStartOffset, log.FlushedEndOffset, log.LogEndOffset, log.Epochs.ToString(), batches);
    }

    private void Check()
    {
        foreach (var partition in DiskPartitions.All)
        {
            var states = disks.Select(disk => StateOf(disk, partition)).ToList();
            for (var i = 1; i < states.Count; i++)
            {
                if (states[i] != states[0])
                    Note($"{disks[0].Kind}: {states[0]}\n{disks[i].Kind}: {states[i]}");
                Assert.Equal(states[0], states[i]);
            }

            CheckRead(partition);
            RequireEpochsFit(partition);
        }
    }

    private void CheckRead(TopicIdPartition partition)
    {
        var start = Log(Some, partition).LogStartOffset;
        if (start == End(partition))
            return;

        var offset = _chance.Between(start, End(partition) - 1);
        var limit = _chance.Between(offset, End(partition));
        var timestampMs = _chance.Between(0, Some.Time.NowMs + 1500);
        var maxBytes = _chance.Between(1, 1500);
        var first = disks.Select(disk =>
        {
            var view = Log(disk, partition).View();
            var bytes = view.Read(offset, limit, maxBytes, atLeastOneBatch: true);
            var sequence = new BatchSequence(bytes);
            return (
                sequence.MoveNext() ? sequence.Header.BaseOffset : -1,
                view.FindByTime(timestampMs, limit),
                view.FindLatest(limit),
                view.Read(offset, limit, maxBytes, atLeastOneBatch: false).Length <= maxBytes);
        }).Distinct().ToList();
        Assert.Single(first);
    }

    /// <summary>I23, I24.</summary>
    private void RequireEpochsFit(TopicIdPartition partition)
    {
        foreach (var disk in disks)
        {
            var log = Log(disk, partition);
            var sequence = new BatchSequence(disk.ReadAll(partition));
            while (sequence.MoveNext())
            {
                var header = sequence.Header;
                Assert.True(
                    log.Epochs.Entries.Any(entry => entry.Epoch == header.PartitionLeaderEpoch
                        && entry.StartOffset <= Math.Max(header.BaseOffset, log.LogStartOffset)),
                    $"{disk.Kind}, {Name(partition)}: the batch at {header.BaseOffset} is of epoch {header.PartitionLeaderEpoch},"
                    + $" the epochs are {log.Epochs}");
            }

            Assert.All(log.Epochs.Entries, entry => Assert.True(entry.StartOffset <= log.LogEndOffset));
        }
    }

    private void CheckHighWatermark(TopicIdPartition partition)
    {
        var highWatermarks = disks.Select(disk =>
        {
            var log = Log(disk, partition);
            var highWatermark = disk.Session.InitialHighWatermark(partition);
            Assert.InRange(highWatermark, log.LogStartOffset, Math.Max(log.LogStartOffset, log.LogEndOffset));
            return highWatermark;
        }).Distinct();
        Assert.Single(highWatermarks);
    }

    private string StateOf(DiskUnderTest disk, TopicIdPartition partition)
    {
        var log = Log(disk, partition);
        return $"[{log.LogStartOffset}, {log.LogEndOffset}) flushed {log.FlushedEndOffset}, epochs {log.Epochs},"
            + $" producers {Convert.ToHexString(log.Producers.Encode())}, {Convert.ToHexString(disk.ReadAll(partition))}";
    }

    private byte[] Build(TopicIdPartition partition, long offset, LeaderEpoch epoch)
    {
        var values = new string[_chance.Between(1, 5)];
        for (var i = 0; i < values.Length; i++)
            values[i] = $"{++_value}-{new string('v', _chance.Next(60))}";
        var producer = _chance.Next(4);
        var sequence = -1;
        if (producer > 0)
        {
            var key = (producer * 10) + partition.Partition;
            sequence = _sequences.GetValueOrDefault(key);
            _sequences[key] = sequence + values.Length;
        }

        return DiskPartitions.Builder(Some.Time.NowMs + _chance.Between(0, 1000), values).Build(
            offset,
            epoch,
            producer > 0 ? producer : -1,
            (short)(producer > 0 ? 0 : -1),
            sequence,
            _chance.Hits(0.2) ? CompressionType.Gzip : CompressionType.None);
    }

    /// <summary>Does it on all, and requires that it fails on all with the same kind of exception, or on none.</summary>
    private void Same(Action<DiskUnderTest> action)
    {
        var outcomes = disks.Select(disk => Record.Exception(() => action(disk))).ToList();
        if (outcomes.Exists(outcome => outcome is not null))
            Note($"  {string.Join(" | ", outcomes.Select(outcome => outcome?.Message))}");
        Assert.Single(outcomes.Select(outcome => outcome?.GetType()).Distinct());
        Assert.All(outcomes, outcome => Assert.True(
            outcome is null or StorageException or CorruptBatchException, outcome?.ToString()));
    }

    private void OnAll(Action<DiskUnderTest> action)
    {
        foreach (var disk in disks)
            action(disk);
    }

    private long End(TopicIdPartition partition) => Log(Some, partition).LogEndOffset;

    private IReplicaLog Log(DiskUnderTest disk, TopicIdPartition partition) => disk.Log(partition, _settings[partition]);

    private static string Name(TopicIdPartition partition) => $"{DiskPartitions.NameOf(partition)}-{partition.Partition}";

    private void Note(string step) => Trace.Add(step);

    private sealed record Remembered(
        long Start, long Flushed, long End, string Epochs, IReadOnlyList<(BatchHeader Header, byte[] Bytes)> Batches);
}
