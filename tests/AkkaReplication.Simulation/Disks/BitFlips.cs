using AkkaReplication.Records;
using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Disks;

/// <summary>Where a batch is damaged: in its records, so that the checksum is wrong and nothing else is.</summary>
internal static class BitFlips
{
    /// <param name="chance">The disk's own.</param>
    /// <param name="start">Where the batch begins.</param>
    /// <param name="end">Where it ends.</param>
    public static int PositionIn(Chance chance, int start, int end) => chance.Between(start + BatchHeader.Size, end - 1);
}
