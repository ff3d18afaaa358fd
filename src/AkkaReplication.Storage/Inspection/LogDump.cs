using System.Buffers.Binary;
using System.Text;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Checkpoints;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage.Inspection;

/// <summary>
/// Prints what the files of a log say, for people: batches, index entries, epochs, producers. Reads only, also while a
/// broker runs.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="printRecords">Also every record's offset, timestamp, key and value.</param>
/// <param name="files">The file system; null for the operating system's.</param>
public sealed class LogDump(TextWriter output, bool printRecords = false, IFileSystem? files = null)
{
    private const int MaxShownBytes = 80;

    private readonly IFileSystem _files = files ?? PhysicalFileSystem.Instance;

    /// <summary>
    /// Prints a partition's directory, or one of its files (<c>.log</c>, <c>.index</c>, <c>.timeindex</c>,
    /// <c>.snapshot</c>, <c>leader-epoch-checkpoint</c>). Returns false where something is damaged.
    /// </summary>
    /// <exception cref="IOException">The path cannot be read.</exception>
    /// <exception cref="StorageException">The path is nothing that can be printed.</exception>
    public bool Print(string path)
    {
        if (_files.DirectoryExists(path))
            return PrintDirectory(path);
        if (!_files.FileExists(path))
            throw new StorageException($"{path} does not exist.");

        var name = Path.GetFileName(path);
        if (name == EpochCheckpoint.FileName)
            return PrintEpochs(Path.GetDirectoryName(path)!);
        return Path.GetExtension(name) switch
        {
            SegmentFiles.Log => PrintSegment(new LogFileReader(Path.GetDirectoryName(path)!, _files), path),
            SegmentFiles.OffsetIndex => PrintOffsetIndex(path),
            SegmentFiles.TimeIndex => PrintTimeIndex(path),
            SegmentFiles.Snapshot => PrintSnapshot(path),
            _ => throw new StorageException($"{name} is no file of a log that can be printed."),
        };
    }

