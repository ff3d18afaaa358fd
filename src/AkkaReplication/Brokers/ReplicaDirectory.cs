using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using AkkaReplication.Replicas;

namespace AkkaReplication.Brokers;

/// <summary>
/// The replicas of one broker's life, for whoever serves a connection: finds the actor to write to and the published view
/// to read from. Filled by the broker actor alone.
/// </summary>
internal sealed class ReplicaDirectory
{
    private readonly ConcurrentDictionary<TopicIdPartition, ReplicaHandle> _replicas = new();
    private int _leaving;

    public ICollection<ReplicaHandle> All => _replicas.Values;

    /// <summary>Replicas that are not here any more, and whose logs have not yet been deleted or put aside.</summary>
    public int Leaving => Volatile.Read(ref _leaving);

    public bool TryGet(TopicIdPartition partition, [NotNullWhen(true)] out ReplicaHandle? replica) =>
        _replicas.TryGetValue(partition, out replica);

    /// <exception cref="ArgumentException">The replica has no actor: what whoever finds it sends would be lost.</exception>
    public void Add(ReplicaHandle replica)
    {
        if (replica.Replica.IsNobody())
            throw new ArgumentException($"The replica {replica.Partition} has no actor yet.", nameof(replica));
        _replicas[replica.Partition] = replica;
    }

    public void Remove(TopicIdPartition partition) => _replicas.TryRemove(partition, out _);

    /// <summary>A log will be deleted or put aside. Called before its replica is removed: whoever misses that sees this.</summary>
    public void BeginLeaving() => Interlocked.Increment(ref _leaving);

    /// <summary>A log has been deleted or put aside, or that has failed. Any thread.</summary>
    public void EndLeaving() => Interlocked.Decrement(ref _leaving);
}

/// <summary>
/// One replica as the rest of its broker sees it: the actor, and the view that it published last. Readers that found nothing
/// to read wait here, once per request, so that they never enter the replica's mailbox.
/// </summary>
internal sealed class ReplicaHandle(TopicIdPartition partition, string topic, LogDir logDir)
{
    private const long NoTurn = long.MaxValue;

    private readonly List<ReadWaiter> _waiters = [];
    private volatile IActorRef _replica = ActorRefs.Nobody;
    private volatile ReadView? _view;
    private volatile bool _isBroken;
    private volatile bool _isStalled;
    private long _turnSinceMs = NoTurn;

    public TopicIdPartition Partition => partition;

    public string Topic => topic;

    /// <summary>Where its log is.</summary>
    public LogDir LogDir => logDir;

    /// <summary>The actor; a new one after the replica was restarted.</summary>
    public IActorRef Replica
    {
        get => _replica;
        set
        {
            _replica = value;
            _isBroken = false;
            _isStalled = false;
        }
    }

    /// <summary>What the replica published last; null until its first turn.</summary>
    public ReadView? View => _view;

    /// <summary>Its actor is gone unasked: nobody answers any more until another one takes its place.</summary>
    public bool IsBroken => _isBroken;

    /// <summary>The replica's actor ended unasked.</summary>
    public void Break()
    {
        _isBroken = true;
        _replica = ActorRefs.Nobody;
        if (_view is { } view)
            Publish(view with { Role = ReplicaRole.Offline });
    }

    /// <summary>Since when, monotonic, the actor has been busy with one message; far in the future while it is not.</summary>
    public long TurnSinceMs => Volatile.Read(ref _turnSinceMs);

    /// <summary>The broker has reported it offline because its disk did not answer: whatever its turn does comes too late.</summary>
    public bool IsStalled => _isStalled;

    /// <summary>Called by the actor, first.</summary>
    public void BeginTurn(long nowMs) => Volatile.Write(ref _turnSinceMs, nowMs);

    /// <summary>Called by the actor, last.</summary>
    public void EndTurn() => Volatile.Write(ref _turnSinceMs, NoTurn);

    /// <summary>The replica's disk does not answer. Readers see that at once, the actor when its turn ends.</summary>
    public void Stall(string reason)
    {
        _isStalled = true;
        if (_view is { } view)
            Publish(view with { Role = ReplicaRole.Offline });
        _replica.Tell(new ReplicaProtocol.ReadFailed(reason));
    }

    /// <summary>Called by the replica's actor after a turn, and by the broker for a replica whose actor is gone.</summary>
    public void Publish(ReadView view)
    {
        _view = view;
        lock (_waiters)
        {
            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                var waiter = _waiters[i];
                if (!waiter.IsReady(view))
                    continue;
                _waiters.RemoveAt(i);
                waiter.Session.Tell(new ReadReady(waiter.CallId), ActorRefs.NoSender);
            }
        }
    }

    /// <summary>
    /// Tells the session once when there is something to read beyond the waiter's offset, or when the role has changed.
    /// Returns false, and keeps nothing, where that is so already.
    /// </summary>
    public bool TryWait(ReadWaiter waiter)
    {
        lock (_waiters)
        {
            // Checked under the lock that Publish takes after it has stored the view: no wake-up can be lost.
            if (_view is not { } view || waiter.IsReady(view))
                return false;
            _waiters.Add(waiter);
            return true;
        }
    }

    /// <summary>The session no longer waits.</summary>
    public void Forget(ReadWaiter waiter)
    {
        lock (_waiters)
            _waiters.Remove(waiter);
    }
}

/// <summary>A parked read: wakes when the readable end passes <paramref name="Offset"/> or leadership changes.</summary>
internal sealed record ReadWaiter(IActorRef Session, long CallId, long Offset, LeaderEpoch LeaderEpoch)
{
    public bool IsReady(ReadView view) =>
        view.HighWatermark > Offset || view.Role != ReplicaRole.Leader || view.LeaderEpoch != LeaderEpoch;
}

/// <summary>Something that a parked read waited for is there.</summary>
internal sealed record ReadReady(long CallId) : INoSerializationVerificationNeeded;
