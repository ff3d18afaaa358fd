namespace Akka.Persistence.Journal;

/// <summary>Changes events before they are stored.</summary>
public interface IWriteEventAdapter
{
    /// <summary>A text that is stored with the event and helps to read it.</summary>
    string Manifest(object evt);

    /// <summary>The event as it is to be stored.</summary>
    object ToJournal(object evt);
}

/// <summary>Changes events after they were read.</summary>
public interface IReadEventAdapter
{
    /// <summary>The events that the stored one stands for.</summary>
    IEventSequence FromJournal(object evt, string manifest);
}

/// <summary>Changes events both ways.</summary>
public interface IEventAdapter : IReadEventAdapter, IWriteEventAdapter;

/// <summary>Changes nothing.</summary>
public sealed class IdentityEventAdapter : IEventAdapter
{
    private IdentityEventAdapter()
    {
    }

    /// <summary>The only instance.</summary>
    public static IdentityEventAdapter Instance { get; } = new();

    /// <inheritdoc/>
    public string Manifest(object evt) => string.Empty;

    /// <inheritdoc/>
    public object ToJournal(object evt) => evt;

    /// <inheritdoc/>
    public IEventSequence FromJournal(object evt, string manifest) => EventSequence.Single(evt);
}

/// <summary>An adapter that only reads.</summary>
internal sealed class NoopWriteEventAdapter : IEventAdapter
{
    private readonly IReadEventAdapter _read;

    public NoopWriteEventAdapter(IReadEventAdapter read)
    {
        _read = read;
    }

    public string Manifest(object evt) => string.Empty;

    public object ToJournal(object evt) => evt;

    public IEventSequence FromJournal(object evt, string manifest) => _read.FromJournal(evt, manifest);
}

/// <summary>An adapter that only writes.</summary>
internal sealed class NoopReadEventAdapter : IEventAdapter
{
    private readonly IWriteEventAdapter _write;

    public NoopReadEventAdapter(IWriteEventAdapter write)
    {
        _write = write;
    }

    public string Manifest(object evt) => _write.Manifest(evt);

    public object ToJournal(object evt) => _write.ToJournal(evt);

    public IEventSequence FromJournal(object evt, string manifest) => EventSequence.Single(evt);
}

/// <summary>Several adapters bound to one type: all of them read, and none can write.</summary>
public sealed class CombinedReadEventAdapter : IEventAdapter
{
    private static readonly NotSupportedException CannotWrite = new(
        "CombinedReadEventAdapter must not be used when writing: only one adapter can be bound to a stored type.");

    /// <summary>Creates the combination.</summary>
    public CombinedReadEventAdapter(IEnumerable<IEventAdapter> adapters)
    {
        Adapters = [.. adapters];
    }

    /// <summary>The adapters.</summary>
    public IEnumerable<IEventAdapter> Adapters { get; }

    /// <inheritdoc/>
    public string Manifest(object evt) => throw CannotWrite;

    /// <inheritdoc/>
    public object ToJournal(object evt) => throw CannotWrite;

    /// <inheritdoc/>
    public IEventSequence FromJournal(object evt, string manifest) =>
        EventSequence.Create(Adapters.SelectMany(adapter => adapter.FromJournal(evt, manifest).Events));
}
