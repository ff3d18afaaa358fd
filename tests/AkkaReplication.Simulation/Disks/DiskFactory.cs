using AkkaReplication.Simulation.Disks.Memory;
using AkkaReplication.Simulation.Disks.RealStorage;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Disks;

/// <summary>Gives a broker the kind of disk that the seed asks for, and says afterwards which of its faults were met.</summary>
internal static class DiskFactory
{
    public static IBrokerDisk Create(World world, BrokerId broker, Func<long> wallClockMs) => world.Profile.RealStorage
        ? new StorageDisk(world.Time, world.Disks.Fork(), Cluster.Id, broker, wallClockMs)
        : new MemoryDisk(world.Time, world.Disks.Fork(), Cluster.Id, broker, wallClockMs);

    public static void Count(IBrokerDisk disk, Tally tally)
    {
        foreach (var (kind, count) in disk.EffectiveFaults)
        {
            FaultKind? fault = kind switch
            {
                DiskFault.FailedWrite => FaultKind.WriteFailed,
                DiskFault.FailedFlush => FaultKind.FlushFailed,
                DiskFault.SlowFlush => FaultKind.SlowDisk,
                DiskFault.FullDisk => FaultKind.FullDisk,
                DiskFault.LostWrites => FaultKind.WritesLost,
                _ => null,
            };
            if (fault is { } known)
                tally.FaultsEffective[(int)known] += count;
        }
    }
}