    private bool PrintDirectory(string directory)
    {
        var names = _files.ListFiles(directory);
        if (!names.Any(name => name.EndsWith(SegmentFiles.Log, StringComparison.Ordinal)))
            throw new StorageException($"{directory} holds no log.");

        output.WriteLine($"{directory}");
        if (PartitionMetadataFile.Read(_files, directory) is { } topicId)
            output.WriteLine($"topic id: {KafkaUuid.Format(topicId.Value)}");
        var isGood = PrintEpochs(directory);
        var reader = new LogFileReader(directory, _files);
        foreach (var baseOffset in SegmentFiles.BaseOffsets(names, SegmentFiles.Log))
        {
            isGood &= PrintSegment(reader, SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.Log));
            isGood &= PrintIfThere(SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.OffsetIndex), PrintOffsetIndex);
            isGood &= PrintIfThere(SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.TimeIndex), PrintTimeIndex);
        }

        foreach (var offset in SegmentFiles.BaseOffsets(names, SegmentFiles.Snapshot))
            isGood &= PrintIfThere(SegmentFiles.PathOf(directory, offset, SegmentFiles.Snapshot), PrintSnapshot);
        return isGood;
    }

    private bool PrintIfThere(string path, Func<string, bool> print) => !_files.FileExists(path) || print(path);

    private bool PrintEpochs(string directory)
    {
        output.WriteLine(EpochCheckpoint.FileName);
        foreach (var entry in EpochCheckpoint.Read(_files, directory).Entries)
            output.WriteLine($"  epoch: {entry.Epoch} startOffset: {entry.StartOffset}");
        return true;
    }

    private bool PrintSegment(LogFileReader reader, string path)
    {
        var problemsBefore = reader.Problems.Count;
        output.WriteLine(Path.GetFileName(path));
        foreach (var batch in reader.ReadBatches(path))
        {
            PrintBatch(batch);
            if (printRecords)
                PrintRecords(batch);
        }

        if (reader.UnfinishedBytes > 0)
            output.WriteLine($"  {reader.UnfinishedBytes} bytes at the end are no whole batch");
        foreach (var problem in reader.Problems.Skip(problemsBefore))
            output.WriteLine($"  DAMAGED: {problem}");
        return reader.Problems.Count == problemsBefore;
    }

    private void PrintBatch(StoredBatch batch)
    {
        var header = batch.Header;
        output.WriteLine(
            $"  baseOffset: {header.BaseOffset} lastOffset: {header.LastOffset} count: {header.RecordCount}"
            + $" baseSequence: {header.BaseSequence} lastSequence: {header.LastSequence}"
            + $" producerId: {header.ProducerId} producerEpoch: {header.ProducerEpoch}"
            + $" partitionLeaderEpoch: {header.PartitionLeaderEpoch} isTransactional: {Text(header.IsTransactional)}"
            + $" isControl: {Text(header.IsControl)} position: {batch.Position}"
            + $" {header.TimestampType}: {header.MaxTimestampMs} size: {header.SizeInBytes} magic: {header.Magic}"
            + $" compresscodec: {Text(header.CompressionType)} crc: {header.Crc} isvalid: {Text(batch.HasValidCrc)}");
    }

    private void PrintRecords(StoredBatch batch)
    {
        try
        {
            var records = new RecordBatchReader(batch.Bytes);
            while (records.MoveNext())
            {
                output.WriteLine(
                    $"  | offset: {records.Offset} timestamp: {records.TimestampMs}"
                    + $" key: {(records.KeyIsNull ? "null" : Text(records.Key))}"
                    + $" value: {(records.ValueIsNull ? "null" : Text(records.Value))} headers: {records.HeaderCount}");
            }
        }
        catch (Exception e) when (e is CorruptBatchException or ReplicationException)
        {
            output.WriteLine($"  | records cannot be read: {e.Message}");
        }
    }

    private bool PrintOffsetIndex(string path)
    {
        output.WriteLine(Path.GetFileName(path));
        SegmentFiles.TryParse(Path.GetFileName(path), SegmentFiles.OffsetIndex, out var baseOffset);
        var bytes = _files.ReadAllBytes(path);
        for (var at = 0; at + OffsetIndex.EntrySize <= bytes.Length; at += OffsetIndex.EntrySize)
        {
            output.WriteLine(
                $"  offset: {baseOffset + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at))}"
                + $" position: {BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at + 4))}");
        }

        return true;
    }

    private bool PrintTimeIndex(string path)
    {
        output.WriteLine(Path.GetFileName(path));
        SegmentFiles.TryParse(Path.GetFileName(path), SegmentFiles.TimeIndex, out var baseOffset);
        var bytes = _files.ReadAllBytes(path);
        for (var at = 0; at + TimeIndex.EntrySize <= bytes.Length; at += TimeIndex.EntrySize)
        {
            output.WriteLine(
                $"  timestamp: {BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at))}"
                + $" offset: {baseOffset + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at + 8))}");
        }

        return true;
    }

    private bool PrintSnapshot(string path)
    {
        output.WriteLine(Path.GetFileName(path));
        try
        {
            foreach (var producer in ProducerStates.Decode(_files.ReadAllBytes(path)).Producers)
            {
                output.WriteLine(
                    $"  producerId: {producer.ProducerId} producerEpoch: {producer.Epoch}"
                    + $" lastSequence: {producer.LastSequence} batches: {producer.BatchCount}"
                    + $" currentTxnFirstOffset: {producer.OpenTransactionOffset?.ToString() ?? "none"}");
            }

            return true;
        }
        catch (CorruptBatchException e)
        {
            output.WriteLine($"  DAMAGED: {e.Message}");
            return false;
        }
    }

    private static string Text(bool value) => value ? "true" : "false";

    private static string Text(CompressionType codec) => codec.ToString().ToLowerInvariant();

    /// <summary>Text where it is printable, else hexadecimal; shortened.</summary>
    private static string Text(ReadOnlyMemory<byte> bytes)
    {
        var shown = bytes[..Math.Min(bytes.Length, MaxShownBytes)].Span;
        var text = Encoding.UTF8.GetString(shown);
        if (text.Any(c => char.IsControl(c) || c == '\ufffd'))
            text = $"0x{Convert.ToHexString(shown)}";
        return shown.Length < bytes.Length ? $"{text}... ({bytes.Length} bytes)" : text;
    }
}
