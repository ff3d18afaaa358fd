using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Links;
using AkkaReplication.Replicas;
using AkkaReplication.Simulation.Processes;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Checks;

/// <summary>What passes between a leader and its followers.</summary>
internal sealed partial class ClusterChecks
{
    /// <summary>KAFKA-7786: what a leader's link says about a partition answers the position that it was told last.</summary>
    public void OnLinkAnswers(BrokerProcess broker, PeerLink link, PeerFetchAnswer answer)
    {
        foreach (var partition in answer.Partitions)
        {
            if (!link.Stated.TryGetValue(partition.Partition, out var stated) || !partition.IsAnswerTo(stated))
            {
                throw new Violation(
                    "I27",
                    $"broker {broker.Id} answers {link.Peer} for {cluster.NameOf(partition.Partition)} at {partition.FetchOffset} in epoch "
                    + $"{partition.CurrentLeaderEpoch}, last asked was {stated.FetchOffset} in {stated.CurrentLeaderEpoch}");
            }
        }
    }

    /// <summary>KAFKA-13207: what is handed to a follower was read from the log that the view is of, not from what came after a cut.</summary>
    public void OnReadForFollower(BrokerProcess broker, ReadForFollower read, ImmutableArray<FetchedPartition> found)
    {
        var bytesLeft = read.MaxBytes;
        for (var i = 0; i < found.Length; i++)
        {
            // What no bytes were left for was not read.
            var wasRead = bytesLeft > 0;
            bytesLeft -= found[i].Records.Length;
            if (wasRead && found[i].Error == ErrorCode.None && !read.Reads[i].View.Log.IsCurrent)
            {
                throw new Violation(
                    "I27",
                    $"broker {broker.Id} reads {cluster.NameOf(found[i].Partition)} at {found[i].FetchOffset} for a follower, and the log has been cut since it was asked");
            }
        }
    }

    /// <summary>What the leader knows of its followers, where a fetch of another epoch must not change it; else nothing.</summary>
    public static ImmutableArray<ReplicaFollower> BeforeFetch(ReplicaSlot slot, in FollowerFetch fetch) =>
        fetch.CurrentLeaderEpoch == slot.Machine!.LeaderEpoch ? default : slot.Machine.Followers;

    /// <summary>I27.</summary>
    public void AfterFetch(BrokerProcess broker, ReplicaSlot slot, in FollowerFetch fetch, ImmutableArray<ReplicaFollower> before)
    {
        if (!before.IsDefault && !before.SequenceEqual(slot.Machine!.Followers))
        {
            throw Broken(
                "I27", broker, slot,
                $"a fetch of {fetch.Follower} in epoch {fetch.CurrentLeaderEpoch} changes what the leader of {slot.Machine!.LeaderEpoch} knows of it");
        }
    }

    /// <summary>KIP-279: a follower that is told where the logs part does not ask the same again, or it asks for ever.</summary>
    public void AfterFetched(BrokerProcess broker, ReplicaSlot slot, FetchedPartition fetched, EffectList effects)
    {
        if (fetched.Diverging is not { } end || effects.Count == 0)
            return;
        foreach (var effect in effects)
        {
            if (effect is FetchFrom position
                && position.LeaderEpoch == fetched.CurrentLeaderEpoch
                && position.FetchOffset == fetched.FetchOffset
                && position.LastFetchedEpoch == fetched.LastFetchedEpoch)
            {
                throw Broken("I18", broker, slot, $"is told that the logs part at {end} and asks again from {position.FetchOffset} in epoch {position.LastFetchedEpoch}");
            }
        }
    }
}
