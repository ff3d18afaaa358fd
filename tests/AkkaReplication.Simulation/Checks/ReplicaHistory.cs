using AkkaReplication.Replicas;

namespace AkkaReplication.Simulation.Checks;

/// <summary>What the checks remember of one replica of one life.</summary>
internal sealed class ReplicaHistory
{
    public ReplicaRole Role { get; set; }

    public LeaderEpoch Epoch { get; set; } = LeaderEpoch.None;

    public PartitionEpoch PartitionEpoch { get; set; } = PartitionEpoch.None;

    /// <summary>In this leadership, or in this following.</summary>
    public long HighWatermark { get; set; } = -1;

    /// <summary>As it was before the last turn.</summary>
    public long HighWatermarkBefore { get; set; } = -1;

    public long LogStart { get; set; }

    /// <summary>Up to there its records were compared with what is committed.</summary>
    public long ComparedTo { get; set; } = -1;

    /// <summary>The most it ever had under <see cref="Epoch"/>.</summary>
    public long MostInEpoch { get; set; }

    public int Turns { get; set; }

    /// <summary>The last ISR proposal that was looked at.</summary>
    public long Proposal { get; set; } = -1;

    public Dictionary<RequestToken, ReceivedProduce> Produces { get; } = [];
}

/// <summary>A batch that a client has sent.</summary>
/// <param name="EndBefore">Where the log ended when it came.</param>
internal sealed record ReceivedProduce(
    short Acks, uint Crc, int Count, long EndBefore, (long ProducerId, short Epoch, int Sequence) Identity);
