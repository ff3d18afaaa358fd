using System.Collections.Immutable;
using AkkaReplication.Core.Tests.Replicas;
using AkkaReplication.Effects;
using AkkaReplication.Links;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Links;

/// <summary>
/// The shell of one broker in the simulation: runs the machines' effects, restarts them, never decides anything. Its
/// logs outlive it; everything else is gone with a crash.
/// </summary>
internal sealed class SimulatedBroker
{
    private readonly SimulatedCluster _cluster;
    private readonly SimulatedWorld _world;
    private readonly Dictionary<BrokerId, FollowerLink> _followerLinks = [];
    private readonly Dictionary<BrokerId, LeaderLink> _leaderLinks = [];
    private readonly Dictionary<object, long> _timers = [];
    private readonly Dictionary<TopicIdPartition, IsrProposal> _proposals = [];
    private readonly Queue<Action> _mail = new();
    private long _life;
    private bool _mailScheduled;
    private long _timerVersion;

    public SimulatedBroker(SimulatedCluster cluster, BrokerId id)
    {
        _cluster = cluster;
        _world = cluster.World;
        Id = id;
        foreach (var partition in cluster.Partitions)
            Logs.Add(partition, new MemoryLog());
    }

    public BrokerId Id { get; }

    public bool IsAlive { get; private set; }

    public BrokerEpoch Epoch { get; private set; } = BrokerEpoch.Unknown;

    /// <summary>Index into the controller's history up to which metadata was applied.</summary>
    public int AppliedImage { get; private set; } = -1;

    public SortedDictionary<TopicIdPartition, MemoryLog> Logs { get; } = [];

    public SortedDictionary<TopicIdPartition, Replica> Replicas { get; } = [];

    public void Start(BrokerEpoch epoch)
    {
        _life++;
        IsAlive = true;
        Epoch = epoch;
        AppliedImage = -1;
        foreach (var (partition, log) in Logs)
        {
            // A checkpoint may be as old as it likes.
            var checkpoint = _world.Random.NextInt64(log.CheckpointedHighWatermark + 1);
            var replica = new Replica(partition, _cluster.ReplicaOptionsOf(Id), log, checkpoint);
            replica.OnOwnEpoch(epoch);
            Replicas[partition] = replica;
        }

        foreach (var peer in _cluster.BrokerIds.Where(peer => peer != Id))
        {
            var options = new LinkOptions("c1", Id, peer, 100, 4000, 1000);
            var link = new FollowerLink(options, () => _world.NowMs);
            _followerLinks[peer] = link;
            _leaderLinks[peer] = new LeaderLink(options);
            _leaderLinks[peer].OnIdentity(epoch);
            // So little that links wait for credit all the time.
            LinkTurn(peer, link, fx => link.OnCredit(_world.NowMs, 1500, fx));
            LinkTurn(peer, link, fx => link.OnIdentity(_world.NowMs, epoch, fx));
            LinkTurn(peer, link, fx => link.OnPeerUp(_world.NowMs, fx));
        }
    }

    public void Crash()
    {
        _life++;
        IsAlive = false;
        Replicas.Clear();
        _mail.Clear();
        _timers.Clear();
        _proposals.Clear();
    }

    /// <summary>
    /// Applies the metadata up to that image in one step, as a follower of metadata that was behind does.
    /// </summary>
    public void Apply(int image, bool again)
    {
        var target = _cluster.Controller.History[image];
        var last = AppliedImage >= 0 ? _cluster.Controller.History[AppliedImage] : null;
        AppliedImage = Math.Max(AppliedImage, image);
        foreach (var partition in _cluster.Partitions)
        {
            var registration = target.Partitions[partition];
            ReplicaTurn(partition, (replica, fx) => replica.OnBrokersChanged(_world.NowMs, target.Brokers, fx));
            if (again || last is null || last.Partitions[partition] != registration)
            {
                ReplicaTurn(partition, (replica, fx) => replica.OnPartitionUpdate(
                    _world.NowMs, new PartitionUpdate(target.Offset, registration, TopicSettings.Default), fx));
            }
        }
    }

    public void Lease(long untilMs)
    {
        foreach (var partition in _cluster.Partitions)
            ReplicaTurn(partition, (replica, fx) => replica.OnLease(_world.NowMs, untilMs, fx));
        foreach (var link in _leaderLinks.Values)
            LinkTurn(default, link, link.ReportContacts);
    }

