using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Storage.Tests.Logs;

/// <summary>What a log must hold, in the simplest form that can say it.</summary>
internal sealed class LogModel
{
    private readonly List<StoredRecord> _records = [];
    private List<(BatchHeader Header, long LastOffset)> _batches = [];

    public long LogStart { get; private set; }

    public long LogEnd { get; private set; }

    public EpochCache Epochs { get; private set; } = new();

    public IReadOnlyList<BatchHeader> Batches => [.. _batches.Select(batch => batch.Header)];

    /// <summary>Readable records as <see cref="StorageFixture.ReadAll()"/> prints them.</summary>
    public string[] Readable => [.. _records.Where(record => record.Offset >= LogStart).Select(record => $"{record.Offset}:{record.Value}")];

    public void Append(BatchHeader header, IReadOnlyList<string> values)
    {
        Epochs.Assign(header.PartitionLeaderEpoch, header.BaseOffset);
        for (var i = 0; i < values.Count; i++)
            _records.Add(new StoredRecord(header.BaseOffset + i, values[i]));
        _batches.Add((header, header.LastOffset));
        LogEnd = header.NextOffset;
    }

    /// <summary>Offsets below the new end stay; a batch across it goes whole. Nothing readable left is a log begun anew.</summary>
    public void TruncateTo(long offset)
    {
        if (offset < LogEnd && offset <= LogStart)
        {
            Restart(offset);
            return;
        }

        if (offset < LogEnd)
        {
            var across = _batches.FindIndex(batch => batch.Header.BaseOffset < offset && batch.LastOffset >= offset);
            LogEnd = across < 0 ? offset : _batches[across].Header.BaseOffset;
            if (LogEnd <= LogStart)
            {
                Restart(LogEnd);
                return;
            }
        }

        Cut();
    }

    /// <summary>A crash lost everything from here on.</summary>
    public void LoseFrom(long offset)
    {
        LogEnd = offset;
        Cut();
    }

    public void AdvanceLogStart(long offset)
    {
        LogStart = Math.Max(LogStart, offset);
        Epochs.TruncateFromStart(LogStart);
    }

    /// <summary>A crash may have lost a move of the log start.</summary>
    public void LogStartIsBackAt(long offset) => LogStart = offset;

    public void Restart(long offset)
    {
        _records.Clear();
        _batches = [];
        Epochs = new EpochCache();
        LogStart = LogEnd = offset;
    }

    public void TakeEpochs(EpochCache epochs) => Epochs = new EpochCache(epochs.Entries);

    private void Cut()
    {
        _records.RemoveAll(record => record.Offset >= LogEnd);
        _batches.RemoveAll(batch => batch.LastOffset >= LogEnd);
        Epochs.TruncateFromEnd(LogEnd);
        LogStart = Math.Min(LogStart, LogEnd);
    }

    private readonly record struct StoredRecord(long Offset, string Value);
}
