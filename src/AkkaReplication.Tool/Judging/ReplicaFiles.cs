using AkkaReplication.Records;

namespace AkkaReplication.Tool.Judging;

/// <summary>
/// Reads a partition's log straight from its segment files, past all code that serves reads: a second witness. Checks
/// every batch's checksum and offsets; never writes.
/// </summary>
internal static class ReplicaFiles
{
    /// <summary>The whole batches below an offset, each in a buffer of its own.</summary>
    /// <exception cref="InvalidDataException">The files hold something else than the batches of one log.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> ReadBatches(string directory, long upToOffset)
    {
        var next = -1L;
        foreach (var path in Directory.EnumerateFiles(directory, "*.log").Order(StringComparer.Ordinal))
        {
            using var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
            while (ReadBatch(file) is { } batch)
            {
                BatchHeader.TryRead(batch, out var header);
                if (header.BaseOffset < next)
                    throw new InvalidDataException(
                        $"{path}: a batch at offset {header.BaseOffset} follows offset {next - 1}");
                if (header.NextOffset > upToOffset)
                    yield break;

                next = header.NextOffset;
                yield return batch;
            }
        }
    }

    /// <summary>Shows every record below an offset, in order.</summary>
    public static void ReadRecords(
        string directory, int partition, long upToOffset, RecordSeen onRecord, CancellationToken ct)
    {
        foreach (var batch in ReadBatches(directory, upToOffset))
        {
            ct.ThrowIfCancellationRequested();
            var records = new RecordBatchReader(batch);
            while (records.MoveNext())
                onRecord(
                    partition, records.Offset, RecordKey.Parse(records.Key.Span), ValueDigest.Of(records.Value.Span));
        }
    }

    /// <summary>The next batch, or null at the end of the file or of what is written to the end.</summary>
    private static byte[]? ReadBatch(FileStream file)
    {
        var start = file.Position;
        Span<byte> head = stackalloc byte[BatchHeader.Size];
        if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length)
            return null;
        if (!BatchHeader.TryRead(head, out var header))
            throw new InvalidDataException($"{file.Name}: no batch begins at byte {start}");

        var batch = new byte[header.SizeInBytes];
        head.CopyTo(batch);
        var rest = batch.AsSpan(head.Length);
        if (file.ReadAtLeast(rest, rest.Length, throwOnEndOfStream: false) < rest.Length)
            return null;
        if (!RecordBatch.HasValidCrc(batch))
            throw new InvalidDataException(
                $"{file.Name}: the checksum of the batch at offset {header.BaseOffset} is wrong");
        return batch;
    }
}

/// <summary>A record was read.</summary>
/// <param name="record">The number that its key says, or null when the key is no number.</param>
internal delegate void RecordSeen(int partition, long offset, long? record, ulong digest);
