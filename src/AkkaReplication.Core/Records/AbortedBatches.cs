using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AkkaReplication.Logs;

namespace AkkaReplication.Records;

/// <summary>
/// Takes what aborted transactions wrote out of fetched records, as readers of committed records have to (KIP-98): brokers
/// send it along, and name the transactions.
/// </summary>
public static class AbortedBatches
{
    private const short AbortMarker = 0;
    private const int MarkerKeySize = 4;
    private const short ControlBit = 0x20;

    /// <summary>
    /// Makes batches of aborted transactions look like control batches, which readers pass over: so their offsets still count.
    /// Their checksums are not kept true.
    /// </summary>
    /// <param name="records">Batches as they were fetched; nobody else may have a hold of the memory.</param>
    /// <param name="aborted">The producers of aborted transactions, and the first offset of each.</param>
    public static void Hide(Memory<byte> records, IEnumerable<(long ProducerId, long FirstOffset)> aborted)
    {
        var toCome = new Queue<(long ProducerId, long FirstOffset)>(aborted.OrderBy(a => a.FirstOffset));
        var open = new HashSet<long>();
        try
        {
            var batches = new BatchSequence(records);
            while (batches.MoveNext())
            {
                var header = batches.Header;
                while (toCome.TryPeek(out var next) && next.FirstOffset <= header.LastOffset)
                    open.Add(toCome.Dequeue().ProducerId);

                if (header.IsControl)
                {
                    if (open.Contains(header.ProducerId) && IsAbortMarker(batches.Current))
                        open.Remove(header.ProducerId);
                }
                else if (header.IsTransactional && open.Contains(header.ProducerId))
                {
                    Hide(MemoryMarshal.AsMemory(batches.Current).Span, header.Attributes);
                }
            }
        }
        catch (CorruptBatchException)
        {
            // Whoever reads the records finds the same, and tells.
        }
    }

    private static void Hide(Span<byte> batch, short attributes) =>
        BinaryPrimitives.WriteInt16BigEndian(batch[BatchLayout.Attributes..], (short)(attributes | ControlBit));

    /// <summary>A marker's key: its version, and which it is.</summary>
    private static bool IsAbortMarker(ReadOnlyMemory<byte> batch)
    {
        var records = new RecordBatchReader(batch);
        return records.MoveNext()
            && records.Key.Length >= MarkerKeySize
            && BinaryPrimitives.ReadInt16BigEndian(records.Key.Span[2..]) == AbortMarker;
    }
}
