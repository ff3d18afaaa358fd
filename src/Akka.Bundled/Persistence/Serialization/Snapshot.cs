namespace Akka.Persistence.Serialization;

/// <summary>Marks what the journals' own serializer is for.</summary>
public interface IMessage;

/// <summary>Wraps the state of a snapshot, so that it is serialized together with the name of its serializer.</summary>
public sealed class Snapshot
{
    /// <summary>Wraps the state.</summary>
    public Snapshot(object data)
    {
        Data = data;
    }

    /// <summary>The state.</summary>
    public object Data { get; }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Snapshot other && Equals(Data, other.Data);

    /// <inheritdoc/>
    public override int GetHashCode() => Data?.GetHashCode() ?? 0;
}
