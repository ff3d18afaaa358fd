using System.Globalization;

namespace AkkaReplication.History;

/// <summary>
/// A value as a history knows it: a whole number (cheapest) or a text, unique among everything that is ever sent. A text
/// that is a whole number in its usual decimal form is that number. Immutable.
/// </summary>
public readonly record struct HistoryValue
{
    private readonly string? _text;
    private readonly long _number;

    private HistoryValue(long number) => _number = number;

    private HistoryValue(string text) => _text = text;

    /// <summary>A number.</summary>
    public static HistoryValue Of(long number) => new(number);

    /// <summary>A text.</summary>
    public static HistoryValue Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IsUsual(text, out var number) ? new(number) : new(text);
    }

    /// <summary>The text, or null when the value is a number.</summary>
    internal string? Text => _text;

    /// <summary>The number, when there is no text.</summary>
    internal long Number => _number;

    /// <summary>A number.</summary>
    public static implicit operator HistoryValue(long number) => Of(number);

    /// <summary>A text.</summary>
    public static implicit operator HistoryValue(string text) => Of(text);

    /// <inheritdoc/>
    public override string ToString() => _text ?? _number.ToString(CultureInfo.InvariantCulture);

    private static bool IsUsual(string text, out long number)
    {
        number = 0;
        if (text.Length is 0 or > 20 || (text[0] != '-' && !char.IsAsciiDigit(text[0])))
            return false;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
            && number.ToString(CultureInfo.InvariantCulture) == text;
    }
}
