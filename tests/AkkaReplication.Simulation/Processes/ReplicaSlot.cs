using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Simulation.Processes;

/// <summary>One replica of a broker's life: the machine, its mailbox and timers, and who waits for what of it.</summary>
internal sealed class ReplicaSlot(BrokerProcess broker, TopicIdPartition partition, string topic)
{
    private readonly Dictionary<ReplicaTimer, ProcessTimer> _timers = [];

    public TopicIdPartition Partition => partition;

    public string Topic => topic;

    public Mailbox Mailbox { get; } = new(broker);

    /// <summary>Null while its log could not be opened.</summary>
    public Replica? Machine { get; set; }

    public IReplicaLog? Log { get; set; }

    /// <summary>What it published last.</summary>
    public ReadView? View { get; set; }

    public long LeaseEndMs { get; set; }

    /// <summary>Flushes whose completion the machine has not been told of.</summary>
    public int FlushesUnderWay { get; set; }

    /// <summary>How far the log was flushed when the machine was last told of a flush.</summary>
    public long ToldFlushedEndOffset { get; set; }

    /// <summary>It met an error, and says nothing more until it is replaced or told of a higher leader epoch (F1).</summary>
    public bool HasFailed => Machine is null or { Role: ReplicaRole.Offline };

    public bool IsStopped { get; set; }

    public EffectList Effects { get; } = new();

    public Dictionary<RequestToken, Action<ProduceCompleted>> Produces { get; } = [];

    public Dictionary<RequestToken, Action<DeleteRecordsCompleted>> Deletes { get; } = [];

    /// <summary>The connection whose acks=0 batch is being handed over.</summary>
    public Action? Unanswered { get; set; }

    /// <summary>Parked reads.</summary>
    public List<ReadWaiter> Waiters { get; } = [];

    public ProcessTimer Timer(ReplicaTimer kind)
    {
        if (!_timers.TryGetValue(kind, out var timer))
            _timers.Add(kind, timer = new ProcessTimer(broker));
        return timer;
    }

    public void StopTimers()
    {
        foreach (var timer in _timers.Values)
            timer.Stop();
    }

    /// <summary>What the checks know of this replica in this life.</summary>
    public Checks.ReplicaHistory History { get; } = new();

    public PartitionUpdate? LastUpdate { get; set; }
}

/// <summary>A parked read: wakes when the readable end passes the offset or leadership changes.</summary>
internal sealed record ReadWaiter(long Offset, LeaderEpoch LeaderEpoch, Action Wake)
{
    public bool IsReady(ReadView view) =>
        view.HighWatermark > Offset || view.Role != ReplicaRole.Leader || view.LeaderEpoch != LeaderEpoch;
}
