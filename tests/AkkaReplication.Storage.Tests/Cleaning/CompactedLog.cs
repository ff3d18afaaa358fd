using System.Text;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Cleaning;
using AkkaReplication.Storage.Segments;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests.Cleaning;

/// <summary>A record as tests speak of it; a tombstone has no value.</summary>
internal readonly record struct Entry(long Offset, string? Key, string? Value, long TimestampMs)
{
    public override string ToString() => $"{Offset}:{Key}={Value ?? "(gone)"}";
}

/// <summary>A log on a simulated machine that is compacted, and short words for what tests do to it.</summary>
/// <param name="flushScheduler">Where flushes in the background run; at once, where they are asked for, by default.</param>
internal sealed class CompactedLog(TaskScheduler? flushScheduler = null)
{
    /// <summary>A segment for each batch, and compaction whenever there is something to compact.</summary>
    public static readonly LogSettings Eager = LogSettings.Default with
    {
        SegmentBytes = 1,
        IsCompacted = true,
        IsDeletedByRetention = false,
        MinCleanableDirtyRatio = 0,
        DeleteRetentionMs = 1000,
    };

    public StorageFixture Fixture { get; } = new() { Settings = Eager, FlushScheduler = flushScheduler ?? InlineScheduler.Instance };

    public PartitionLog Log => Fixture.Log;

    public LogSettings Settings
    {
        get => Fixture.Settings;
        set
        {
            Fixture.Settings = value;
            if (Fixture.Session is not null)
                Log.Settings = value;
        }
    }

    /// <summary>About how many bytes one step reads.</summary>
    public int StepBytes { get; set; } = 1 << 20;

    public long DedupeBufferBytes { get; set; } = 1 << 20;

    public CompactedLog Start()
    {
        Fixture.Start(Fixture.Options with { DedupeBufferBytes = DedupeBufferBytes });
        return this;
    }

    /// <summary>Appends one batch of "key=value", "key" for a tombstone, and "=value" for a record without a key.</summary>
    public CompactedLog Append(params string[] records) => Append(CompressionType.None, records);

    public CompactedLog Append(CompressionType compression, params string[] records)
    {
        Fixture.Append(Batch(Fixture.Time.NowMs, records).Build(compression: compression), 1);
        return this;
    }

    public CompactedLog AppendAs(long producerId, int sequence, params string[] records)
    {
        Fixture.Append(Batch(Fixture.Time.NowMs, records).Build(producerId: producerId, producerEpoch: 0, baseSequence: sequence), 1);
        return this;
    }

    public static RecordBatchBuilder Batch(long timestampMs, params string[] records)
    {
        var builder = new RecordBatchBuilder();
        foreach (var record in records)
        {
            var at = record.IndexOf('=', StringComparison.Ordinal);
            var key = Encoding.UTF8.GetBytes(at < 0 ? record : record[..at]);
            var value = at < 0 ? [] : Encoding.UTF8.GetBytes(record[(at + 1)..]);
            Assert.True(builder.TryAppend(timestampMs, key, key.Length == 0, value, at < 0, null, int.MaxValue));
        }

        return builder;
    }

    /// <summary>Flushes, and compacts all that can be.</summary>
    /// <param name="stableEnd">Up to where records are committed; all by default.</param>
    public async Task<List<CleaningStep>> Compact(long stableEnd = long.MaxValue)
    {
        await Log.FlushAsync();
        return Run(stableEnd);
    }

    public List<CleaningStep> Run(long stableEnd = long.MaxValue)
    {
        var steps = new List<CleaningStep>();
        do
        {
            steps.Add(Step(stableEnd));
        }
        while (steps[^1].HasMore);
        return steps;
    }

    /// <summary>Compacts until the process is dead, or all is done, but no more than so many steps.</summary>
    public void RunUntilDead(long stableEnd, int maxSteps)
    {
        try
        {
            for (var i = 0; i < maxSteps && Step(stableEnd).HasMore; i++)
            {
            }
        }
        catch (StorageException e) when (e.InnerException is DeadProcessException)
        {
            // Where that happens to be noticed is all the same.
        }
    }

    public CleaningStep Step(long stableEnd = long.MaxValue) =>
        Fixture.Session.CompactLogs(0, _ => new StableEnd(Log.View(), stableEnd), StepBytes);

    /// <summary>All readable records, as in "3:key=value".</summary>
    public string[] Read() => [.. Entries().Select(entry => entry.ToString())];

    public List<Entry> Entries() => [.. Batches().SelectMany(EntriesOf).Where(entry => entry.Offset >= Log.LogStartOffset)];

    /// <summary>All readable batches.</summary>
    public List<byte[]> Batches()
    {
        var view = Log.View();
        var found = new List<byte[]>();
        for (var offset = view.LogStartOffset; offset < view.LogEndOffset;)
        {
            var bytes = view.Read(offset, view.LogEndOffset, 1, atLeastOneBatch: true);
            if (bytes.IsEmpty)
                break;
            var batches = new BatchSequence(bytes);
            while (batches.MoveNext())
            {
                Assert.True(RecordBatch.HasValidCrc(batches.Current.Span));
                Assert.True(batches.Header.NextOffset > offset);
                found.Add(batches.Current.ToArray());
                offset = batches.Header.NextOffset;
            }
        }

        return found;
    }

    /// <summary>All readable records that stand in the files: what was read or written a moment ago may still be in memory.</summary>
    public List<Entry> EntriesOnDisk() =>
        [.. Log.Segments.SelectMany(BatchesOnDisk).SelectMany(EntriesOf).Where(entry => entry.Offset >= Log.LogStartOffset)];

    private static List<byte[]> BatchesOnDisk(LogSegment segment)
    {
        var bytes = new byte[segment.SizeBytes];
        Assert.Equal(bytes.Length, segment.File.Read(bytes, 0));
        var found = new List<byte[]>();
        var batches = new BatchSequence(bytes);
        while (batches.MoveNext())
        {
            Assert.True(RecordBatch.HasValidCrc(batches.Current.Span));
            found.Add(batches.Current.ToArray());
        }

        Assert.Equal(0, batches.BytesLeft);
        return found;
    }

    public static IEnumerable<Entry> EntriesOf(byte[] batch)
    {
        var found = new List<Entry>();
        var records = new RecordBatchReader(batch);
        while (records.MoveNext())
        {
            found.Add(new Entry(
                records.Offset,
                records.KeyIsNull ? null : Encoding.UTF8.GetString(records.Key.Span),
                records.ValueIsNull ? null : Encoding.UTF8.GetString(records.Value.Span),
                records.TimestampMs));
        }

        return found;
    }

    public static BatchHeader HeaderOf(byte[] batch)
    {
        Assert.True(BatchHeader.TryRead(batch, out var header));
        return header;
    }

    public IEnumerable<string> FileNames() => Fixture.Files.ListFiles(StorageFixture.LogDirectory);
}
