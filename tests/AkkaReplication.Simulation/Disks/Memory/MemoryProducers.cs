using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage;

namespace AkkaReplication.Simulation.Disks.Memory;

/// <summary>Makes the producer states of a log from the newest snapshot and the batches after it.</summary>
internal static class MemoryProducers
{
    public static ProducerStates Rebuild(
        MemoryLogFiles files, ReadOnlySpan<MemorySegment> segments, long endOffset)
    {
        var states = Newest(files, endOffset, out var fromOffset);
        foreach (var segment in segments)
        {
            if (segment.BaseOffset >= endOffset)
                break;
            if (!segment.HasProducers)
                continue;
            for (var i = segment.IndexOf(fromOffset); i < segment.Count; i++)
            {
                ref readonly var entry = ref segment.Entries[i];
                if (entry.NextOffset > endOffset)
                    break;
                if (!entry.HasProducer || entry.BaseOffset < fromOffset)
                    continue;
                var batch = segment.Slice(entry.Position, segment.PositionOf(i + 1) - entry.Position);
                BatchHeader.TryRead(batch.Span, out var header);
                states.Apply(header, header.LastOffset, ControlMarker.CoordinatorEpochOf(header, batch));
            }
        }

        return states;
    }

    private static ProducerStates Newest(MemoryLogFiles files, long endOffset, out long fromOffset)
    {
        for (var i = files.Snapshots.Count - 1; i >= 0; i--)
        {
            fromOffset = files.Snapshots.GetKeyAtIndex(i);
            if (fromOffset <= endOffset)
                return ProducerStates.Decode(files.Snapshots.GetValueAtIndex(i).Bytes);
        }

        fromOffset = 0;
        return new ProducerStates();
    }
}
