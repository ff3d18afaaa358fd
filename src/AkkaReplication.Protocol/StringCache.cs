using System.Text;

namespace AkkaReplication.Protocol;

/// <summary>
/// Names as strings, found by their bytes, so that a topic's name is not made anew with every request. It keeps a bounded
/// number of short names and forgets one when another needs its place. Any number of threads may use one.
/// </summary>
public sealed class StringCache
{
    /// <summary>Longer names are not kept: Kafka's own are at most 249 bytes.</summary>
    public const int MaxLength = 255;

    private const int Places = 2048;

    // A place is replaced as a whole, so a reader sees one entry or another, never halves of two.
    private readonly Entry?[] _places = new Entry?[Places];

    /// <returns>The text of these bytes; what is no UTF-8 becomes U+FFFD.</returns>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0 or > MaxLength)
            return Encoding.UTF8.GetString(utf8);

        ref var place = ref _places[Place(utf8)];
        var entry = Volatile.Read(ref place);
        if (entry is not null && utf8.SequenceEqual(entry.Utf8))
            return entry.Text;

        var text = Encoding.UTF8.GetString(utf8);
        Volatile.Write(ref place, new Entry(utf8.ToArray(), text));
        return text;
    }

    private static int Place(ReadOnlySpan<byte> utf8)
    {
        // FNV-1a: names are short, and whoever makes two collide only makes both slow.
        var hash = 2166136261;
        foreach (var next in utf8)
            hash = (hash ^ next) * 16777619;
        return (int)((hash ^ (hash >> 15)) % Places);
    }

    private sealed record Entry(byte[] Utf8, string Text);
}
