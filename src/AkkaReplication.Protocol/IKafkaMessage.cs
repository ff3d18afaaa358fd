namespace AkkaReplication.Protocol;

/// <summary>What can be put on the wire in Kafka's encoding.</summary>
public interface IKafkaMessage
{
    /// <summary>Writes the message's fields as that version has them; a field that the version lacks is left out.</summary>
    /// <exception cref="ReplicationException">
    /// UNSUPPORTED_VERSION: there is no such version, or it cannot say what a field says (null, or a field of consequence
    /// that the version lacks).
    /// </exception>
    void Write(ref KafkaWriter writer, short version);
}

/// <summary>A message and how it is read.</summary>
public interface IKafkaMessage<TSelf> : IKafkaMessage
    where TSelf : IKafkaMessage<TSelf>
{
    /// <summary>The lowest version that can be read and written.</summary>
    static abstract short LowestVersion { get; }

    /// <summary>The highest version that can be read and written.</summary>
    static abstract short HighestVersion { get; }

    /// <summary>
    /// Reads a message of that version; what follows it is left unread. Byte fields are slices of what the reader reads.
    /// </summary>
    /// <exception cref="InvalidMessageException">
    /// The bytes are no such message. Nothing else is thrown, whatever they are.
    /// </exception>
    static abstract TSelf Read(ref KafkaReader reader, short version);
}

/// <summary>The body of a request.</summary>
public interface IKafkaRequest : IKafkaMessage
{
    /// <summary>The API it belongs to.</summary>
    ApiKey ApiKey { get; }
}

/// <summary>The body of a request that is answered by a <typeparamref name="TResponse"/>.</summary>
public interface IKafkaRequest<TResponse> : IKafkaRequest
    where TResponse : IKafkaResponse;

/// <summary>The body of a response.</summary>
public interface IKafkaResponse : IKafkaMessage
{
    /// <summary>The API it belongs to.</summary>
    ApiKey ApiKey { get; }
}

/// <summary>A struct within a message, read in place in its array.</summary>
internal interface IKafkaStruct
{
    /// <summary>The fewest bytes one takes: no array of them has more elements than its bytes allow.</summary>
    static abstract int MinSize(short version);

    void ReadFields(ref KafkaReader reader, short version);

    void WriteFields(ref KafkaWriter writer, short version);
}
