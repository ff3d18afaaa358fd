using System.Buffers;
using System.Text;

namespace Akka.Configuration.Hocon;

/// <summary>Writes keys and texts so that the parser reads them back.</summary>
internal static class HoconText
{
    /// <summary>Characters that end an unquoted text.</summary>
    public const string Reserved = "$\"{}[]:=,#`^?!@*&\\";

    private static readonly SearchValues<char> ReservedValues = SearchValues.Create(Reserved);

    public static string QuoteKey(string key) =>
        key.Length == 0 || key.Contains('.') || MustBeQuoted(key) ? Quote(key) : key;

    public static string QuoteValue(string? text) =>
        text is null ? "null" : text.Length == 0 || MustBeQuoted(text) ? Quote(text) : text;

    private static bool MustBeQuoted(string text) =>
        text.AsSpan().IndexOfAny(ReservedValues) >= 0 || text.Contains("//", StringComparison.Ordinal)
        || text.Any(char.IsWhiteSpace);

    private static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ => quoted.Append(c)
            };
        }

        return quoted.Append('"').ToString();
    }
}
