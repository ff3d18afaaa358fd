using System.Buffers.Binary;
using System.Collections.Immutable;
using AkkaReplication.Metadata;
using AkkaReplication.Records;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Controller;

/// <summary>
/// The metadata log of a voter as a file: one frame per batch (Q6), each flushed before it counts. At opening it cuts only a
/// frame whose write never finished; what had been flushed and is damaged is left as it is and refused (Q9).
/// </summary>
/// <remarks>Frame, big endian: length of the payload i32, CRC-32C of the payload u32, payload.</remarks>
internal sealed class MetadataLogFile : IDisposable
{
    private const int FrameHeaderSize = 8;
    private const int MaxPayloadSize = 64 * 1024 * 1024;
    private const string LogName = "00000000000000000000.log";
    private const string FlushedEndName = "flushed-end";

    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly IFile _file;
    private readonly List<Frame> _frames = [];

    private MetadataLogFile(IFileSystem files, string directory, IFile file)
    {
        _files = files;
        _directory = directory;
        _file = file;
    }

    /// <summary>The last offset, or -1.</summary>
    public long LastOffset => _frames.Count == 0 ? -1 : _frames[^1].LastOffset;

    private long EndPosition => _frames.Count == 0 ? 0 : _frames[^1].EndPosition;

    /// <summary>Opens the log and checks all of it.</summary>
    /// <exception cref="ReplicationException">KAFKA_STORAGE_ERROR: something that had been flushed is damaged.</exception>
    public static MetadataLogFile Open(IFileSystem files, string directory)
    {
        files.CreateDirectoryDurably(directory);
        var path = Path.Combine(directory, LogName);
        var isNew = !files.FileExists(path);
        var log = new MetadataLogFile(files, directory, files.Open(path, FileOpenMode.ReadWrite));
        try
        {
            if (isNew)
                files.FlushDirectory(directory);
            log.Recover();
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Writes and flushes one batch.</summary>
    public void Append(MetadataBatch batch)
    {
        var payload = MetadataRecordCodec.Encode(batch);
        var frame = new byte[FrameHeaderSize + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), Crc32C.Compute(payload));
        payload.CopyTo(frame, FrameHeaderSize);
        var position = EndPosition;
        _file.Write(frame, position);
        _file.Flush();
        _frames.Add(new Frame(batch.Epoch, batch.BaseOffset, batch.LastOffset, position + frame.Length));
    }

    /// <summary>Cuts everything after <paramref name="lastOffset"/>, which ends a batch, and flushes.</summary>
    public void Truncate(long lastOffset)
    {
        _frames.RemoveAll(f => f.LastOffset > lastOffset);
        if (LastOffset != lastOffset)
            throw new InvalidOperationException($"No batch of the metadata log ends at {lastOffset} (Q6).");

        // The mark first: a crash in between must not make the cut look like damage.
        MarkFlushedEnd();
        _file.SetLength(EndPosition);
        _file.Flush();
    }

    /// <summary>All batches, oldest first.</summary>
    public IEnumerable<MetadataBatch> ReadAll()
    {
        long position = 0;
        foreach (var frame in _frames)
        {
            var payload = TryRead(position, frame.EndPosition)
                ?? throw Damaged(position, "a checksum that was right is wrong now");
            yield return MetadataRecordCodec.DecodeBatch(payload);
            position = frame.EndPosition;
        }
    }

    /// <summary>Where the epochs begin, ascending.</summary>
    public ImmutableArray<ControllerEpochStart> Epochs()
    {
        var epochs = ImmutableArray.CreateBuilder<ControllerEpochStart>();
        foreach (var frame in _frames)
        {
            if (epochs.Count == 0 || epochs[^1].Epoch != frame.Epoch)
                epochs.Add(new ControllerEpochStart(frame.Epoch, frame.BaseOffset));
        }

        return epochs.ToImmutable();
    }

    public void Dispose() => _file.Dispose();

    private void Recover()
    {
        var flushedEnd = ReadFlushedEnd();
        var length = _file.Length;
        while (EndPosition < length && TryRead(EndPosition, length) is { } payload)
        {
            var batch = MetadataRecordCodec.DecodeBatch(payload);
            var lastEpoch = _frames.Count == 0 ? ControllerEpoch.None : _frames[^1].Epoch;
            if (batch.BaseOffset != LastOffset + 1 || batch.Epoch < lastEpoch)
                throw Damaged(EndPosition, $"offset {batch.BaseOffset} of epoch {batch.Epoch} follows {LastOffset} of {lastEpoch}");
            _frames.Add(new Frame(
                batch.Epoch, batch.BaseOffset, batch.LastOffset, EndPosition + FrameHeaderSize + payload.Length));
        }

        if (EndPosition < flushedEnd)
            throw Damaged(EndPosition, $"{flushedEnd} bytes had been flushed");
        if (EndPosition < length)
            _file.SetLength(EndPosition);

        // What the last life wrote and did not flush becomes part of the log only once it is flushed.
        _file.Flush();
        MarkFlushedEnd();
    }

    private byte[]? TryRead(long position, long end)
    {
        Span<byte> header = stackalloc byte[FrameHeaderSize];
        if (end - position < FrameHeaderSize || _file.Read(header, position) < FrameHeaderSize)
            return null;
        var length = BinaryPrimitives.ReadInt32BigEndian(header);
        if (length is < 0 or > MaxPayloadSize || length > end - position - FrameHeaderSize)
            return null;
        var payload = new byte[length];
        return _file.Read(payload, position + FrameHeaderSize) == length
            && Crc32C.Compute(payload) == BinaryPrimitives.ReadUInt32BigEndian(header[4..])
                ? payload
                : null;
    }

    private void MarkFlushedEnd() =>
        _files.WriteAtomically(Path.Combine(_directory, FlushedEndName), EndPosition.ToString());

    private long ReadFlushedEnd()
    {
        var path = Path.Combine(_directory, FlushedEndName);
        if (!_files.FileExists(path))
            return 0;
        var text = _files.ReadAllText(path);
        return long.TryParse(text, out var end) ? end : throw Damaged(0, $"{FlushedEndName} holds '{text}'");
    }

    private ReplicationException Damaged(long position, string what) => new(
        ErrorCode.KafkaStorageError,
        $"{Path.Combine(_directory, LogName)} is damaged at byte {position}: {what}. It is left as it is.");

    private readonly record struct Frame(ControllerEpoch Epoch, long BaseOffset, long LastOffset, long EndPosition);
}
