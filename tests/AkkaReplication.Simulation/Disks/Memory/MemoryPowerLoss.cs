using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Disks.Memory;

/// <summary>
/// What a power loss leaves of one log: everything that was flushed, and of the rest, file by file, all, nothing, a prefix or
/// any mixture of pages; of names that were not flushed the older ones.
/// </summary>
internal static class MemoryPowerLoss
{
    private const int PageBytes = 512;

    /// <returns>Whether something was lost.</returns>
    public static bool Strike(MemoryLogFiles files, Chance chance)
    {
        var lost = files.LoseEpochs(chance.Next) | LoseNames(files.Segments, chance) | LoseSnapshots(files, chance);
        foreach (var segment in files.Segments)
        {
            if (segment.FileBytes == segment.DurableBytes && segment.Forgotten is null)
            {
                segment.IsNameDurable = true;
                continue;
            }

            var survivor = Survivor(segment, chance);
            lost |= !survivor.AsSpan().SequenceEqual(segment.File);
            segment.BecomeAfterPowerLoss(survivor);
        }

        return lost;
    }

    private static bool LoseNames(List<MemorySegment> segments, Chance chance)
    {
        var named = segments.FindLastIndex(segment => segment.IsNameDurable) + 1;
        var kept = named + chance.Next(segments.Count - named + 1);
        for (var i = kept; i < segments.Count; i++)
            segments[i].IsDropped = true;
        var lost = kept < segments.Count;
        segments.RemoveRange(kept, segments.Count - kept);
        return lost;
    }

    private static bool LoseSnapshots(MemoryLogFiles files, Chance chance)
    {
        var count = files.Snapshots.Count;
        for (var i = count - 1; i >= 0; i--)
        {
            if (!files.Snapshots.GetValueAtIndex(i).IsDurable && chance.Hits(0.5))
                files.Snapshots.RemoveAt(i);
        }

        return files.Snapshots.Count < count;
    }

    private static byte[] Survivor(MemorySegment segment, Chance chance)
    {
        var durable = segment.DurableBytes;
        var wanted = segment.File;
        byte[] survivor = chance.Next(4) switch
        {
            0 => [.. wanted[..durable]],
            1 => [.. wanted],
            2 => [.. wanted[..chance.Between(durable, wanted.Length)]],
            _ => Pages(wanted, durable, chance),
        };

        // What a flush has failed for is not there, though what came after it may be.
        foreach (var (from, to) in segment.Forgotten ?? [])
        {
            if (to >= survivor.Length)
                survivor = survivor[..Math.Min(from, survivor.Length)];
            else
                survivor.AsSpan(from..to).Clear();
        }

        return survivor;
    }

    private static byte[] Pages(ReadOnlySpan<byte> wanted, int durable, Chance chance)
    {
        var pages = new byte[chance.Hits(0.5) ? durable : wanted.Length];
        wanted[..durable].CopyTo(pages);
        for (var at = durable / PageBytes * PageBytes; at < pages.Length; at += PageBytes)
        {
            var count = Math.Min(PageBytes, pages.Length - at);
            if (chance.Hits(0.5))
                wanted.Slice(at, count).CopyTo(pages.AsSpan(at));
        }

        return pages;
    }
}
