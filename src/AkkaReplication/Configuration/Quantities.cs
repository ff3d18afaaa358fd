using System.Globalization;

namespace AkkaReplication.Configuration;

/// <summary>What a number counts.</summary>
internal enum Unit
{
    Count,
    Milliseconds,
    Seconds,
    Minutes,
    Bytes,
}

/// <summary>
/// Reads durations and sizes as HOCON writes them, strictly: a number, optional blanks, a unit that exists. Both actor
/// runtimes read settings through this, so neither's own leniency decides what is accepted.
/// </summary>
internal static class Quantities
{
    public static bool TryParse(string text, Unit unit, out long value)
    {
        value = 0;
        var digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] is '.' or '-'))
            digits++;

        if (!decimal.TryParse(
                text.AsSpan(0, digits),
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var number))
            return false;

        var factor = FactorOf(text[digits..].Trim(), unit);
        if (factor is null || Math.Abs(number) > long.MaxValue / factor.Value)
            return false;

        var total = number * factor.Value;
        value = (long)total;
        return total == decimal.Truncate(total);
    }

    /// <summary>
    /// How many of the setting's own unit one of the written unit is; null for a unit that does not exist.
    /// </summary>
    private static decimal? FactorOf(string suffix, Unit unit) => unit switch
    {
        Unit.Milliseconds => suffix.Length == 0 ? 1 : MillisecondsOf(suffix),
        Unit.Seconds => suffix.Length == 0 ? 1 : MillisecondsOf(suffix) / 1000,
        Unit.Minutes => suffix.Length == 0 ? 1 : MillisecondsOf(suffix) / 60_000,
        Unit.Bytes => suffix.Length == 0 ? 1 : BytesOf(suffix),
        _ => suffix.Length == 0 ? 1 : null,
    };

    private static decimal? MillisecondsOf(string suffix) => suffix switch
    {
        "ms" or "milli" or "millis" or "millisecond" or "milliseconds" => 1,
        "s" or "second" or "seconds" => 1000,
        "m" or "minute" or "minutes" => 60_000,
        "h" or "hour" or "hours" => 3_600_000,
        "d" or "day" or "days" => 86_400_000,
        _ => null,
    };

    private static decimal? BytesOf(string suffix) => suffix switch
    {
        "b" or "B" or "byte" or "bytes" => 1,
        "k" or "K" or "Ki" or "KiB" or "kibibyte" or "kibibytes" => 1024,
        "kB" or "kilobyte" or "kilobytes" => 1000,
        "m" or "M" or "Mi" or "MiB" or "mebibyte" or "mebibytes" => 1024 * 1024,
        "MB" or "megabyte" or "megabytes" => 1_000_000,
        "g" or "G" or "Gi" or "GiB" or "gibibyte" or "gibibytes" => 1024L * 1024 * 1024,
        "GB" or "gigabyte" or "gigabytes" => 1_000_000_000,
        _ => null,
    };
}
