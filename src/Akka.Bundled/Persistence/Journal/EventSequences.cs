namespace Akka.Persistence.Journal;

/// <summary>The events that a stored one stands for.</summary>
public interface IEventSequence
{
    /// <summary>The events, in order.</summary>
    IEnumerable<object> Events { get; }
}

/// <summary>Makes event sequences.</summary>
public static class EventSequence
{
    /// <summary>No event: the stored one is skipped.</summary>
    public static IEventSequence Empty = new Events([]);

    /// <summary>One event.</summary>
    public static IEventSequence Single(object e) => new Events([e]);

    /// <summary>Several events.</summary>
    public static IEventSequence Create(params object[] events) => new Events(events);

    /// <summary>Several events.</summary>
    public static IEventSequence Create(IEnumerable<object> events) => new Events([.. events]);

    private sealed class Events : IEventSequence
    {
        private readonly object[] _events;

        public Events(object[] events)
        {
            _events = events;
        }

        IEnumerable<object> IEventSequence.Events => _events;
    }
}
