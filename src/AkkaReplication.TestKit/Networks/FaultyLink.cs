using System.Globalization;
using Akka.Actor;
using AkkaReplication.Testing.Times;

namespace AkkaReplication.Testing.Networks;

/// <summary>
/// One direction of one link: what it loses and how long the rest takes. Keeps the order, as a connection does. Any thread.
/// </summary>
internal sealed class FaultyLink(Func<IScheduler> scheduler, Random random)
{
    private readonly Lock _lock = new();
    private readonly Queue<Travelling> _travelling = [];
    private bool _isCut;
    private bool _isWaiting;
    private double _loss;
    private TimeSpan _latency;
    private TimeSpan _jitter;
    private TimeSpan _lastArrival;
    private long _lost;
    private long _delayed;

    /// <summary>Messages that were lost.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Messages that arrived, or will arrive, later than they would have.</summary>
    public long Delayed => Interlocked.Read(ref _delayed);

    /// <summary>Messages that are under way.</summary>
    public int UnderWay
    {
        get
        {
            lock (_lock)
                return _travelling.Count;
        }
    }

    /// <summary>What is wrong, in words; empty when nothing is.</summary>
    public string Description
    {
        get
        {
            lock (_lock)
            {
                if (_isCut)
                    return "cut";
                var words = new List<string>();
                if (_latency > TimeSpan.Zero || _jitter > TimeSpan.Zero)
                    words.Add($"slow by {_latency.TotalMilliseconds} to {(_latency + _jitter).TotalMilliseconds} ms");
                if (_loss > 0)
                    words.Add(string.Create(CultureInfo.InvariantCulture, $"loses {_loss:P0}"));
                return string.Join(", ", words);
            }
        }
    }

    public void Cut()
    {
        lock (_lock)
            _isCut = true;
    }

    public void Slow(TimeSpan latency, TimeSpan jitter)
    {
        lock (_lock)
            (_latency, _jitter) = (latency, jitter);
    }

    public void Lose(double share)
    {
        lock (_lock)
            _loss = share;
    }

    /// <summary>What is under way arrives when it would have; nothing else happens to what comes after it.</summary>
    public void Heal()
    {
        lock (_lock)
            (_isCut, _loss, _latency, _jitter) = (false, 0, TimeSpan.Zero, TimeSpan.Zero);
    }

    public void Send(IActorRef target, object message, IActorRef sender)
    {
        TimeSpan delay;
        lock (_lock)
        {
            if (_isCut || (_loss > 0 && random.NextDouble() < _loss))
            {
                Interlocked.Increment(ref _lost);
                return;
            }

            // The other clock may be behind by more than a short latency.
            var now = scheduler().HighResMonotonicClock;
            var arrival = now + _latency + (_jitter * random.NextDouble());
            if (arrival < _lastArrival)
                arrival = _lastArrival;
            if (arrival <= now && _travelling.Count == 0)
            {
                target.Tell(message, sender);
                return;
            }

            Interlocked.Increment(ref _delayed);
            _lastArrival = arrival;
            _travelling.Enqueue(new Travelling(arrival, target, message, sender));
            if (_isWaiting)
                return;
            _isWaiting = true;
            delay = arrival - now;
        }

        scheduler().Advanced.ScheduleOnce(delay.RoundedUp(), Arrive);
    }

    private void Arrive()
    {
        lock (_lock)
        {
            var now = scheduler().HighResMonotonicClock;
            while (_travelling.TryPeek(out var first) && first.Arrival <= now)
            {
                _travelling.Dequeue();
                first.Target.Tell(first.Message, first.Sender);
            }

            _isWaiting = _travelling.TryPeek(out var next);
            if (_isWaiting)
                scheduler().Advanced.ScheduleOnce((next!.Arrival - now).RoundedUp(), Arrive);
        }
    }

    private sealed record Travelling(TimeSpan Arrival, IActorRef Target, object Message, IActorRef Sender);
}
