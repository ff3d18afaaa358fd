using System.Collections.Immutable;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Links;

/// <summary>All of metadata at one offset.</summary>
internal sealed record SimulatedImage(
    long Offset, BrokersView Brokers, ImmutableDictionary<TopicIdPartition, PartitionRegistration> Partitions);

/// <summary>
/// The controller's rules as far as replicas depend on them: fencing, clean elections from ISR and ELR, ELR
/// bookkeeping, compare-and-set of ISR proposals with the keep of L1. One writer, no failures: those are others' tests.
/// </summary>
internal sealed class SimulatedController
{
    private readonly List<SimulatedImage> _history = [];
    private ImmutableSortedDictionary<BrokerId, BrokerStatus> _brokers =
        ImmutableSortedDictionary<BrokerId, BrokerStatus>.Empty;

    private ImmutableDictionary<TopicIdPartition, PartitionRegistration> _partitions =
        ImmutableDictionary<TopicIdPartition, PartitionRegistration>.Empty;

    private long _offset = 100;

    public IReadOnlyList<SimulatedImage> History => _history;

    public SimulatedImage Latest => _history[^1];

    public int Elections { get; private set; }

    public void Start(IEnumerable<BrokerId> brokers, IEnumerable<TopicIdPartition> partitions)
    {
        foreach (var broker in brokers)
            _brokers = _brokers.Add(broker, new BrokerStatus(new BrokerEpoch(++_offset), false, false));
        var replicas = _brokers.Keys.ToImmutableArray();
        foreach (var partition in partitions)
        {
            _partitions = _partitions.Add(partition, new PartitionRegistration(
                partition.TopicId, "t", partition.Partition, replicas, replicas, [], [],
                replicas[partition.Partition % replicas.Length],
                new LeaderEpoch(0), new PartitionEpoch(0), LeaderRecoveryState.Recovered, MinIsr: 2));
        }

        Commit();
    }

    /// <summary>A new life, fenced. A lossy one leaves every ISR and ELR (F2).</summary>
    public BrokerEpoch Register(BrokerId broker, bool isLossy)
    {
        _brokers = _brokers.SetItem(broker, new BrokerStatus(new BrokerEpoch(++_offset), Fenced: true, false));
        ChangeAll(partition => partition with
        {
            Isr = partition.Isr.Remove(broker),
            Elr = isLossy ? partition.Elr.Remove(broker) : partition.Elr,
        }, lost: isLossy ? broker : null);
        Commit();
        return _brokers[broker].Epoch;
    }

    public void Fence(BrokerId broker)
    {
        _brokers = _brokers.SetItem(broker, _brokers[broker] with { Fenced = true });
        ChangeAll(partition => partition with { Isr = partition.Isr.Remove(broker) });
        Commit();
    }

    public void Unfence(BrokerId broker)
    {
        _brokers = _brokers.SetItem(broker, _brokers[broker] with { Fenced = false });
        ChangeAll(partition => partition);
        Commit();
    }

    /// <summary>A replica reported itself offline (F1): it leaves the ISR, and leads no more.</summary>
    public void TakeOffline(BrokerId broker, TopicIdPartition id, LeaderEpoch epoch)
    {
        if (_partitions[id].LeaderEpoch != epoch)
            return;
        Change(_partitions[id], partition => partition with { Isr = partition.Isr.Remove(broker) }, null);
        Commit();
    }

    /// <summary>A new leader epoch without another cause: what an operator's election does.</summary>
    public void Bump(TopicIdPartition id)
    {
        var partition = _partitions[id];
        _partitions = _partitions.SetItem(id, partition with
        {
            LeaderEpoch = partition.LeaderEpoch.Next(),
            PartitionEpoch = partition.PartitionEpoch.Next(),
        });
        Commit();
    }

    /// <summary>Whether taking the broker's data away leaves somebody else who holds everything committed.</summary>
    public bool CanLose(BrokerId broker) => _partitions.Values.All(
        partition => partition.Isr.Union(partition.Elr).Any(other => other != broker && _brokers[other].IsActive));

