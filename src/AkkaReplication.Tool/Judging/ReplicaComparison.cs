using AkkaReplication.Records;

namespace AkkaReplication.Tool.Judging;

/// <summary>Whether the logs of one partition's replicas are the same bytes, batch for batch.</summary>
internal static class ReplicaComparison
{
    /// <summary>Null when all are identical, else where and how the first difference shows.</summary>
    /// <param name="replicas">Each replica's name and its batches up to the high watermark, in order.</param>
    public static string? FirstDifference(
        string partition,
        IReadOnlyList<(string Name, IEnumerable<ReadOnlyMemory<byte>> Batches)> replicas,
        CancellationToken ct)
    {
        var readers = replicas.Select(replica => replica.Batches.GetEnumerator()).ToList();
        try
        {
            for (var end = 0L; ;)
            {
                ct.ThrowIfCancellationRequested();
                var more = readers.ConvertAll(reader => reader.MoveNext());
                if (more.TrueForAll(has => !has))
                    return null;

                var shorter = more.IndexOf(false);
                if (shorter >= 0)
                    return $"{partition}: {replicas[shorter].Name} ends at offset {end}, "
                        + $"{replicas[more.IndexOf(true)].Name} does not";

                var first = readers[0].Current.Span;
                for (var i = 1; i < readers.Count; i++)
                {
                    if (!first.SequenceEqual(readers[i].Current.Span))
                    {
                        return $"{partition}: {replicas[0].Name} and {replicas[i].Name} differ in the batch after "
                            + $"offset {end}";
                    }
                }

                end = BatchHeader.TryRead(first, out var header) ? header.NextOffset : end;
            }
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }
    }
}
