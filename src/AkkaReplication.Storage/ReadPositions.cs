using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage;

/// <summary>
/// Remembers where recent reads of one log ended, because the next read of a follower or consumer begins there: it needs
/// no index. A hint only, checked by truncation generation and segment; any thread.
/// </summary>
internal sealed class ReadPositions
{
    private const int Slots = 16;

    private readonly Entry?[] _entries = new Entry?[Slots];

    public bool TryFind(long generation, LogSegment segment, long offset, out long position)
    {
        var entry = Volatile.Read(ref _entries[SlotOf(offset)]);
        if (entry is not null
            && entry.Offset == offset
            && entry.Generation == generation
            && ReferenceEquals(entry.Segment, segment))
        {
            position = entry.Position;
            return true;
        }

        position = 0;
        return false;
    }

    public void Remember(long generation, LogSegment segment, long offset, long position) =>
        Volatile.Write(ref _entries[SlotOf(offset)], new Entry(generation, segment, offset, position));

    private static int SlotOf(long offset) => (int)((ulong)(offset * -7046029254386353131L) >> 60);

    private sealed record Entry(long Generation, LogSegment Segment, long Offset, long Position);
}
