namespace AkkaReplication.Groups;

/// <summary>Bytes are no record of __consumer_offsets, or no member metadata, that this version can read.</summary>
public sealed class GroupRecordFormatException(string message) : Exception(message);
