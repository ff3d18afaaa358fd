using System.Collections.Immutable;

namespace AkkaReplication.Brokers;

/// <summary>What a broker does with a replica at a change of its partition.</summary>
public enum FaultVerdict : byte
{
    /// <summary>It is healthy: it hears of the change.</summary>
    Serves,

    /// <summary>It failed in an earlier leader epoch: a new one takes its place, over the log as it is on disk.</summary>
    Replace,

    /// <summary>It failed in this leader epoch, or too often: it stays as it is.</summary>
    StaysOffline,
}

/// <summary>
/// The replicas of one broker's life that failed, and whether they may serve again (F1): only under a higher leader epoch,
/// and not after <see cref="MaxFaults"/> faults within <see cref="WindowMs"/>, until an operator acts or the process restarts.
/// </summary>
public sealed class ReplicaFaults
{
    public const int MaxFaults = 3;
    public const long WindowMs = 10 * 60 * 1000;

    private readonly SortedDictionary<TopicIdPartition, Faults> _faults = [];

    /// <summary>Replicas that cannot serve, ascending: what the broker reports.</summary>
    public ImmutableArray<TopicIdPartition> Offline => [.. _faults.Where(f => f.Value.IsOffline).Select(f => f.Key)];

    /// <summary>A replica failed; repeated reports of one failure count once.</summary>
    public void Record(TopicIdPartition partition, LeaderEpoch epoch, long nowMs)
    {
        if (!_faults.TryGetValue(partition, out var faults))
            _faults.Add(partition, faults = new Faults());
        if (faults.IsOffline)
            return;
        faults.IsOffline = true;
        faults.Epoch = epoch;
        faults.AtMs.RemoveAll(at => nowMs - at >= WindowMs);
        faults.AtMs.Add(nowMs);
    }

    /// <summary>What to do with the replica now that its partition is at that leader epoch.</summary>
    public FaultVerdict Judge(TopicIdPartition partition, LeaderEpoch epoch, long nowMs)
    {
        if (!_faults.TryGetValue(partition, out var faults) || !faults.IsOffline)
            return FaultVerdict.Serves;
        if (epoch <= faults.Epoch || faults.AtMs.Count(at => nowMs - at < WindowMs) >= MaxFaults)
            return FaultVerdict.StaysOffline;
        return FaultVerdict.Replace;
    }

    /// <summary>A new replica took the place of the failed one.</summary>
    public void Replaced(TopicIdPartition partition)
    {
        if (_faults.TryGetValue(partition, out var faults))
            faults.IsOffline = false;
    }

    /// <summary>The partition is not hosted here any more.</summary>
    public void Forget(TopicIdPartition partition) => _faults.Remove(partition);

    private sealed class Faults
    {
        public bool IsOffline { get; set; }

        public LeaderEpoch Epoch { get; set; }

        public List<long> AtMs { get; } = [];
    }
}
