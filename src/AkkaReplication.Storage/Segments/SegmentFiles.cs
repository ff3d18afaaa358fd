using System.Globalization;

namespace AkkaReplication.Storage.Segments;

/// <summary>Kafka's names of a log's files: the base offset in 20 digits, and what the file is.</summary>
internal static class SegmentFiles
{
    public const string Log = ".log";
    public const string OffsetIndex = ".index";
    public const string TimeIndex = ".timeindex";
    public const string Snapshot = ".snapshot";

    /// <summary>No longer part of the log; removed when its last reader is done, or at the next start.</summary>
    public const string Deleted = ".deleted";

    /// <summary>Compaction writes it; it counts for nothing yet.</summary>
    public const string Cleaned = ".cleaned";

    /// <summary>Whole and durable: it takes the place of the segments whose offsets it covers, now or at the next start.</summary>
    public const string Swap = ".swap";

    /// <summary>The files of a segment, its log first.</summary>
    public static IReadOnlyList<string> Suffixes { get; } = [Log, OffsetIndex, TimeIndex];

    public static string Name(long baseOffset, string suffix) =>
        string.Create(CultureInfo.InvariantCulture, $"{baseOffset:D20}{suffix}");

    public static string PathOf(string directory, long baseOffset, string suffix) =>
        Path.Combine(directory, Name(baseOffset, suffix));

    /// <summary>The base offset in a name with just this suffix.</summary>
    public static bool TryParse(string name, string suffix, out long baseOffset)
    {
        baseOffset = 0;
        return name.Length == 20 + suffix.Length
            && name.EndsWith(suffix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, 20), NumberStyles.None, CultureInfo.InvariantCulture, out baseOffset);
    }

    /// <summary>Base offsets of all files with this suffix, ascending.</summary>
    public static List<long> BaseOffsets(IEnumerable<string> names, string suffix)
    {
        var offsets = new List<long>();
        foreach (var name in names)
        {
            if (TryParse(name, suffix, out var baseOffset))
                offsets.Add(baseOffset);
        }

        offsets.Sort();
        return offsets;
    }
}
