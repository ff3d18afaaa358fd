namespace AkkaReplication.Protocol;

/// <summary>What stands before every response.</summary>
/// <param name="CorrelationId">That of the request.</param>
public readonly record struct ResponseHeader(int CorrelationId)
{
    /// <summary>Reads the header of the response to such a request and leaves the reader at the body.</summary>
    /// <exception cref="InvalidMessageException">The bytes are no header.</exception>
    /// <exception cref="ReplicationException">UNSUPPORTED_VERSION: there is no such request.</exception>
    public static ResponseHeader Read(ref KafkaReader reader, ApiKey key, short version)
    {
        var headerVersion = KafkaApis.ResponseHeaderVersion(key, version);
        reader.Begin("ResponseHeader", headerVersion, 0, 1);
        var correlationId = reader.ReadInt32("correlationId");
        if (headerVersion >= 1)
            reader.SkipTags();
        return new ResponseHeader(correlationId);
    }

    internal void Write(ref KafkaWriter writer, ApiKey key, short version)
    {
        var headerVersion = KafkaApis.ResponseHeaderVersion(key, version);
        writer.Begin("ResponseHeader", headerVersion, 0, 1);
        writer.WriteInt32(CorrelationId);
        if (headerVersion >= 1)
            writer.WriteTagCount(0);
    }
}
