namespace AkkaReplication.Protocol;

/// <summary>Bytes that are no message of the kind and version they claim to be.</summary>
public sealed class InvalidMessageException : ReplicationException
{
    internal InvalidMessageException(ErrorCode error, string message, short version, string field, string reason)
        : base(error, $"{message} version {version}, {field}: {reason}")
    {
        MessageName = message;
        Version = version;
        Field = field;
    }

    /// <summary>The message that was read, ProduceRequest for instance.</summary>
    public string MessageName { get; }

    /// <summary>The version it was read as.</summary>
    public short Version { get; }

    /// <summary>The field that could not be read, from the top of the message: topics.partitions.index.</summary>
    public string Field { get; }
}
