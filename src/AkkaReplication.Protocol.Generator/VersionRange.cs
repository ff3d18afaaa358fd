using System.Globalization;

namespace AkkaReplication.Protocol.Generator;

/// <summary>Versions from Low to High, both included; written 3, 3-7, 3+ or none.</summary>
internal readonly struct VersionRange(int low, int high)
{
    public const int Open = short.MaxValue;

    public static readonly VersionRange None = new(1, 0);

    public int Low { get; } = low;

    public int High { get; } = high;

    public bool IsEmpty => Low > High;

    public bool Contains(int version) => version >= Low && version <= High;

    public VersionRange And(VersionRange other) => new(Math.Max(Low, other.Low), Math.Min(High, other.High));

    public bool Covers(VersionRange other) => other.IsEmpty || (Low <= other.Low && High >= other.High);

    /// <summary>
    /// The C# condition under which a version of <paramref name="all"/> lies in this range; "true" and "false" included.
    /// </summary>
    public string Condition(VersionRange all)
    {
        var part = And(all);
        if (part.IsEmpty)
            return "false";
        if (part.Covers(all))
            return "true";
        if (part.Low == part.High)
            return $"version == {part.Low}";
        if (part.Low == all.Low)
            return $"version <= {part.High}";
        return part.High == all.High ? $"version >= {part.Low}" : $"version is >= {part.Low} and <= {part.High}";
    }

    public override string ToString()
    {
        if (IsEmpty)
            return "none";
        if (High >= Open)
            return $"{Low}+";
        return Low == High ? $"{Low}" : $"{Low}-{High}";
    }

    public static bool TryParse(string text, out VersionRange range)
    {
        range = None;
        if (text == "none")
            return true;

        var dash = text.IndexOf('-');
        if (text.Length > 0 && text[text.Length - 1] == '+')
        {
            if (!TryParseNumber(text.Substring(0, text.Length - 1), out var from))
                return false;
            range = new VersionRange(from, Open);
            return true;
        }

        if (dash > 0)
        {
            if (!TryParseNumber(text.Substring(0, dash), out var first)
                || !TryParseNumber(text.Substring(dash + 1), out var last)
                || last < first)
            {
                return false;
            }

            range = new VersionRange(first, last);
            return true;
        }

        if (!TryParseNumber(text, out var only))
            return false;
        range = new VersionRange(only, only);
        return true;
    }

    private static bool TryParseNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < Open;
}
