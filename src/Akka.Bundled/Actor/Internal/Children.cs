using System.Diagnostics;

namespace Akka.Actor.Internal;

/// <summary>A child and the count of its restarts.</summary>
internal sealed class ChildStats(IInternalActorRef child)
{
    private int _restarts;
    private long _windowStart;

    public IInternalActorRef Child { get; } = child;

    /// <summary>Counts a restart; false when the limit is reached.</summary>
    public bool RequestRestartPermission(int maxNrOfRetries, int withinTimeMilliseconds)
    {
        if (maxNrOfRetries == 0)
        {
            return false;
        }

        if (withinTimeMilliseconds <= 0)
        {
            return maxNrOfRetries < 0 || ++_restarts <= maxNrOfRetries;
        }

        // Without a number of retries, a second failure within the time is one too many.
        var limit = maxNrOfRetries < 0 ? 1 : maxNrOfRetries;
        var now = Stopwatch.GetTimestamp();
        var insideWindow = _windowStart != 0
            && Stopwatch.GetElapsedTime(_windowStart, now).TotalMilliseconds <= withinTimeMilliseconds;
        if (!insideWindow)
        {
            _windowStart = now;
            _restarts = 1;
            return true;
        }

        return ++_restarts <= limit;
    }
}

/// <summary>Why an actor waits for children to stop.</summary>
internal abstract class WaitReason
{
    private WaitReason()
    {
    }

    /// <summary>Nothing waits for it: a child was stopped by request.</summary>
    public sealed class UserRequest : WaitReason
    {
        public static readonly UserRequest Instance = new();
    }

    /// <summary>The actor will be created again.</summary>
    public sealed class Creation : WaitReason;

    /// <summary>The actor will be restarted.</summary>
    public sealed class Recreation(Exception cause) : WaitReason
    {
        public Exception Cause { get; } = cause;
    }

    /// <summary>The actor will stop.</summary>
    public sealed class Termination : WaitReason
    {
        public static readonly Termination Instance = new();
    }
}

/// <summary>
/// Owns the names and references of an actor's children. Only the actor changes what happens to them, but anyone may
/// look one up, and the guardians get children from any thread: a lock guards it.
/// </summary>
internal sealed class Children
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ChildStats?> _byName = [];
    private HashSet<IActorRef>? _dying;
    private WaitReason? _reason;
    private bool _refusing;
    private bool _terminated;

    /// <summary>True while a restart or stop waits for children.</summary>
    public bool IsWaiting
    {
        get
        {
            lock (_lock)
            {
                return _reason is WaitReason.Creation or WaitReason.Recreation or WaitReason.Termination;
            }
        }
    }

    public bool IsTerminating
    {
        get
        {
            lock (_lock)
            {
                return _terminated || _reason is WaitReason.Termination;
            }
        }
    }

    public bool IsNormal
    {
        get
        {
            lock (_lock)
            {
                return !_terminated && _reason is null or WaitReason.UserRequest;
            }
        }
    }

    /// <summary>Takes a name for a child that is being made.</summary>
    /// <exception cref="InvalidActorNameException">The name is taken.</exception>
    /// <exception cref="InvalidOperationException">The actor stops or has stopped.</exception>
    public void Reserve(string name)
    {
        lock (_lock)
        {
            ThrowIfRefusing();
            if (!_byName.TryAdd(name, null))
            {
                throw new InvalidActorNameException($"Actor name \"{name}\" is not unique!");
            }
        }
    }

    /// <summary>Gives back a name whose child could not be made.</summary>
    public void Unreserve(string name)
    {
        lock (_lock)
        {
            if (_byName.TryGetValue(name, out var stats) && stats is null)
            {
                _byName.Remove(name);
            }
        }
    }

    /// <summary>Adds a child under its reserved name.</summary>
    /// <exception cref="InvalidOperationException">The actor has begun to stop meanwhile.</exception>
    public void Add(IInternalActorRef child)
    {
        lock (_lock)
        {
            ThrowIfRefusing();
            _byName[child.Path.Name] = new ChildStats(child);
        }
    }

    public ChildStats? Find(string name)
    {
        lock (_lock)
        {
            return _byName.GetValueOrDefault(name);
        }
    }

    public ChildStats? Find(IActorRef child)
    {
        var stats = Find(child.Path.Name);
        return stats is not null && stats.Child.Equals(child) ? stats : null;
    }

    public IReadOnlyList<ChildStats> All()
    {
        lock (_lock)
        {
            if (_byName.Count == 0)
            {
                return [];
            }

            var all = new List<ChildStats>(_byName.Count);
            foreach (var stats in _byName.Values)
            {
                if (stats is not null)
                {
                    all.Add(stats);
                }
            }

            return all;
        }
    }

    /// <summary>Notes that a child is told to stop; of no effect when it is gone already.</summary>
    public void ShallDie(IActorRef child)
    {
        lock (_lock)
        {
            if (_byName.GetValueOrDefault(child.Path.Name) is { } stats && stats.Child.Equals(child))
            {
                _dying ??= [];
                _dying.Add(child);
                _reason ??= WaitReason.UserRequest.Instance;
            }
        }
    }

    /// <summary>Lets nobody in any more: those who are there now are all that must stop.</summary>
    public void Refuse()
    {
        lock (_lock)
        {
            _refusing = true;
        }
    }

    /// <summary>Sets what happens when the dying children are gone; false when there are none.</summary>
    public bool TryWait(WaitReason reason)
    {
        lock (_lock)
        {
            if (_dying is null)
            {
                return false;
            }

            _reason = reason;
            return true;
        }
    }

    /// <summary>Removes a child that has stopped; gives what was waiting for the last one that had to.</summary>
    public WaitReason? Remove(IActorRef child)
    {
        lock (_lock)
        {
            if (_byName.TryGetValue(child.Path.Name, out var stats) && stats is not null && stats.Child.Equals(child))
            {
                _byName.Remove(child.Path.Name);
            }

            if (_dying is null || !_dying.Remove(child) || _dying.Count > 0)
            {
                return null;
            }

            var reason = _reason;
            _dying = null;
            _reason = null;
            _terminated |= reason is WaitReason.Termination;
            return reason;
        }
    }

    /// <summary>Refuses all children from now on.</summary>
    public void SetTerminated()
    {
        lock (_lock)
        {
            _terminated = true;
        }
    }

    private void ThrowIfRefusing()
    {
        if (_refusing)
        {
            throw new InvalidOperationException("Cannot create child while terminating or terminated");
        }
    }
}
