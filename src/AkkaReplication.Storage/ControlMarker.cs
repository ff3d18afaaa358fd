using System.Buffers.Binary;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Storage;

/// <summary>Reads what the log itself needs of a transaction marker: its coordinator's epoch.</summary>
internal static class ControlMarker
{
    /// <summary>The epoch in a control batch's marker (value: version i16, coordinator epoch i32); -1 where there is none.</summary>
    public static int CoordinatorEpochOf(in BatchHeader header, ReadOnlyMemory<byte> batch)
    {
        if (!header.IsControl)
            return -1;

        try
        {
            var records = new RecordBatchReader(batch);
            return records.MoveNext() && records.Value.Length >= 6
                ? BinaryPrimitives.ReadInt32BigEndian(records.Value.Span[2..])
                : -1;
        }
        catch (Exception e) when (e is CorruptBatchException or ReplicationException)
        {
            return -1;
        }
    }
}
