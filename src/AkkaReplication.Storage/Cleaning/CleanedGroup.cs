using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage.Cleaning;

/// <summary>
/// The segment that is made from a group of segments: written and flushed beside the log, then put in their place. Until that
/// has happened a failure to write it is no failure of the log.
/// </summary>
internal sealed class CleanedGroup : IDisposable
{
    private readonly PartitionLog _log;
    private readonly LogSettings _settings;
    private readonly int _first;
    private readonly int _count;
    private readonly LogSegment[] _segments;
    private LogSegment? _segment;
    private bool _isChanged;

    /// <param name="segments">The log's; the group is <paramref name="count"/> of them from <paramref name="first"/> on.</param>
    public CleanedGroup(PartitionLog log, LogSettings settings, LogSegment[] segments, int first, int count)
    {
        _log = log;
        _settings = settings;
        _segments = segments;
        _first = first;
        _count = count;
        _isChanged = count > 1;
        BytesBefore = Group.ToArray().Sum(segment => segment.SizeBytes);
        if (!log.HasRoomToCompact(BytesBefore))
            throw new CleaningAbortedException($"{log.Name}: there is no room for {BytesBefore} compacted bytes.");
        Guarded(() => _segment = log.CreateCleaned(segments[first].BaseOffset));
    }

    /// <summary>Bytes of the segments that it is made from.</summary>
    public long BytesBefore { get; }

    private ReadOnlySpan<LogSegment> Group => _segments.AsSpan(_first, _count);

    /// <summary>Takes over a batch as it is; the bytes written.</summary>
    public long Write(ReadOnlyMemory<byte> batch)
    {
        BatchHeader.TryRead(batch.Span, out var header);
        var position = _segment!.SizeBytes;
        if (position > int.MaxValue - batch.Length)
            throw new CleaningAbortedException($"{_log.Name}: the segment at {_segment.BaseOffset} would grow beyond 2 GiB.");

        Guarded(() =>
        {
            _segment.Write(batch.Span);
            _segment.Note(header, position, _settings.IndexIntervalBytes);
        });
        return batch.Length;
    }

    /// <summary>As <see cref="Write"/>, of a batch that has lost records.</summary>
    public long WriteChanged(ReadOnlyMemory<byte> batch)
    {
        _isChanged = true;
        return Write(batch);
    }

    /// <summary>A batch goes.</summary>
    public long LeaveOut()
    {
        _isChanged = true;
        return 0;
    }

    /// <summary>Puts the new segment in its place, unless it says what the only one there said before. The bytes in that place.</summary>
    public long Commit(long generation)
    {
        var cleaned = _segment!;
        if (!_isChanged)
            return cleaned.SizeBytes;

        Guarded(() =>
        {
            cleaned.Seal();
            cleaned.Flush();
            cleaned.Rest();
        });

        // Whatever becomes of the change of names, from here on the files are the next start's to judge.
        _segment = null;
        var isReplaced = false;
        try
        {
            isReplaced = _log.TryReplace(Group, cleaned, generation);
        }
        catch (StorageException)
        {
            cleaned.Release();
            throw;
        }

        if (isReplaced)
            return cleaned.SizeBytes;
        cleaned.Discard();
        throw new CleaningAbortedException();
    }

    public void Dispose()
    {
        _segment?.Discard();
        _segment = null;
    }

    private void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (PartitionLog.IsDiskFailure(e))
        {
            throw new CleaningAbortedException($"{_log.Name}: writing a compacted segment failed: {e.Message}");
        }
    }
}
