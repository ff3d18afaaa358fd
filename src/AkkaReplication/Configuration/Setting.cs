using System.Globalization;

namespace AkkaReplication.Configuration;

/// <summary>
/// One setting: its key, what it accepts, and how it is read into and out of <see cref="ReplicationSettings"/>. The
/// only
/// place that knows a setting's range; it never knows where a value came from.
/// </summary>
internal abstract class Setting(string key, string property)
{
    /// <summary>Kafka's name where Kafka has one, below <c>akka-replication</c>.</summary>
    public string Key { get; } = key;

    /// <summary>The property of <see cref="ReplicationSettings"/> that holds it.</summary>
    public string Property { get; } = property;

    /// <summary>What is accepted, as the end of a sentence: "a duration from 10 ms to 1 day (such as 30s)".</summary>
    public abstract string Accepts { get; }

    /// <summary>False when the text is not a value of this kind; the range is not looked at.</summary>
    public abstract bool TryRead(string text, ReplicationSettings settings, out ReplicationSettings result);

    /// <summary>Whether the value held is in range.</summary>
    public abstract bool IsInRange(ReplicationSettings settings);

    /// <summary>The value held, as it could be written in HOCON.</summary>
    public abstract string Show(ReplicationSettings settings);
}

/// <summary>A whole number, a duration or a size, with a lower and an upper bound.</summary>
internal sealed class NumberSetting(
    string key,
    string property,
    Unit unit,
    long min,
    long max,
    Func<ReplicationSettings, long> get,
    Func<ReplicationSettings, long, ReplicationSettings> with) : Setting(key, property)
{
    public override string Accepts => unit switch
    {
        Unit.Milliseconds => $"a duration from {min} ms to {max} ms (such as 500ms, 30s, 5m; a bare number is ms)",
        Unit.Seconds =>
            $"a duration from {min} s to {max} s in whole seconds (such as 300s, 5m; a bare number is seconds)",
        Unit.Minutes =>
            $"a duration from {min} min to {max} min in whole minutes (such as 90m, 7d; a bare number is minutes)",
        Unit.Bytes => $"a size from {min} to {max} bytes (such as 65536, 512KiB, 64MiB)",
        _ => $"a whole number from {min} to {max}",
    };

    public override bool TryRead(string text, ReplicationSettings settings, out ReplicationSettings result)
    {
        result = settings;
        if (!Quantities.TryParse(text, unit, out var value))
            return false;

        // A value beyond the property's type is kept out of range, not wrapped into it.
        result = with(
            settings, Math.Clamp(value, Math.Max(min - 1, int.MinValue), max == long.MaxValue ? max : max + 1));
        return true;
    }

    public override bool IsInRange(ReplicationSettings settings) => get(settings) >= min && get(settings) <= max;

    public override string Show(ReplicationSettings settings)
    {
        var number = get(settings).ToString(CultureInfo.InvariantCulture);
        return unit switch
        {
            Unit.Milliseconds => number + "ms",
            Unit.Seconds => number + "s",
            Unit.Minutes => number + "m",
            _ => number,
        };
    }
}

/// <summary>A switch: on, off, true or false (the spellings that every HOCON reader of Akka's takes).</summary>
internal sealed class SwitchSetting(
    string key,
    string property,
    Func<ReplicationSettings, bool> get,
    Func<ReplicationSettings, bool, ReplicationSettings> with) : Setting(key, property)
{
    public override string Accepts => "on, off, true or false";

    public override bool TryRead(string text, ReplicationSettings settings, out ReplicationSettings result)
    {
        bool? value = text switch { "on" or "true" => true, "off" or "false" => false, _ => null };
        result = value is { } known ? with(settings, known) : settings;
        return value is not null;
    }

    public override bool IsInRange(ReplicationSettings settings) => true;

    public override string Show(ReplicationSettings settings) => get(settings) ? "on" : "off";
}

/// <summary>One of a few words.</summary>
internal sealed class ChoiceSetting<T>(
    string key,
    string property,
    Func<ReplicationSettings, T> get,
    Func<ReplicationSettings, T, ReplicationSettings> with) : Setting(key, property)
    where T : struct, Enum
{
    public override string Accepts => "one of " + string.Join(", ", Enum.GetNames<T>().Select(Word));

    public override bool TryRead(string text, ReplicationSettings settings, out ReplicationSettings result)
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (text == Word(value.ToString()))
            {
                result = with(settings, value);
                return true;
            }
        }

        result = settings;
        return false;
    }

    public override bool IsInRange(ReplicationSettings settings) => Enum.IsDefined(get(settings));

    public override string Show(ReplicationSettings settings) => Word(get(settings).ToString());

    private static string Word(string name) => name.ToLowerInvariant();
}