    /// <summary>The table of 2.4, and L1.</summary>
    public IsrProposalAnswer Decide(BrokerId sender, IsrProposal proposal)
    {
        var partition = _partitions[proposal.Partition];
        var error = Judge(sender, proposal, partition);
        if (error == ErrorCode.None)
        {
            // Also where nothing but the partition epoch changes: that is what a keep is for (L1).
            ImmutableArray<BrokerId> isr = [.. proposal.NewIsr.Select(member => member.Broker)];
            Change(partition, p => p with { Isr = isr }, null, force: true);
            Commit();
            partition = _partitions[proposal.Partition];
        }

        return new IsrProposalAnswer(
            proposal.Partition, proposal.ProposalId, error, partition.Leader, partition.LeaderEpoch,
            partition.PartitionEpoch, partition.RecoveryState, partition.Isr);
    }

    private ErrorCode Judge(BrokerId sender, IsrProposal proposal, PartitionRegistration partition)
    {
        if (proposal.LeaderEpoch > partition.LeaderEpoch || proposal.PartitionEpoch > partition.PartitionEpoch)
            return ErrorCode.NotController;
        if (proposal.LeaderEpoch < partition.LeaderEpoch)
            return ErrorCode.FencedLeaderEpoch;
        if (sender != partition.Leader)
            return ErrorCode.InvalidRequest;
        if (proposal.PartitionEpoch < partition.PartitionEpoch)
            return ErrorCode.InvalidUpdateVersion;
        if (!proposal.NewIsr.Any(member => member.Broker == sender))
            return ErrorCode.InvalidRequest;
        return proposal.NewIsr.All(member => _brokers[member.Broker].IsActive
            && (member.Epoch == BrokerEpoch.Unknown || member.Epoch == _brokers[member.Broker].Epoch))
            ? ErrorCode.None
            : ErrorCode.IneligibleReplica;
    }

    private void ChangeAll(Func<PartitionRegistration, PartitionRegistration> change, BrokerId? lost = null)
    {
        foreach (var partition in _partitions.Values.OrderBy(partition => partition.Partition))
            Change(partition, change, lost);
    }

    private void Change(
        PartitionRegistration old,
        Func<PartitionRegistration, PartitionRegistration> change,
        BrokerId? lost,
        bool force = false)
    {
        var changed = change(old);
        changed = changed with
        {
            // 6.4; what the change itself took out of the ELR stays out.
            Elr = changed.Isr.Length >= changed.MinIsr
                ? []
                : [.. changed.Elr.Union(old.Isr).Except(changed.Isr).Where(broker => broker != lost)],
        };
        changed = Elect(changed);
        if (changed.Leader != old.Leader)
        {
            Elections++;
            changed = changed with { LeaderEpoch = old.LeaderEpoch.Next() };
        }

        var isSame = changed.Leader == old.Leader
            && changed.Isr.SequenceEqual(old.Isr)
            && changed.Elr.SequenceEqual(old.Elr);
        if (!isSame || force)
            _partitions = _partitions.SetItem(old.Id, changed with { PartitionEpoch = old.PartitionEpoch.Next() });
    }

    private PartitionRegistration Elect(PartitionRegistration partition)
    {
        bool Acceptable(BrokerId broker) => _brokers[broker].IsActive;

        if (partition.Isr.Contains(partition.Leader) && Acceptable(partition.Leader))
            return partition;
        var fromIsr = partition.Replicas.Where(broker => partition.Isr.Contains(broker) && Acceptable(broker)).ToList();
        if (fromIsr.Count > 0)
            return partition with { Leader = fromIsr[0] };
        var fromElr = partition.Isr.IsEmpty
            ? partition.Replicas.Where(broker => partition.Elr.Contains(broker) && Acceptable(broker)).ToList()
            : [];
        return fromElr.Count == 0
            ? partition with { Leader = BrokerId.None }
            : partition with { Leader = fromElr[0], Isr = [fromElr[0]], Elr = partition.Elr.Remove(fromElr[0]) };
    }

    private void Commit() =>
        _history.Add(new SimulatedImage(++_offset, new BrokersView(_offset, _brokers), _partitions));
}
