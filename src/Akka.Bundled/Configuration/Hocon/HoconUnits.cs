using System.Buffers;
using System.Globalization;

namespace Akka.Configuration.Hocon;

/// <summary>Reads durations and byte sizes with their units.</summary>
internal static class HoconUnits
{
    private const double TicksPerNanosecond = TimeSpan.TicksPerMillisecond / 1_000_000.0;
    private const double TicksPerMicrosecond = TimeSpan.TicksPerMillisecond / 1_000.0;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    public static TimeSpan ParseDuration(string text, bool allowInfinite)
    {
        if (allowInfinite && text.Equals("infinite", StringComparison.OrdinalIgnoreCase))
        {
            return Timeout.InfiniteTimeSpan;
        }

        var digits = text.AsSpan().IndexOfAnyExcept(Digits);
        if (digits > 0 && TicksPerUnit(text[digits..].TrimStart()) is { } ticksPerUnit)
        {
            return TimeSpan.FromTicks((long)Math.Round(NonNegative(text.AsSpan(0, digits)) * ticksPerUnit));
        }

        return TimeSpan.FromMilliseconds(NonNegative(text));
    }

    public static long ParseByteSize(string text)
    {
        var lastDigit = text.AsSpan().LastIndexOfAnyInRange('0', '9');
        if (lastDigit < 0 || lastDigit == text.Length - 1)
        {
            return long.Parse(text, NumberFormatInfo.InvariantInfo);
        }

        var unit = text[(lastDigit + 1)..].Trim();
        var factor = BytesPerUnit(unit) ?? throw new FormatException($"{unit} is not a valid byte size suffix");
        var value = long.Parse(text.AsSpan(0, lastDigit + 1), NumberStyles.Integer, NumberFormatInfo.InvariantInfo);
        return checked(factor * value);
    }

    private static double NonNegative(ReadOnlySpan<char> text)
    {
        var value = double.Parse(text, NumberFormatInfo.InvariantInfo);
        return value >= 0 ? value : throw new FormatException($"Expected a positive value instead of {value}");
    }

    private static double? TicksPerUnit(string unit) => unit switch
    {
        "nanoseconds" or "nanosecond" or "nanos" or "nano" or "ns" => TicksPerNanosecond,
        "microseconds" or "microsecond" or "micros" or "micro" => TicksPerMicrosecond,
        "milliseconds" or "millisecond" or "millis" or "milli" or "ms" => TimeSpan.TicksPerMillisecond,
        "seconds" or "second" or "s" => TimeSpan.TicksPerSecond,
        "minutes" or "minute" or "m" => TimeSpan.TicksPerMinute,
        "hours" or "hour" or "h" => TimeSpan.TicksPerHour,
        "days" or "day" or "d" => TimeSpan.TicksPerDay,
        _ => null
    };

    private static long? BytesPerUnit(string unit) => unit switch
    {
        "b" or "B" or "byte" or "bytes" => 1,
        "kB" or "kilobyte" or "kilobytes" => 1_000,
        "K" or "k" or "Ki" or "KiB" or "kibibyte" or "kibibytes" => 1L << 10,
        "MB" or "megabyte" or "megabytes" => 1_000_000,
        "M" or "m" or "Mi" or "MiB" or "mebibyte" or "mebibytes" => 1L << 20,
        "GB" or "gigabyte" or "gigabytes" => 1_000_000_000,
        "G" or "g" or "Gi" or "GiB" or "gibibyte" or "gibibytes" => 1L << 30,
        "TB" or "terabyte" or "terabytes" => 1_000_000_000_000,
        "T" or "t" or "Ti" or "TiB" or "tebibyte" or "tebibytes" => 1L << 40,
        "PB" or "petabyte" or "petabytes" => 1_000_000_000_000_000,
        "P" or "p" or "Pi" or "PiB" or "pebibyte" or "pebibytes" => 1L << 50,
        "EB" or "exabyte" or "exabytes" => 1_000_000_000_000_000_000,
        "E" or "e" or "Ei" or "EiB" or "exbibyte" or "exbibytes" => 1L << 60,
        _ => null
    };
}
