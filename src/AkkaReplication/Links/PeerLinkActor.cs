using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using AkkaReplication.Brokers;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Links;

/// <summary>
/// The shell of one broker's link to another: the follower's end of what is fetched there, the leader's end of what is
/// fetched from here. Has the bytes that it answers with read outside the replicas' turns.
/// </summary>
internal sealed class PeerLinkActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan ReconnectInterval = TimeSpan.FromMilliseconds(50);

    private readonly BrokerContext _broker;
    private readonly BrokerId _peer;
    private readonly FollowerLink _follower;
    private readonly LeaderLink _leader;
    private readonly EffectList _toFollow = new();
    private readonly EffectList _toLead = new();
    private readonly EffectInterpreter _following;
    private readonly EffectInterpreter _leading;
    private readonly LinkReads _reads;
    private IActorRef? _remote;
    private long _session;

    public PeerLinkActor(BrokerContext broker, BrokerId peer)
    {
        _broker = broker;
        _peer = peer;
        var options = new LinkOptions(
            broker.ClusterId,
            broker.Id,
            peer,
            broker.Settings.ReplicaFetchWaitMaxMs,
            broker.Settings.ReplicaFetchResponseMaxBytes,
            broker.Settings.ReplicaFetchMaxBytes);
        _follower = new FollowerLink(options, NewSessionId);
        _leader = new LeaderLink(options);
        _reads = new LinkReads(broker, Self);
        _following = new EffectInterpreter(Follow);
        _leading = new EffectInterpreter(Lead);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(BrokerContext broker, BrokerId peer) =>
        Akka.Actor.Props.Create(() => new PeerLinkActor(broker, peer)).WithDispatcher(broker.LinkDispatcher);

    protected override void PreStart()
    {
        _follower.OnIdentity(Context.NowMs(), _broker.Epoch, _toFollow);
        _leader.OnIdentity(_broker.Epoch);
        Connect();
    }

    protected override void PostStop() => _reads.Stop();

    protected override void OnReceive(object message)
    {
        var now = Context.NowMs();
        switch (message)
        {
            case ReplicaProtocol.ToLink fromReplica:
                OnReplica(now, fromReplica);
                break;
            case PeerFetch fetch:
                if (_remote is null)
                    OnFoundBy(now, Sender);
                _leader.OnPeerFetch(now, fetch, _toLead);
                break;
            case PeerFetchAnswer answer:
                _follower.OnAnswer(now, answer, _toFollow);
                break;
            case FollowerTimer:
                _follower.OnTimer(now, _toFollow);
                break;
            case LeaderTimer:
                _leader.OnTimer(now, _toLead);
                break;
            case LinkReadDone done:
                OnRead(done.Found, done.Failures);
                _reads.OnDone(done);
                break;
            case ReplicaProtocol.BrokersChanged changed:
                _follower.OnCredit(now, CreditAmong(changed.Brokers.Brokers.Count - 1), _toFollow);
                break;
            case ReplicaProtocol.ReportContacts:
                _leader.ReportContacts(_toLead);
                break;
            case UnknownReplica unknown:
                _leader.OnReplicaUnknown(now, unknown.Partition, WhyUnknown(unknown.Partition), _toLead);
                break;
            case ActorIdentity identity:
                OnIdentified(now, identity.Subject);
                break;
            case Reconnect:
                Connect();
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_remote):
                _remote = null;
                _follower.OnPeerDown(now, _toFollow);
                _leader.OnPeerDown();
                Timers.StartSingleTimer(Reconnect.Instance, Reconnect.Instance, ReconnectInterval);
                break;
            case Terminated:
                break;
            default:
                Unhandled(message);
                break;
        }

        _leading.Run(_toLead);
        _following.Run(_toFollow);
    }

    /// <summary>Each leader's part of the memory for what is fetched and not yet appended.</summary>
    private long CreditAmong(int leaders) => _broker.Settings.QueuedMaxBytes / 2 / Math.Max(1, leaders);

    /// <summary>A leader takes a session for an old one unless its id is greater than all before, also those of an earlier link.</summary>
    private long NewSessionId() => _session = Math.Max(_session + 1, Stopwatch.GetTimestamp());

    private void OnReplica(long now, ReplicaProtocol.ToLink message)
    {
        switch (message.Effect)
        {
            case FetchFrom position:
                _follower.OnPosition(now, message.Partition, position, _toFollow);
                break;
            case FetchFromAfter position:
                _follower.OnPositionAfter(now, message.Partition, position, _toFollow);
                break;
            case StopFetching:
                _follower.OnStop(now, message.Partition, _toFollow);
                break;
            case FollowerFetchAnswered answered:
                _leader.OnFetchAnswered(now, answered, _toLead);
                break;
            case FollowerDataAvailable available:
                _leader.OnDataAvailable(now, available.View, _toLead);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>A replica that metadata knows is elsewhere, or not started yet.</summary>
    private ErrorCode WhyUnknown(TopicIdPartition partition) =>
        _broker.Image.TryGetPartition(partition) is null ? ErrorCode.UnknownTopicId : ErrorCode.NotLeaderOrFollower;

    private void Connect() =>
        Context.ActorSelection(ReplicationPaths.Peer(_broker.Cluster, _peer, _broker.Id)).Tell(new Identify(_peer), Self);

    /// <summary>The peer may find this link before this link has found it: its answer must not be lost for that.</summary>
    private void OnFoundBy(long now, IActorRef sender)
    {
        if (sender.Path.ToStringWithoutAddress() == ReplicationPaths.Peer(_broker.Cluster, _peer, _broker.Id))
            OnIdentified(now, sender);
    }

    private void OnIdentified(long now, IActorRef? remote)
    {
        if (_remote is not null)
            return;
        if (remote is null)
        {
            Timers.StartSingleTimer(Reconnect.Instance, Reconnect.Instance, ReconnectInterval);
            return;
        }

        _remote = Context.Watch(remote);
        _follower.OnPeerUp(now, _toFollow);
    }

    private void Follow(Effect effect)
    {
        switch (effect)
        {
            case SendPeerFetch send:
                Send(send.Fetch);
                break;
            case DeliverFetched deliver:
                if (_broker.Replicas.TryGet(deliver.Partition, out var follower))
                    follower.Replica.Tell(new ReplicaProtocol.LeaderAnswered(deliver.Fetched));
                break;
            case StartLinkTimer timer:
                Timers.StartSingleTimer(
                    FollowerTimer.Instance, FollowerTimer.Instance, TimeSpan.FromMilliseconds(timer.DelayMs));
                break;
            default:
                throw new InvalidOperationException($"A following link does not know the effect {effect}.");
        }
    }

    private void Lead(Effect effect)
    {
        switch (effect)
        {
            case SendAnswer send:
                Send(send.Answer);
                break;
            case ReadForFollower read:
                Read(read);
                break;
            case AskReplica ask:
                // One whose actor ended unasked would not answer.
                if (_broker.Replicas.TryGet(ask.Fetch.Partition, out var leader) && leader.Replica is var replica && !replica.IsNobody())
                    replica.Tell(new ReplicaProtocol.FollowerFetched(ask.Fetch));
                else
                    Self.Tell(new UnknownReplica(ask.Fetch.Partition));
                break;
            case ReportFollowerContact contact:
                if (_broker.Replicas.TryGet(contact.Partition, out var followed))
                    followed.Replica.Tell(new ReplicaProtocol.FollowerSeen(contact));
                break;
            case StartLinkTimer timer:
                Timers.StartSingleTimer(
                    LeaderTimer.Instance, LeaderTimer.Instance, TimeSpan.FromMilliseconds(timer.DelayMs));
                break;
            default:
                throw new InvalidOperationException($"A leading link does not know the effect {effect}.");
        }
    }

    /// <summary>Reads itself only what is in memory: it must never wait for a disk, which may be one of several.</summary>
    private void Read(ReadForFollower effect)
    {
        // Taken before the read, given back once the answer has left, and before it is taken for what is left to others.
        List<LinkRead>? left = null;
        var credit = _broker.ReplicaFetchBudget.TakeUpTo(effect.MaxBytes);
        try
        {
            var bytesLeft = credit;
            var found = ImmutableArray.CreateBuilder<FetchedPartition>(effect.Reads.Length);
            foreach (var read in effect.Reads)
            {
                if (bytesLeft > 0 && read.ReadFromMemory(bytesLeft) is { } partition)
                {
                    bytesLeft -= partition.Records.Length;
                    found.Add(partition);
                }
                else
                {
                    (left ??= []).Add(read);
                }
            }

            if (found.Count > 0)
                _leader.OnRead(found.DrainToImmutable(), _toLead);
        }
        finally
        {
            _broker.ReplicaFetchBudget.Give(credit);
        }

        foreach (var read in left ?? [])
            Leave(read, effect.MaxBytes);
    }

    private void Leave(in LinkRead read, int maxBytes)
    {
        if (_broker.Replicas.TryGet(read.Request.Partition, out var replica))
            _reads.Add(read, replica.LogDir, maxBytes);
        else
            Self.Tell(new UnknownReplica(read.Request.Partition));
    }

    private void OnRead(ImmutableArray<FetchedPartition> found, ImmutableArray<FailedRead> failures)
    {
        foreach (var failure in failures)
        {
            if (_broker.Replicas.TryGet(failure.Partition, out var replica))
                replica.Replica.Tell(new ReplicaProtocol.ReadFailed(failure.Reason));
        }

        _leader.OnRead(found, _toLead);
    }

    private void Send(object message)
    {
        if (_remote is { } remote)
            _broker.Carrier.Send(_broker.Id, _peer, remote, message, Self);
    }

    private sealed record UnknownReplica(TopicIdPartition Partition) : INoSerializationVerificationNeeded;

    private sealed class FollowerTimer : INoSerializationVerificationNeeded
    {
        public static readonly FollowerTimer Instance = new();
    }

    private sealed class LeaderTimer : INoSerializationVerificationNeeded
    {
        public static readonly LeaderTimer Instance = new();
    }

    private sealed class Reconnect : INoSerializationVerificationNeeded
    {
        public static readonly Reconnect Instance = new();
    }
}
