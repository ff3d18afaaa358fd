namespace AkkaReplication.Simulation.Disks;

/// <summary>The kinds of <see cref="IBrokerDisk.EffectiveFaults"/>.</summary>
internal static class DiskFault
{
    /// <summary>A write of records failed.</summary>
    public const string FailedWrite = "failed write";

    /// <summary>A flush of records failed.</summary>
    public const string FailedFlush = "failed flush";

    /// <summary>A flush took longer because the disk was slow.</summary>
    public const string SlowFlush = "slow flush";

    /// <summary>Somebody who had records to append was told that there is no room.</summary>
    public const string FullDisk = "full disk";

    /// <summary>A damaged byte was read.</summary>
    public const string BitFlip = "bit flip";

    /// <summary>A life began on a disk from which a power loss had taken something that was not flushed.</summary>
    public const string LostWrites = "lost writes";

    /// <summary>A life began on an empty disk in the place of one that had been used.</summary>
    public const string ReplacedDisk = "replaced disk";
}
