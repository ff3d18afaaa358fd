using AkkaReplication.Effects;
using AkkaReplication.Links;
using AkkaReplication.Replicas;
using AkkaReplication.Simulation.Checks;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>A broker's links to the others.</summary>
internal sealed partial class BrokerProcess
{
    private readonly SortedDictionary<BrokerId, PeerLink> _links = [];

    // Greater than all before, also those of an earlier life, as a clock's ticks are.
    private long _lastSessionId;

    private void ClearLinks() => _links.Clear();

    private void EnsureLinks(IEnumerable<BrokerId> brokers)
    {
        foreach (var peer in brokers)
        {
            if (peer == Id || _links.ContainsKey(peer))
                continue;

            var profile = World.Profile;
            var options = new LinkOptions(Cluster.Id, Id, peer, profile.FetchWaitMs, 6_000, 2_000);
            var link = new PeerLink(this, peer, new FollowerLink(options, NextSessionId), new LeaderLink(options));
            _links.Add(peer, link);
            link.Leader.OnIdentity(Epoch);
            Follow(link, (l, fx) => l.OnIdentity(NowMs, Epoch, fx));

            // So little that links wait for credit now and then.
            Follow(link, (l, fx) => l.OnCredit(NowMs, World.Scheduling.Between(2_000L, 20_000), fx));
            Follow(link, (l, fx) => l.OnPeerUp(NowMs, fx));
        }
    }

    private long NextSessionId() => _lastSessionId = Math.Max(_lastSessionId + 1, World.Time.NowUs);

    /// <summary>Both ends of the link to that peer lose what they knew of one another.</summary>
    public void Reconnect(BrokerId peer)
    {
        if (!IsAlive || !_links.TryGetValue(peer, out var link))
            return;
        link.Leader.OnPeerDown();
        Follow(link, (l, fx) => l.OnPeerDown(NowMs, fx));
        After(World.Scheduling.Between(1, 60), () =>
        {
            if (_links.TryGetValue(peer, out var again))
                Follow(again, (l, fx) => l.OnPeerUp(NowMs, fx));
        });
    }

    /// <summary>From another broker.</summary>
    public void OnPeerMessage(BrokerId from, object message)
    {
        if (!_links.TryGetValue(from, out var link) || _isClosing)
            return;

        switch (message)
        {
            case PeerFetch fetch:
                link.HeardMs = NowMs;
                Lead(link, (l, fx) => l.OnPeerFetch(NowMs, fetch, fx));
                break;
            case PeerFetchAnswer answer:
                Follow(link, (l, fx) => l.OnAnswer(NowMs, answer, fx));
                break;
        }
    }

    /// <summary>To the end that follows that broker.</summary>
    private void ToFollower(BrokerId peer, Action<FollowerLink, EffectList> turn)
    {
        if (_links.TryGetValue(peer, out var link))
            link.Mailbox.Tell(() => Follow(link, turn));
    }

    /// <summary>To the end that is followed by that broker.</summary>
    private void ToLeader(BrokerId peer, Action<LeaderLink, EffectList> turn)
    {
        if (_links.TryGetValue(peer, out var link))
            link.Mailbox.Tell(() => Lead(link, turn));
    }

    private void Follow(PeerLink link, Action<FollowerLink, EffectList> turn)
    {
        var effects = new EffectList();
        turn(link.Follower, effects);
        foreach (var effect in effects)
        {
            if (effect is StartLinkTimer timer)
                link.FollowerTimer.Start(timer.DelayMs, () => Follow(link, (l, fx) => l.OnTimer(NowMs, fx)));
            else
                Perform(link, effect);
        }
    }

    private void Lead(PeerLink link, Action<LeaderLink, EffectList> turn)
    {
        var effects = new EffectList();
        turn(link.Leader, effects);
        foreach (var effect in effects)
        {
            if (effect is StartLinkTimer timer)
                link.LeaderTimer.Start(timer.DelayMs, () => Lead(link, (l, fx) => l.OnTimer(NowMs, fx)));
            else
                Perform(link, effect);
        }
    }

