using AkkaReplication.History;

namespace AkkaReplication.Tool.Judging;

/// <summary>
/// One full read of the log (the consumer's, or one replica's files), recorded as the final reads of a process of its own. Fed
/// with every record, partition by partition, in the order of the read; it knows nothing of how the read was made.
/// </summary>
internal sealed class RecordedView(string name, int process, string topic, HistoryRecorder recorder)
{
    private const int RecordsPerOperation = 1_000;

    private PendingOperation? _operation;
    private int _records;

    /// <summary>As the report calls it.</summary>
    public string Name => name;

    /// <summary>Its number in the history.</summary>
    public int Process => process;

    /// <summary>Records read so far.</summary>
    public long Read { get; private set; }

    /// <param name="record">The number that the record's key says, or null when the key is no number.</param>
    public void OnRecord(int partition, long offset, long? record, ulong digest)
    {
        _operation ??= recorder.BeginFinalRead(process);
        _operation.Record(HistoryRecorder.KeyOf(topic, partition), offset, RecordValue.Of(record, digest));
        Read++;
        if (++_records >= RecordsPerOperation)
            Complete();
    }

    /// <summary>The partition has been read up to an offset, where it ends.</summary>
    public void OnEnd(int partition, long offset)
    {
        _operation ??= recorder.BeginFinalRead(process);
        _operation.End(HistoryRecorder.KeyOf(topic, partition), offset);
        Complete();
    }

    private void Complete()
    {
        _operation?.Ok();
        (_operation, _records) = (null, 0);
    }
}
