using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Simulation.Checks;

/// <summary>Reads logs for the checks. One read of a log ends with its segment, so there may be several.</summary>
internal static class LogReading
{
    /// <summary>The headers of all batches from the one that holds <paramref name="from"/>, up to <paramref name="end"/>.</summary>
    public static List<BatchHeader> Headers(IReplicaLog log, long from, long end)
    {
        var headers = new List<BatchHeader>();
        foreach (var bytes in Pieces(log, from, end))
        {
            var batches = new BatchSequence(bytes);
            while (batches.MoveNext())
                headers.Add(batches.Header);
        }

        return headers;
    }

    /// <summary>All bytes of these batches.</summary>
    public static byte[] Bytes(IReplicaLog log, long from, long end) =>
        [.. Pieces(log, from, end).SelectMany(piece => piece.ToArray())];

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(IReplicaLog log, long from, long end)
    {
        var view = log.View();
        while (from < end)
        {
            var piece = view.Read(from, end, int.MaxValue, atLeastOneBatch: true);
            if (piece.IsEmpty)
                yield break;
            from = EndOf(piece);
            yield return piece;
        }
    }

    private static long EndOf(ReadOnlyMemory<byte> piece)
    {
        var batches = new BatchSequence(piece);
        var end = 0L;
        while (batches.MoveNext())
            end = batches.Header.NextOffset;
        return end;
    }
}