    private void Perform(PeerLink link, Effect effect)
    {
        switch (effect)
        {
            case SendPeerFetch send:
                _cluster.ToPeer(this, link.Peer, send.Fetch);
                break;
            case SendAnswer send:
                _cluster.Checks.OnLinkAnswers(this, link, send.Answer);
                _cluster.ToPeer(this, link.Peer, send.Answer);
                break;
            case DeliverFetched deliver:
                ToReplica(deliver.Partition, (slot, fx) =>
                {
                    _cluster.Checks.BeforeFetched(this, slot, deliver.Fetched);
                    slot.Machine!.OnFetched(NowMs, deliver.Fetched, fx);
                    _cluster.Checks.AfterFetched(this, slot, deliver.Fetched, fx);
                });
                break;
            case AskReplica ask:
                link.Stated[ask.Fetch.Partition] = ask.Fetch;
                if (_slots.TryGetValue(ask.Fetch.Partition, out var asked) && asked.Machine is not null)
                    ToReplica(ask.Fetch.Partition, (slot, fx) => TakeFetch(link, slot, ask.Fetch, fx));
                else
                    ToLeader(link.Peer, (l, fx) => l.OnReplicaUnknown(NowMs, ask.Fetch.Partition, WhyUnknown(ask.Fetch.Partition), fx));
                break;
            case ReadForFollower read:
                Read(link, read);
                break;
            case ReportFollowerContact contact:
                ToReplica(contact.Partition, (slot, fx) => slot.Machine!.OnFollowerContact(
                    NowMs, contact.Follower, contact.LeaderEpoch, contact.AtMs, fx));
                break;
            default:
                throw new InvalidOperationException($"A link does not know the effect {effect}.");
        }
    }

    private void TakeFetch(PeerLink link, ReplicaSlot slot, in FollowerFetch fetch, EffectList effects)
    {
        link.HeardMs = NowMs;
        var before = ClusterChecks.BeforeFetch(slot, fetch);
        slot.Machine!.OnFollowerFetch(NowMs, fetch, effects);
        _cluster.Checks.AfterFetch(this, slot, fetch, before);
    }

    /// <summary>When that broker was last heard to follow this one; null where it never was in this life.</summary>
    public long? HeardMs(BrokerId peer) => _links.GetValueOrDefault(peer)?.HeardMs;

    private ErrorCode WhyUnknown(TopicIdPartition partition) =>
        Image.TryGetPartition(partition) is null ? ErrorCode.UnknownTopicId : ErrorCode.NotLeaderOrFollower;

    /// <summary>Outside the replica's turn, and not at once: the log may have been cut meanwhile.</summary>
    private void Read(PeerLink link, ReadForFollower read)
    {
        var slow = World.Scheduling.Hits(World.Profile.SlowReadRate) && World.HasFaults ? World.Profile.SlowReadUs : 400;
        AfterUs(World.Scheduling.Next(slow), () =>
        {
            var found = read.Read(out var failures);
            _cluster.Checks.OnReadForFollower(this, read, found);
            foreach (var failure in failures)
            {
                ToReplica(
                    failure.Partition, (slot, fx) => slot.Machine!.OnStorageFailed(NowMs, failure.Reason, fx));
            }

            Lead(link, (l, fx) => l.OnRead(found, fx));
        });
    }

    /// <summary>Idle partitions send no fetches: while the lease runs out, links say who still follows (E3).</summary>
    private void AskForContacts()
    {
        if (!IsRunning || LeaseEndMs - NowMs > World.Profile.SessionMs / 2)
            return;
        foreach (var link in _links.Values)
            ToLeader(link.Peer, (l, fx) => l.ReportContacts(fx));
    }
}
