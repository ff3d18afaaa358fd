using System.Buffers;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Segments;

/// <summary>
/// One segment of a log: its batches, its two indexes, and a count of those who use it. Written by the log's one writer,
/// read by any thread between <see cref="TryAcquire"/> and <see cref="Release"/>; closed, and removed where it was
/// dropped, when the last of them is done.
/// </summary>
internal sealed class LogSegment
{
    private const int RewriteBytes = 256 * 1024;

    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly IFile _log;
    private string _logPath;
    private long _sizeBytes;
    private long _changes;
    private long _flushedChanges;
    private long _maxTimestampMs = -1;
    private long _maxTimestampOffset = -1;
    private long _firstTimestampMs = long.MinValue;
    private int _bytesSinceIndexEntry;
    private int _references = 1;
    private bool _isDropped;
    private bool _indexesDirty;

    private LogSegment(
        IFileSystem files,
        string directory,
        long baseOffset,
        IFile log,
        int offsetEntries,
        int timeEntries,
        long createdMs,
        string state = "")
    {
        _files = files;
        _directory = directory;
        _log = log;
        _logPath = SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.Log + state);
        _sizeBytes = log.Length;
        BaseOffset = baseOffset;
        CreatedMs = createdMs;
        Offsets = new OffsetIndex(
            files, SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.OffsetIndex + state), baseOffset, offsetEntries);
        Times = new TimeIndex(
            files, SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.TimeIndex + state), baseOffset, timeEntries);
    }

    public long BaseOffset { get; }

    /// <summary>When this object was made, by the broker's clock: the age of a segment without timestamps.</summary>
    public long CreatedMs { get; }

    public IFile File => _log;

    public OffsetIndex Offsets { get; }

    public TimeIndex Times { get; }

    /// <summary>Bytes of whole batches.</summary>
    public long SizeBytes => Volatile.Read(ref _sizeBytes);

    /// <summary>The greatest timestamp in the segment, -1 for none.</summary>
    public long MaxTimestampMs => Volatile.Read(ref _maxTimestampMs);

    /// <summary>The greatest timestamp in the segment; where it has none, when its file was written last.</summary>
    public long AgeTimestampMs => MaxTimestampMs >= 0 ? MaxTimestampMs : _files.LastWriteMs(_logPath);

    /// <summary>Creates an empty segment; leftovers of the same name go.</summary>
    /// <param name="state">What stands behind its files' names: nothing for one that is part of the log.</param>
    public static LogSegment Create(IFileSystem files, string directory, long baseOffset, long nowMs, string state = "")
    {
        foreach (var suffix in (string[])[SegmentFiles.OffsetIndex, SegmentFiles.TimeIndex])
            files.DeleteFile(SegmentFiles.PathOf(directory, baseOffset, suffix + state));
        var log = files.Open(SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.Log + state), FileOpenMode.ReadWrite);
        try
        {
            if (log.Length != 0)
                log.SetLength(0);
        }
        catch
        {
            log.Dispose();
            throw;
        }

        var segment = new LogSegment(files, directory, baseOffset, log, 0, 0, nowMs, state) { _firstTimestampMs = -1 };
        log.Rest();
        return segment;
    }

    /// <summary>Opens a segment. Its indexes are taken as they are where they are plausible, else they start empty.</summary>
    public static LogSegment Open(
        IFileSystem files, string directory, long baseOffset, long nowMs, bool keepIndexes, out bool hasIndexes)
    {
        var log = files.Open(SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.Log), FileOpenMode.ReadWrite);
        var isEmpty = log.Length == 0;
        var offsetEntries = EntriesOf(files, directory, baseOffset, SegmentFiles.OffsetIndex, OffsetIndex.EntrySize, isEmpty);
        var timeEntries = EntriesOf(files, directory, baseOffset, SegmentFiles.TimeIndex, TimeIndex.EntrySize, isEmpty);
        keepIndexes &= offsetEntries is not null && timeEntries is not null;
        var segment = new LogSegment(
            files,
            directory,
            baseOffset,
            log,
            keepIndexes ? offsetEntries!.Value : 0,
            keepIndexes ? timeEntries!.Value : 0,
            nowMs);
        hasIndexes = keepIndexes && segment.IndexesArePlausible();
        if (hasIndexes)
        {
            var last = segment.Times.Last;
            segment._maxTimestampMs = last?.TimestampMs ?? -1;
            segment._maxTimestampOffset = last?.Offset ?? -1;
        }
        else
        {
            segment.ClearIndexes();
        }

        return segment;
    }

    /// <summary>Empties the indexes: they are to be built anew.</summary>
    public void ClearIndexes()
    {
        Offsets.Entries.TruncateTo(0);
        Times.Entries.TruncateTo(0);
        _bytesSinceIndexEntry = 0;
    }

    /// <summary>Writes bytes of one or more batches at the end; <see cref="Note"/> must follow for each of them.</summary>
    public void Write(ReadOnlySpan<byte> batches)
    {
        _log.Write(batches, _sizeBytes);
        MarkDirty();
        Volatile.Write(ref _sizeBytes, _sizeBytes + batches.Length);
    }

    /// <summary>Writes one batch, given in two pieces, at the end; <see cref="Note"/> must follow.</summary>
    public void Write(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        _log.Write(first, second, _sizeBytes);
        MarkDirty();
        Volatile.Write(ref _sizeBytes, _sizeBytes + first.Length + second.Length);
    }

    /// <summary>Takes a written batch into the indexes.</summary>
    public void Note(in BatchHeader header, long position, int indexIntervalBytes)
    {
        if (position == 0)
            _firstTimestampMs = header.MaxTimestampMs;
        if (header.MaxTimestampMs > _maxTimestampMs)
        {
            _maxTimestampOffset = header.LastOffset;
            Volatile.Write(ref _maxTimestampMs, header.MaxTimestampMs);
        }

        if (_bytesSinceIndexEntry > indexIntervalBytes)
        {
            Offsets.Append(header.LastOffset, (int)position);
            Times.MaybeAppend(_maxTimestampMs, _maxTimestampOffset);
            _bytesSinceIndexEntry = 0;
        }

        _bytesSinceIndexEntry += header.SizeInBytes;
    }

    /// <summary>Timestamp of the segment's first batch, -1 where it is empty or has none.</summary>
    public long FirstTimestampMs()
    {
        if (_firstTimestampMs == long.MinValue)
        {
            var scan = new BatchScan(_log, 0, _sizeBytes, stackalloc byte[BatchHeader.Size]);
            _firstTimestampMs = scan.MoveNext(checkCrc: false) ? scan.Header.MaxTimestampMs : -1;
        }

        return _firstTimestampMs;
    }

    /// <summary>Whether an index has no room for another entry.</summary>
    public bool IsIndexFull(int segmentIndexBytes) =>
        Offsets.Count >= segmentIndexBytes / OffsetIndex.EntrySize
        || Times.Count >= (segmentIndexBytes / TimeIndex.EntrySize) - 1;

    /// <summary>Completes the indexes on disk: the segment will not be appended to, or its broker stops.</summary>
    public void Seal()
    {
        Times.MaybeAppend(_maxTimestampMs, _maxTimestampOffset);
        if (Offsets.Entries.Seal() | Times.Entries.Seal())
            Volatile.Write(ref _indexesDirty, true);
    }

    /// <summary>Nobody uses the segment at the moment: its files need not be open.</summary>
    public void Rest()
    {
        _log.Rest();
        Offsets.Entries.Rest();
        Times.Entries.Rest();
    }

    /// <summary>Makes durable what has been written before the call. Any thread.</summary>
    public void Flush()
    {
        // Counted, not measured in bytes: a segment that was cut while a flush was under way may have its old size again.
        var changes = Volatile.Read(ref _changes);
        if (changes != Volatile.Read(ref _flushedChanges))
        {
            FlushLog();
            Volatile.Write(ref _flushedChanges, changes);
        }

        if (Volatile.Read(ref _indexesDirty))
        {
            Volatile.Write(ref _indexesDirty, false);
            Offsets.Entries.Flush();
            Times.Entries.Flush();
            Offsets.Entries.Rest();
            Times.Entries.Rest();
        }
    }

    /// <summary>
    /// Writes the first <paramref name="bytes"/> once more, as they are: after a failed flush the system takes them for
    /// written, and no flush would write them.
    /// </summary>
    public void Rewrite(long bytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(RewriteBytes);
        try
        {
            for (long at = 0; at < bytes;)
            {
                var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, bytes - at));
                var read = _log.Read(piece, at);
                if (read == 0)
                    throw new IOException($"{_logPath} ends at byte {at}, not {bytes}");
                _log.Write(piece[..read], at);
                at += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        MarkDirty();
    }

    /// <summary>Says that the segment has bytes that are not known to be on disk.</summary>
    public void MarkDirty() => Volatile.Write(ref _changes, _changes + 1);

    /// <summary>
    /// Cuts the segment to <paramref name="sizeBytes"/>, where a batch must begin, and makes that durable, so that after a
    /// crash the cut bytes cannot come back behind new ones.
    /// </summary>
    public void TruncateTo(long sizeBytes, long endOffset)
    {
        Volatile.Write(ref _sizeBytes, sizeBytes);
        _log.SetLength(sizeBytes);
        MarkDirty();
        FlushLog();
        Offsets.TruncateTo(endOffset);
        Times.TruncateTo(endOffset);
        RestoreTail();
    }

    /// <summary>
    /// After opening or truncating: finds the batches behind the last index entry and with them the largest timestamp.
    /// Returns why the scan stopped, and the offset after the last whole batch.
    /// </summary>
    public (ScanProblem Problem, long ValidBytes, long EndOffset) RestoreTail()
    {
        var time = Times.Last;
        _maxTimestampOffset = time?.Offset ?? -1;
        Volatile.Write(ref _maxTimestampMs, time?.TimestampMs ?? -1);
        _firstTimestampMs = long.MinValue;

        // The entry's own batch is read again: it may have brought a larger timestamp than its time entry.
        long start = Offsets.Last?.Position ?? 0;
        var endOffset = BaseOffset;
        var scan = new BatchScan(_log, start, _sizeBytes, stackalloc byte[4096]);
        while (scan.MoveNext(checkCrc: false))
        {
            endOffset = scan.Header.NextOffset;
            if (scan.Header.MaxTimestampMs > _maxTimestampMs)
            {
                _maxTimestampOffset = scan.Header.LastOffset;
                Volatile.Write(ref _maxTimestampMs, scan.Header.MaxTimestampMs);
            }
        }

        _bytesSinceIndexEntry = (int)(scan.Next - start);
        return (scan.Problem, scan.Next, endOffset);
    }

    /// <summary>Takes part in the segment; false where it is closed already.</summary>
    public bool TryAcquire()
    {
        var references = Volatile.Read(ref _references);
        while (references > 0)
        {
            var seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
                return true;
            references = seen;
        }

        return false;
    }

    /// <summary>Gives up what <see cref="TryAcquire"/> gave, or the log's own part.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            Close();
    }

    /// <summary>
    /// Takes the segment out of the log: its files get another name now and are removed once nobody reads them. May be
    /// repeated where it failed.
    /// </summary>
    public void Drop()
    {
        Retire(SegmentFiles.Deleted);
        Release();
    }

    /// <summary>As <see cref="Drop"/>, but the log still takes part in it: <see cref="Release"/> must follow.</summary>
    /// <param name="state">What stands behind its files' names from now on; ends with <see cref="SegmentFiles.Deleted"/>.</param>
    public void Retire(string state)
    {
        MoveLogTo(state);
        MoveIndexesTo(state);
        _isDropped = true;
    }

    /// <summary>Changes what stands behind the names of its two indexes.</summary>
    public void MoveIndexesTo(string state)
    {
        Offsets.Entries.MoveTo(SegmentFiles.PathOf(_directory, BaseOffset, SegmentFiles.OffsetIndex + state));
        Times.Entries.MoveTo(SegmentFiles.PathOf(_directory, BaseOffset, SegmentFiles.TimeIndex + state));
    }

    /// <summary>Changes what stands behind the name of its log.</summary>
    public void MoveLogTo(string state)
    {
        var path = SegmentFiles.PathOf(_directory, BaseOffset, SegmentFiles.Log + state);
        if (_logPath != path)
            _files.Rename(_logPath, path);
        _logPath = path;
    }

    /// <summary>Closes and removes a segment that never became part of a log.</summary>
    public void Discard()
    {
        _isDropped = true;
        Release();
    }

    /// <summary>
    /// Entries of an index file; null where its size is no multiple of an entry's, or where it is missing although there are
    /// batches.
    /// </summary>
    private static int? EntriesOf(
        IFileSystem files, string directory, long baseOffset, string suffix, int entrySize, bool isEmpty)
    {
        var path = SegmentFiles.PathOf(directory, baseOffset, suffix);
        if (!files.FileExists(path))
            return isEmpty ? 0 : null;

        using var file = files.Open(path, FileOpenMode.Read);
        return file.Length % entrySize == 0 ? (int)(file.Length / entrySize) : null;
    }

    private void FlushLog()
    {
        try
        {
            _log.Flush();
        }
        catch (IOException e)
        {
            throw new FlushFailedException($"{_logPath}: {e.Message}", e);
        }
    }

    /// <summary>Indexes carry no checksum: their ends must fit the segment, else they are rebuilt.</summary>
    private bool IndexesArePlausible()
    {
        if (Offsets.Last is { } offset && (offset.Offset < BaseOffset || offset.Position >= _sizeBytes || offset.Position < 0))
            return false;
        return Times.Last is not { } time || (time.Offset >= BaseOffset && time.TimestampMs >= 0);
    }

    private void Close()
    {
        // All of them first: a file that is left open would be flushed and closed by others, later.
        _log.Dispose();
        Offsets.Dispose();
        Times.Dispose();
        if (!_isDropped)
            return;

        try
        {
            _files.DeleteFile(_logPath);
            Offsets.Entries.Delete();
            Times.Entries.Delete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The names say that the files are dead; the next start removes them.
        }
    }
}
