using AkkaReplication.Logs;
using AkkaReplication.Simulation.Disks;
using Xunit;

namespace AkkaReplication.Simulation.Tests.Disks;

/// <summary>What a life, and the one after it, are told of each fault, on both kinds of disk; and that it counts once met.</summary>
public sealed class DiskFaultTests
{
    private static readonly TopicIdPartition Partition = DiskPartitions.First;

    public static TheoryData<string> Kinds => ["memory", "storage"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Failed_write_stops_the_log_and_loses_nothing_that_was_accepted(string kind)
    {
        var disk = DiskUnderTest.Of(kind, 1).Start();
        disk.Append(Partition, DiskPartitions.Batch("a"), 1);
        disk.Disk.FailNextWrite();
        Assert.Empty(disk.Disk.EffectiveFaults);
        var e = Assert.Throws<StorageException>(() => disk.Append(Partition, DiskPartitions.Batch("b"), 1));
        Assert.Same(e, Assert.Throws<StorageException>(() => disk.Append(Partition, DiskPartitions.Batch("c"), 1)));
        Assert.Equal(1, disk.Log(Partition).LogEndOffset);
        Assert.NotNull(disk.Flush(Partition).Error);
        Assert.Equal([(DiskFault.FailedWrite, 1)], Faults(disk));

        disk.Restart(powerLoss: false);
        Assert.Equal(PreviousLife.Intact, disk.Session.PreviousLife);
        Assert.Equal(1, disk.Log(Partition).LogEndOffset);
        disk.Append(Partition, DiskPartitions.Batch("d"), 1);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Failed_flush_makes_the_next_life_lossy_and_a_power_loss_takes_what_it_was_for(string kind)
    {
        for (ulong seed = 1; seed < 30; seed++)
        {
            var disk = DiskUnderTest.Of(kind, seed).Start(flushBeforeAcknowledging: true);
            disk.Append(Partition, DiskPartitions.Batch("a"), 1);
            Assert.Equal((1, null), disk.Flush(Partition));
            disk.Append(Partition, DiskPartitions.Batch("b"), 1);
            disk.Disk.FailNextFlush();
            Assert.NotNull(disk.Flush(Partition).Error);
            Assert.Equal([(DiskFault.FailedFlush, 1)], Faults(disk));
            Assert.Throws<StorageException>(() => disk.Append(Partition, DiskPartitions.Batch("c"), 1));
            Assert.Equal(1, disk.Log(Partition).FlushedEndOffset);
            disk.Session.ReleaseLog(Partition);
            disk.Forget(Partition);
            Assert.Throws<StorageException>(() => disk.Log(Partition));

            disk.Restart(powerLoss: true, flushBeforeAcknowledging: true);
            Assert.Equal(PreviousLife.Lossy, disk.Session.PreviousLife);
            Assert.Equal(1, disk.Log(Partition).LogEndOffset);
            Assert.Equal(1, disk.Disk.EffectiveFaults[DiskFault.LostWrites]);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Power_loss_leaves_the_flushed_part_and_all_some_or_nothing_of_the_rest(string kind)
    {
        var ends = new HashSet<long>();
        var offline = 0;
        for (ulong seed = 1; seed <= 300; seed++)
        {
            var disk = DiskUnderTest.Of(kind, seed).Start();
            for (var i = 0; i < 5; i++)
                disk.Append(Partition, DiskPartitions.Batch($"value {i} {new string('v', 150)}"), 1);
            Assert.Equal((5, null), disk.Flush(Partition));
            for (var i = 5; i < 10; i++)
                disk.Append(Partition, DiskPartitions.Batch($"value {i} {new string('v', 150)}"), 1);

            disk.Restart(powerLoss: true);
            Assert.Equal(PreviousLife.Lossy, disk.Session.PreviousLife);
            var lost = disk.Disk.EffectiveFaults.GetValueOrDefault(DiskFault.LostWrites);
            try
            {
                ends.Add(disk.Log(Partition).LogEndOffset);
                Assert.Equal(lost > 0, disk.Log(Partition).LogEndOffset < 10);
                Assert.Equal(disk.Log(Partition).LogEndOffset, disk.Log(Partition).Producers.Count + Count(disk));
            }
            catch (StorageException)
            {
                Assert.Equal(1, lost);
                offline++;
            }
        }

        Assert.Equal([5, 6, 7, 8, 9, 10], ends.Order());
        Assert.InRange(offline, 1, 100);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Flushing_before_acknowledging_survives_a_power_loss(string kind)
    {
        for (ulong seed = 1; seed < 30; seed++)
        {
            var disk = DiskUnderTest.Of(kind, seed).Start(flushBeforeAcknowledging: true);
            disk.Append(Partition, DiskPartitions.Batch("a"), 1);
            disk.Flush(Partition);
            disk.Restart(powerLoss: true, flushBeforeAcknowledging: true);
            Assert.Equal(PreviousLife.Intact, disk.Session.PreviousLife);
            Assert.Equal(1, disk.Log(Partition).LogEndOffset);
            Assert.Empty(disk.Disk.EffectiveFaults);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Bit_flip_below_the_recovery_point_takes_the_log_offline_and_makes_the_life_lossy(string kind)
    {
        var disk = DiskUnderTest.Of(kind, 1).Start();
        Assert.False(disk.Disk.FlipBit(Partition, belowRecoveryPoint: true));
        disk.Append(Partition, DiskPartitions.Batch("a"), 1);
        disk.Flush(Partition);
        Assert.False(disk.Disk.FlipBit(Partition, belowRecoveryPoint: true));
        disk.Session.Checkpoint();
        Assert.False(disk.Disk.FlipBit(Partition, belowRecoveryPoint: false));
        Assert.True(disk.Disk.FlipBit(Partition, belowRecoveryPoint: true));
        Assert.Empty(disk.Disk.EffectiveFaults);

        disk.Restart(powerLoss: false);
        Assert.Equal(PreviousLife.Lossy, disk.Session.PreviousLife);
        Assert.Throws<StorageException>(() => disk.Log(Partition));
        Assert.Equal([(DiskFault.BitFlip, 1)], Faults(disk));

        // It stays offline until somebody sets the log aside; and once it was registered it is no news.
        disk.Restart(powerLoss: false);
        Assert.Equal(PreviousLife.Intact, disk.Session.PreviousLife);
        Assert.Throws<StorageException>(() => disk.Log(Partition));
        Assert.Equal([Partition], disk.Session.LogsOf(Partition.TopicId));
        disk.Session.MarkStray(Partition);
        Assert.Equal(0, disk.Log(Partition).LogEndOffset);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Bit_flip_above_the_recovery_point_is_a_torn_tail_only_where_nothing_follows(string kind)
    {
        var ends = new HashSet<long>();
        for (ulong seed = 1; seed < 30; seed++)
        {
            var disk = DiskUnderTest.Of(kind, seed).Start();
            for (var i = 0; i < 3; i++)
                disk.Append(Partition, DiskPartitions.Batch($"value {i}"), 1);
            Assert.True(disk.Disk.FlipBit(Partition, belowRecoveryPoint: false));

            disk.Restart(powerLoss: false);
            Assert.Equal(PreviousLife.Lossy, disk.Session.PreviousLife);
            Assert.Equal([(DiskFault.BitFlip, 1)], Faults(disk));
            try
            {
                ends.Add(disk.Log(Partition).LogEndOffset);
            }
            catch (StorageException)
            {
                ends.Add(-1);
            }
        }

        Assert.Equal([-1, 2], ends.Order());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Bit_flip_counts_when_somebody_reads_it(string kind)
    {
        var disk = DiskUnderTest.Of(kind, 1).Start();
        disk.Append(Partition, DiskPartitions.Batch("a"), 1);
        Assert.True(disk.Disk.FlipBit(Partition, belowRecoveryPoint: false));
        Assert.Empty(disk.Disk.EffectiveFaults);
        var follower = DiskUnderTest.Of(kind, 2).Start();
        Assert.Throws<CorruptBatchException>(() => follower.Log(Partition).AppendAsFollower(disk.ReadAll(Partition)));
        disk.ReadAll(Partition);
        Assert.Equal([(DiskFault.BitFlip, 1)], Faults(disk));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Full_disk_has_no_room_and_later_has_again(string kind)
    {
        var disk = DiskUnderTest.Of(kind, 1).Start();
        disk.Disk.FillUp();
        disk.Disk.MakeRoom();
        Assert.True(disk.Log(Partition).HasRoomFor(1000));
        Assert.Empty(disk.Disk.EffectiveFaults);

        disk.Disk.FillUp();
        disk.Pass(2_000_000);
        Assert.False(disk.Log(Partition).HasRoomFor(1000));
        Assert.False(disk.Log(Partition).HasRoomFor(1000));
        disk.Append(Partition, DiskPartitions.Batch("there is room for what was accepted"), 1);
        disk.Disk.MakeRoom();
        disk.Pass(2_000_000);
        Assert.True(disk.Log(Partition).HasRoomFor(1000));
        Assert.Equal([(DiskFault.FullDisk, 1)], Faults(disk));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Slow_disk_takes_so_much_longer(string kind)
    {
        var disk = DiskUnderTest.Of(kind, 1).Start();
        disk.Append(Partition, DiskPartitions.Batch("a"), 1);
        disk.Flush(Partition);
        disk.Disk.SlowDown(5_000_000);
        Assert.Empty(disk.Disk.EffectiveFaults);

        disk.Append(Partition, DiskPartitions.Batch("b"), 1);
        var flushed = -1L;
        var beganUs = disk.Time.NowUs;
        disk.Session.Flush(Partition, (_, _) => flushed = disk.Time.NowUs);
        disk.Pass(6_000_000);
        Assert.InRange(flushed - beganUs, 5_000_050, 5_003_000);
        disk.Disk.SlowDown(0);
        beganUs = disk.Time.NowUs;
        disk.Session.Flush(Partition, (_, _) => flushed = disk.Time.NowUs);
        disk.Pass(10_000);
        Assert.InRange(flushed - beganUs, 50, 3_000);
        Assert.Equal([(DiskFault.SlowFlush, 1)], Faults(disk));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Replaced_disk_is_another_one_and_lossy(string kind)
    {
        var disk = DiskUnderTest.Of(kind, 1).Start();
        Assert.Equal((true, PreviousLife.Lossy), (disk.Session.IsFirstLife, disk.Session.PreviousLife));
        var before = disk.Disk.DirectoryId;
        disk.Append(Partition, DiskPartitions.Batch("a"), 1);
        disk.Session.CloseCleanly(new BrokerEpoch(5));
        disk.Restart(powerLoss: false);
        Assert.Equal((false, PreviousLife.Clean), (disk.Session.IsFirstLife, disk.Session.PreviousLife));
        Assert.Equal(new BrokerEpoch(5), disk.Session.PreviousBrokerEpoch);
        Assert.Equal(before, disk.Disk.DirectoryId);

        disk.Disk.Replace();
        Assert.Empty(disk.Disk.EffectiveFaults);
        disk.Start();
        Assert.Equal((true, PreviousLife.Lossy), (disk.Session.IsFirstLife, disk.Session.PreviousLife));
        Assert.NotEqual(before, disk.Disk.DirectoryId);
        Assert.Empty(disk.Session.LogsOf(Partition.TopicId));
        Assert.Equal(0, disk.Log(Partition).LogEndOffset);
        Assert.Equal([(DiskFault.ReplacedDisk, 1)], Faults(disk));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void One_life_at_a_time_and_nothing_of_one_that_has_ended(string kind)
    {
        var disk = DiskUnderTest.Of(kind, 1).Start();
        Assert.Throws<StorageException>(() => disk.Disk.Open(false));
        disk.Append(Partition, DiskPartitions.Batch("a"), 1);
        var log = disk.Log(Partition);
        var session = disk.Session;
        session.Flush(Partition, (_, _) => Assert.Fail("The life has ended."));

        disk.Restart(powerLoss: false);
        disk.Settle();
        Assert.Equal(0, disk.Log(Partition).FlushedEndOffset);
        Assert.Throws<StorageException>(() => session.Flush(Partition, (_, _) => { }));
        Assert.Throws<StorageException>(() => log.AssignEpoch(new LeaderEpoch(9), 1));
        Assert.Equal("1@0", disk.Log(Partition).Epochs.ToString());
    }

    private static long Count(DiskUnderTest disk)
    {
        var sequence = new Records.BatchSequence(disk.ReadAll(Partition));
        var count = 0L;
        while (sequence.MoveNext())
            count += sequence.Header.RecordCount;
        return count;
    }

    private static List<(string, int)> Faults(DiskUnderTest disk) =>
        [.. disk.Disk.EffectiveFaults.Select(fault => (fault.Key, fault.Value))];
}
