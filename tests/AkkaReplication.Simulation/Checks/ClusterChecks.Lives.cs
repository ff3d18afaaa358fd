using AkkaReplication.Logs;
using AkkaReplication.Replicas;
using AkkaReplication.Simulation.Processes;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Checks;

/// <summary>What a broker says of the life before (F2), held against what that life had.</summary>
internal sealed partial class ClusterChecks
{
    // How far the logs went, and how far they were flushed, when the last life that had them open ended.
    private readonly Dictionary<(BrokerId Broker, TopicIdPartition), (long End, long FlushedEnd)> _ends = [];

    // In which life, and as of which leader epoch, a replica failed last.
    private readonly Dictionary<(BrokerId, TopicIdPartition), (int Life, LeaderEpoch Epoch)> _failures = [];

    /// <summary>A life of a broker is over. Its logs can still be asked.</summary>
    public void OnLifeOver(BrokerProcess broker, bool powerLoss)
    {
        foreach (var slot in broker.Slots)
        {
            if (slot.History.Role == ReplicaRole.Follower)
                OnFollowsNoMore(broker.Id, slot);
            if (slot.Log is { } log)
                _ends[(broker.Id, slot.Partition)] = (log.LogEndOffset, log.FlushedEndOffset);
        }

        // What was acknowledged counts: in flush=fsync that was flushed.
        if (!powerLoss || !World.Profile.Fsync)
            return;
        foreach (var key in _ends.Keys.Where(key => key.Broker == broker.Id).ToArray())
            _ends[key] = (_ends[key].FlushedEnd, _ends[key].FlushedEnd);
    }

    /// <summary>It has said that it may have lost something, or has another disk: nobody counts on what was there.</summary>
    public void OnLossKnown(BrokerId broker)
    {
        foreach (var key in _ends.Keys.Where(key => key.Broker == broker).ToArray())
            _ends.Remove(key);
    }

    /// <summary>
    /// Clean and intact mean that everything is there. Not of a topic that is deleted: its log was put aside, and a broker that
    /// reads the metadata from before begins another one until it comes to the deletion.
    /// </summary>
    private void CheckNothingIsMissing(BrokerProcess broker, ReplicaSlot slot)
    {
        if (_ends.Remove((broker.Id, slot.Partition), out var had)
            && broker.PreviousLife != PreviousLife.Lossy
            && slot.Log!.LogEndOffset < had.End
            && Truth.TryGetPartition(slot.Partition) is not null)
        {
            throw Broken("F2", broker, slot, $"ends at {slot.Log.LogEndOffset} after a life that is called {broker.PreviousLife} and had everything up to {had.End}");
        }
    }

    /// <summary>A replica is offline as of that leader epoch.</summary>
    public void OnReplicaFailed(BrokerProcess broker, TopicIdPartition partition, LeaderEpoch epoch) =>
        _failures[(broker.Id, partition)] = (broker.Life, epoch);

    /// <summary>
    /// F1: who failed in an epoch has forgotten what it had proposed and promised in it, so it serves again only in a higher one.
    /// F1, F2: what a failed flush should have made durable may be gone; nobody but a new life may open such a log.
    /// </summary>
    public void OnReopened(BrokerProcess broker, ReplicaSlot slot, LeaderEpoch epoch, bool mayHaveLostData)
    {
        if (_failures.Remove((broker.Id, slot.Partition), out var failure) && failure.Life == broker.Life && epoch <= failure.Epoch)
            throw Broken("F1", broker, slot, $"serves again in epoch {epoch}, and failed in epoch {failure.Epoch}");
        if (mayHaveLostData)
            throw Broken("F1", broker, slot, "is opened again by the life in which a flush of it failed");
    }

    /// <summary>What a broker's disk keeps for the next life is true.</summary>
    public void OnUntruth(BrokerProcess broker, string untruth) => throw new Violation("F2", $"broker {broker.Id}: {untruth}");
}
