using AkkaReplication.Compaction;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage.Cleaning;

/// <summary>
/// One pass of compaction over one log, in small pieces: takes the keys of what was not compacted yet into a map, then writes
/// the log from its start on without what the map makes superfluous, group of segments by group. Nothing of the log changes
/// but by a group's taking the place of its segments. Ends with <see cref="CleaningAbortedException"/> where the log is
/// truncated, closed or loses segments meanwhile.
/// </summary>
/// <param name="generation">The log's truncation generation when it was known what is committed.</param>
internal sealed class LogCleaning(
    PartitionLog log, in CompactionPlan plan, long generation, long dedupeBufferBytes, int chunkBytes, long nowMs) : IDisposable
{
    // A record of a log takes more than this, unless it is compressed.
    private const int LeastRecordBytes = 32;

    private readonly BatchChunks _chunks = new();
    private readonly LogSegment[] _segments = log.Segments;
    private readonly LogSettings _settings = log.Settings;
    private readonly CompactionPlan _plan = plan;
    private IEnumerator<long>? _pieces;
    private long _bytesBefore;
    private long _bytesAfter;

    public PartitionLog Log => log;

    /// <summary>What was done; once there is no further piece.</summary>
    public CleanedLog? Result { get; private set; }

    /// <summary>Does another piece; the bytes it read and wrote, null where there was none left.</summary>
    /// <exception cref="CleaningAbortedException">It cannot go on; the log is unharmed.</exception>
    /// <exception cref="StorageException">The log has failed.</exception>
    public long? TryDoPiece()
    {
        using var operation = log.TryEnterCompaction(generation) ?? throw new CleaningAbortedException();
        _pieces ??= Pieces();
        return _pieces.MoveNext() ? _pieces.Current : null;
    }

    public void Dispose() => _pieces?.Dispose();

    private IEnumerator<long> Pieces()
    {
        var map = new OffsetMap(dedupeBufferBytes, Math.Min(_plan.DirtyBytes, int.MaxValue) / LeastRecordBytes)
        {
            EndOffset = _plan.FirstDirtyOffset,
        };
        var first = SegmentList.IndexOf(_segments, log.LogStartOffset);
        for (var i = SegmentList.IndexOf(_segments, _plan.FirstDirtyOffset); map.EndOffset < _plan.EndOffset; i++)
        {
            var isFull = false;
            for (long position = 0; position < _segments[i].SizeBytes && !isFull;)
            {
                var bytes = Using(_segments[i], segment => AddKeys(segment, position, map, out isFull));
                position += bytes;
                yield return bytes;
            }

            if (isFull)
                break;
            map.EndOffset = _segments[i + 1].BaseOffset;
        }

        if (map.EndOffset == _plan.FirstDirtyOffset)
        {
            throw new CleaningAbortedException(
                $"{log.Name}: the keys of the batch at offset {map.EndOffset} do not fit log.cleaner.dedupe.buffer.size"
                + $" ({dedupeBufferBytes} bytes for each log directory).");
        }

        log.VouchForFlushed();
        var cleaner = new BatchCleaner(
            map, log.ProducersBeforeActive(_segments), _segments[^1].BaseOffset - 1, nowMs, _settings.DeleteRetentionMs);
        var sizes = SizesOf(first, map.EndOffset);
        for (var at = 0; at < sizes.Length;)
        {
            var count = SegmentGroups.Take(sizes, at, _settings.SegmentBytes, _settings.SegmentIndexBytes);
            using var group = new CleanedGroup(log, _settings, _segments, first + at, count);
            for (var i = first + at; i < first + at + count; i++)
            {
                for (long position = 0; position < _segments[i].SizeBytes;)
                {
                    var (read, written) = Using(_segments[i], segment => Clean(segment, position, cleaner, group));
                    position += read;
                    yield return read + written;
                }
            }

            _bytesBefore += group.BytesBefore;
            _bytesAfter += group.Commit(generation);
            at += count;
        }

        log.NoteCleaned(map.EndOffset, generation);
        Result = new CleanedLog(log.Name, _plan.FirstDirtyOffset, map.EndOffset, _bytesBefore, _bytesAfter);
    }

    /// <summary>Takes the keys of some batches into the map; the bytes of those that fitted.</summary>
    private long AddKeys(LogSegment segment, long position, OffsetMap map, out bool isFull)
    {
        isFull = false;
        long added = 0;
        var batches = new BatchSequence(_chunks.Read(segment, position, chunkBytes));
        while (!isFull && batches.MoveNext())
        {
            if (batches.Header.NextOffset <= _plan.FirstDirtyOffset
                || BatchKeys.TryAdd(batches.Current, batches.Header, _plan.FirstDirtyOffset, map))
            {
                added += batches.Current.Length;
            }
            else
            {
                isFull = true;
            }
        }

        return added;
    }

    private (long Read, long Written) Clean(LogSegment segment, long position, BatchCleaner cleaner, CleanedGroup group)
    {
        long read = 0, written = 0;
        var batches = new BatchSequence(_chunks.Read(segment, position, chunkBytes));
        while (batches.MoveNext())
        {
            read += batches.Current.Length;
            written += cleaner.Clean(batches.Current, batches.Header) switch
            {
                CleanedBatch.Kept => group.Write(batches.Current),
                CleanedBatch.Rewritten => group.WriteChanged(cleaner.Rewritten),
                _ => group.LeaveOut(),
            };
        }

        return (read, written);
    }

    /// <summary>
    /// Does something to a segment of the log. What is wrong with it is the log's failure, unless it was truncated under our
    /// hands.
    /// </summary>
    private T Using<T>(LogSegment segment, Func<LogSegment, T> action)
    {
        if (!segment.TryAcquire())
            throw new CleaningAbortedException();

        try
        {
            return action(segment);
        }
        catch (Exception e) when (e is CorruptBatchException || PartitionLog.IsDiskFailure(e))
        {
            throw log.TruncationGeneration == generation ? log.CompactionFailed(e) : new CleaningAbortedException();
        }
        finally
        {
            segment.Release();
        }
    }

    private SegmentSize[] SizesOf(int first, long endOffset)
    {
        var sizes = new List<SegmentSize>();
        for (var i = first; i < _segments.Length - 1 && _segments[i].BaseOffset < endOffset; i++)
        {
            var segment = _segments[i];
            sizes.Add(new SegmentSize(
                segment.BaseOffset,
                _segments[i + 1].BaseOffset,
                segment.SizeBytes,
                Math.Max(segment.Offsets.Count * (long)OffsetIndex.EntrySize, segment.Times.Count * (long)TimeIndex.EntrySize)));
        }

        return [.. sizes];
    }
}
