namespace AkkaReplication.Kafka.Apis;

/// <summary>Error codes as clients of older versions know them.</summary>
internal static class ClientErrors
{
    /// <summary>For an API by topic names: an id that is unknown is a name that is.</summary>
    public static ErrorCode ByName(ErrorCode error) =>
        error is ErrorCode.UnknownTopicId or ErrorCode.InconsistentTopicId ? ErrorCode.UnknownTopicOrPartition : error;

    /// <summary>For an answer to a ListOffsets of that version: none newer than what it knows.</summary>
    public static ErrorCode ForListOffsets(ErrorCode error, short version) => ByName(error) switch
    {
        ErrorCode.OffsetNotAvailable when version <= 4 => ErrorCode.LeaderNotAvailable,
        var known => known,
    };

    /// <summary>For an answer to a fetch of that version: none newer than what it knows.</summary>
    public static ErrorCode ForFetch(ErrorCode error, short version) => (version >= 13 ? error : ByName(error)) switch
    {
        ErrorCode.KafkaStorageError when version <= 5 => ErrorCode.NotLeaderOrFollower,
        ErrorCode.OffsetNotAvailable when version <= 8 => ErrorCode.LeaderNotAvailable,
        var known => known,
    };
}