    public void Produce(TopicIdPartition partition, ProduceInput input) => ReplicaTurn(
        partition, (replica, fx) => replica.OnProduce(_world.NowMs, 1_700_000_000_000, input, fx));

    public void DeleteRecords(TopicIdPartition partition, DeleteRecordsInput input) =>
        ReplicaTurn(partition, (replica, fx) => replica.OnDeleteRecords(_world.NowMs, input, fx));

    /// <summary>True if something went.</summary>
    public bool ApplyRetention(TopicIdPartition partition)
    {
        var log = Logs[partition];
        var before = log.LogStartOffset;
        log.RetentionBatches = _world.Random.Next(100);
        ReplicaTurn(partition, (replica, fx) => replica.OnRetentionDue(_world.NowMs, 0, fx));
        return log.LogStartOffset > before;
    }

    /// <summary>An exception that nobody expected (F1).</summary>
    public void Fail(TopicIdPartition partition) => ReplicaTurn(
        partition, (replica, fx) => replica.OnStorageFailed(_world.NowMs, "simulated fault", fx));

    /// <summary>Connections to that peer break and are made anew.</summary>
    public void Reconnect(BrokerId peer)
    {
        var link = _followerLinks[peer];
        _leaderLinks[peer].OnPeerDown();
        LinkTurn(peer, link, fx => link.OnPeerDown(_world.NowMs, fx));
        LinkTurn(peer, link, fx => link.OnPeerUp(_world.NowMs, fx));
    }

    public void Receive(BrokerId from, object message)
    {
        if (!IsAlive)
            return;

        switch (message)
        {
            case PeerFetch fetch:
                LinkTurn(from, _leaderLinks[from], fx => _leaderLinks[from].OnPeerFetch(_world.NowMs, fetch, fx));
                break;
            case PeerFetchAnswer answer:
                LinkTurn(from, _followerLinks[from], fx => _followerLinks[from].OnAnswer(_world.NowMs, answer, fx));
                break;
            case IsrProposalAnswer answer:
                // Handed on whether asked for or not: the replica must know what is meant for it (I29).
                if (_proposals.GetValueOrDefault(answer.Partition)?.ProposalId == answer.ProposalId)
                    _proposals.Remove(answer.Partition);
                ReplicaTurn(answer.Partition, (replica, fx) => replica.OnIsrAnswer(_world.NowMs, answer, fx));
                break;
        }
    }

    private void ReplicaTurn(TopicIdPartition partition, Action<Replica, EffectList> turn)
    {
        if (!Replicas.TryGetValue(partition, out var replica))
            return;

        var effects = new EffectList();
        turn(replica, effects);
        _cluster.AfterTurn(this, replica);
        foreach (var effect in effects)
            Perform(partition, effect);
    }

    private void LinkTurn(BrokerId peer, object link, Action<EffectList> turn)
    {
        var effects = new EffectList();
        turn(effects);
        foreach (var effect in effects)
            Perform(peer, link, effect);
    }

    private void Perform(TopicIdPartition partition, Effect effect)
    {
        switch (effect)
        {
            case ProduceCompleted completed:
                _cluster.OnProduced(this, partition, completed);
                break;
            case DeleteRecordsCompleted completed:
                _cluster.OnRecordsDeleted(this, partition, completed);
                break;
            case FollowerFetchAnswered answered:
                Mail(() => OnLeaderLink(
                    answered.Request.Follower, (link, fx) => link.OnFetchAnswered(_world.NowMs, answered, fx)));
                break;
            case FollowerDataAvailable available:
                Mail(() => OnLeaderLink(
                    available.Follower, (link, fx) => link.OnDataAvailable(_world.NowMs, available.View, fx)));
                break;
            case FetchFrom position:
                Mail(() => OnFollowerLink(
                    position.Leader, (link, fx) => link.OnPosition(_world.NowMs, partition, position, fx)));
                break;
            case FetchFromAfter delayed:
                Mail(() => OnFollowerLink(
                    delayed.Position.Leader, (link, fx) => link.OnPositionAfter(_world.NowMs, partition, delayed, fx)));
                break;
            case StopFetching stop:
                Mail(() => OnFollowerLink(stop.Leader, (link, fx) => link.OnStop(_world.NowMs, partition, fx)));
                break;
            case ProposeIsr propose:
                _proposals[partition] = propose.Proposal;
                SendProposal(propose.Proposal);
                break;
            case WithdrawIsrProposal:
                _proposals.Remove(partition);
                break;
            case FlushLog:
                InThisLife(_world.Random.Next(1, 40), () =>
                {
                    var log = Logs[partition];
                    log.Flush();
                    ReplicaTurn(
                        partition, (replica, fx) => replica.OnFlushed(_world.NowMs, log.FlushedEndOffset, fx));
                });
                break;
            case StartReplicaTimer timer:
                StartTimer((partition, timer.Timer), timer.DelayMs, () => ReplicaTurn(
                    partition, (replica, fx) => replica.OnTimer(_world.NowMs, timer.Timer, fx)));
                break;
            case ReplicaFailed failed:
                _world.After(5, () => _cluster.Controller.TakeOffline(Id, partition, failed.LeaderEpoch));
                break;
        }
    }

