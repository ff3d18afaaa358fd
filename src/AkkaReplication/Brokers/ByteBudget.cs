using Akka.Actor;

namespace AkkaReplication.Brokers;

/// <summary>
/// Counted memory: bytes are taken before they are handed on and given back in one place, on answer, drop or loss. Whoever
/// finds too little is told, in order, when there is enough again. Any thread.
/// </summary>
internal sealed class ByteBudget(long capacityBytes)
{
    private readonly LinkedList<Claim> _waiting = new();
    private readonly Lock _lock = new();
    private long _takenBytes;

    /// <summary>Bytes taken now; above the capacity only for a single oversize claim.</summary>
    public long TakenBytes
    {
        get
        {
            lock (_lock)
                return _takenBytes;
        }
    }

    /// <summary>
    /// Takes the bytes now (true), or queues the claim and tells <paramref name="claimant"/> a
    /// <see cref="CreditGranted"/> once they have been taken for it (false). A claim above the whole budget is granted
    /// when nothing else is taken.
    /// </summary>
    public bool TryTake(long bytes, IActorRef claimant)
    {
        lock (_lock)
        {
            if (_waiting.Count == 0 && Fits(bytes))
            {
                _takenBytes += bytes;
                return true;
            }

            _waiting.AddLast(new Claim(bytes, claimant));
            return false;
        }
    }

    /// <summary>
    /// Takes what is free, up to <paramref name="wantedBytes"/>, and returns how much that is: for a read, which can be smaller
    /// and goes on later. Give back as much.
    /// </summary>
    public int TakeUpTo(int wantedBytes)
    {
        lock (_lock)
        {
            var granted = (int)Math.Clamp(capacityBytes - _takenBytes, 0, wantedBytes);
            _takenBytes += granted;
            return granted;
        }
    }

    /// <summary>Gives bytes back and grants what waits and fits.</summary>
    public void Give(long bytes)
    {
        lock (_lock)
        {
            _takenBytes -= bytes;
            Grant();
        }
    }

    /// <summary>
    /// The claimant ends: what it still waits for is not taken for it. False when nothing was waiting: whatever it had asked
    /// for has been taken, and is to be given back even if the claimant has not heard of it yet.
    /// </summary>
    public bool Forget(IActorRef claimant)
    {
        lock (_lock)
        {
            var waiting = _waiting.Count;
            for (var node = _waiting.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Claimant.Equals(claimant))
                    _waiting.Remove(node);
                node = next;
            }

            var wasWaiting = _waiting.Count < waiting;
            Grant();
            return wasWaiting;
        }
    }

    private void Grant()
    {
        while (_waiting.First is { Value: var claim } && Fits(claim.Bytes))
        {
            _waiting.RemoveFirst();
            _takenBytes += claim.Bytes;
            claim.Claimant.Tell(new CreditGranted(claim.Bytes), ActorRefs.NoSender);
        }
    }

    private bool Fits(long bytes) => _takenBytes + bytes <= capacityBytes || _takenBytes == 0;

    private readonly record struct Claim(long Bytes, IActorRef Claimant);
}

/// <summary>The oldest queued claim of this actor has been granted.</summary>
internal sealed record CreditGranted(long Bytes) : INoSerializationVerificationNeeded;
