namespace AkkaReplication.Records;

/// <summary>How a batch's records are compressed; the numbers are Kafka's.</summary>
public enum CompressionType
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

/// <summary>Whose clock a batch's timestamps come from; the numbers are Kafka's.</summary>
public enum TimestampType
{
    /// <summary>Each record carries the time its producer gave it.</summary>
    CreateTime = 0,

    /// <summary>Every record has the batch's maximal timestamp: the time the leader appended it.</summary>
    LogAppendTime = 1,
}