    private void Perform(BrokerId peer, object link, Effect effect)
    {
        switch (effect)
        {
            case SendPeerFetch send:
                _cluster.Send(Id, peer, send.Fetch);
                break;
            case SendAnswer send:
                _cluster.Send(Id, peer, send.Answer);
                break;
            case ReadForFollower read:
                // Outside the replica's turn, and not at once: the log may have been cut meanwhile. One of the two
                // directories that the partitions are in may be slow.
                foreach (var part in read.Reads.GroupBy(r => r.Request.Partition.Partition % 2))
                {
                    var slow = _world.Random.Next(20) == 0 ? 200 : 8;
                    var one = read with { Reads = [.. part] };
                    InThisLife(_world.Random.Next(slow), () => LinkTurn(
                        peer, link, fx => ((LeaderLink)link).OnRead(one.Read(out _), fx)));
                }

                break;
            case DeliverFetched deliver:
                Mail(() => ReplicaTurn(
                    deliver.Partition, (replica, fx) => replica.OnFetched(_world.NowMs, deliver.Fetched, fx)));
                break;
            case AskReplica ask:
                Mail(() => ReplicaTurn(
                    ask.Fetch.Partition, (replica, fx) => replica.OnFollowerFetch(_world.NowMs, ask.Fetch, fx)));
                break;
            case ReportFollowerContact contact:
                ReplicaTurn(contact.Partition, (replica, fx) => replica.OnFollowerContact(
                    _world.NowMs, contact.Follower, contact.LeaderEpoch, contact.AtMs, fx));
                break;
            case StartLinkTimer timer:
                StartTimer(link, timer.DelayMs, () =>
                {
                    if (link is FollowerLink follower)
                        LinkTurn(peer, link, fx => follower.OnTimer(_world.NowMs, fx));
                    else
                        LinkTurn(peer, link, fx => ((LeaderLink)link).OnTimer(_world.NowMs, fx));
                });
                break;
        }
    }

    private void OnLeaderLink(BrokerId peer, Action<LeaderLink, EffectList> turn) =>
        LinkTurn(peer, _leaderLinks[peer], fx => turn(_leaderLinks[peer], fx));

    private void OnFollowerLink(BrokerId peer, Action<FollowerLink, EffectList> turn) =>
        LinkTurn(peer, _followerLinks[peer], fx => turn(_followerLinks[peer], fx));

    /// <summary>Sends until there is an answer, or the proposal is withdrawn.</summary>
    private void SendProposal(IsrProposal proposal)
    {
        if (!_proposals.TryGetValue(proposal.Partition, out var waiting) || waiting != proposal)
            return;

        _cluster.Propose(Id, Epoch, proposal);
        InThisLife(50, () => SendProposal(proposal));
    }

    /// <summary>Between actors of one process: in order, without loss, a little later.</summary>
    private void Mail(Action action)
    {
        _mail.Enqueue(action);
        if (_mailScheduled)
            return;

        _mailScheduled = true;
        _world.After(_world.Random.Next(3), () =>
        {
            _mailScheduled = false;
            for (var left = _mail.Count; left > 0 && _mail.TryDequeue(out var next); left--)
                next();
            if (_mail.Count > 0)
                Mail(() => { });
        });
    }

    private void StartTimer(object key, long delayMs, Action action)
    {
        var version = ++_timerVersion;
        _timers[key] = version;
        InThisLife(delayMs, () =>
        {
            if (_timers.GetValueOrDefault(key) == version)
                action();
        });
    }

    private void InThisLife(long delayMs, Action action)
    {
        var life = _life;
        _world.After(delayMs, () =>
        {
            if (life == _life)
                action();
        });
    }
}
