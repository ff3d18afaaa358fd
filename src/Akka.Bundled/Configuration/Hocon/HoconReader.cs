using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Akka.Configuration.Hocon;

/// <summary>Owns the position in a HOCON text and cuts it into keys, texts and marks.</summary>
internal sealed class HoconReader
{
    private const char End = '\0';

    private readonly string _text;

    public HoconReader(string text)
    {
        _text = text;
    }

    public int Position { get; private set; }

    public bool AtEnd => Position >= _text.Length;

    public char Peek => AtEnd ? End : _text[Position];

    private bool AtComment => Peek == '#' || Matches("//");

    public char Take() => _text[Position++];

    public bool TryTake(char mark)
    {
        if (AtEnd || _text[Position] != mark)
        {
            return false;
        }

        Position++;
        return true;
    }

    /// <summary>Skips white space, line ends and comments.</summary>
    public void SkipBlanks()
    {
        while (!AtEnd)
        {
            if (char.IsWhiteSpace(Peek) || Peek == '\uFEFF')
            {
                Position++;
            }
            else if (AtComment)
            {
                var lineEnd = _text.IndexOf('\n', Position);
                Position = lineEnd < 0 ? _text.Length : lineEnd + 1;
            }
            else
            {
                return;
            }
        }
    }

    public string TakeSpacesAndTabs()
    {
        var start = Position;
        while (Peek is ' ' or '\t')
        {
            Position++;
        }

        return _text[start..Position];
    }

    /// <summary>One key of a path: quoted, or up to a dot, a mark or the end of the line.</summary>
    public string TakeKey()
    {
        if (Peek == '"')
        {
            return TakeQuoted();
        }

        var start = Position;
        while (!AtEnd && Peek is not ('.' or '\n' or '\r') && !HoconText.Reserved.Contains(Peek) && !AtComment)
        {
            Position++;
        }

        var key = _text[start..Position].Trim();
        return key.Length > 0 ? key : throw Error("Expected a key");
    }

    /// <summary><c>include "name"</c>, unless the word is an ordinary key.</summary>
    public bool TryTakeInclude([NotNullWhen(true)] out string? name)
    {
        var start = Position;
        if (Matches("include"))
        {
            Position += "include".Length;
            if (char.IsWhiteSpace(Peek) || AtComment)
            {
                SkipBlanks();
                if (Peek == '"')
                {
                    name = TakeQuoted();
                    return true;
                }
            }
        }

        Position = start;
        name = null;
        return false;
    }

    public bool TryTakeSubstitution([NotNullWhen(true)] out string? path, out bool optional)
    {
        path = null;
        optional = false;
        if (!Matches("${"))
        {
            return false;
        }

        var end = _text.IndexOf('}', Position);
        if (end < 0)
        {
            throw Error("A substitution without '}'");
        }

        optional = _text[Position + 2] == '?';
        path = _text[(Position + (optional ? 3 : 2))..end].Trim();
        Position = end + 1;
        return true;
    }

    /// <summary>A text: quoted three times, once or not at all.</summary>
    /// <exception cref="ConfigurationException">An unquoted text contains an assignment mark.</exception>
    public bool TryTakeText([NotNullWhen(true)] out string? text)
    {
        text = Matches("\"\"\"") ? TakeTripleQuoted()
            : Peek == '"' ? TakeQuoted()
            : TakeUnquoted();
        return text is not null;
    }

    public FormatException Error(string what)
    {
        var upToHere = _text.AsSpan(0, Math.Min(Position, _text.Length));
        var line = upToHere.Count('\n') + 1;
        var column = upToHere.Length - upToHere.LastIndexOf('\n');
        var found = AtEnd ? "the end of the text" : $"'{Peek}'";
        return new FormatException($"{what}, but found {found} at line {line}, column {column}.");
    }

    private string? TakeUnquoted()
    {
        var start = Position;
        while (!AtEnd && !char.IsWhiteSpace(Peek) && !HoconText.Reserved.Contains(Peek) && !AtComment)
        {
            Position++;
        }

        if (Position == start)
        {
            return null;
        }

        if (Peek is '=' or ':')
        {
            throw new ConfigurationException(
                $"An unquoted text cannot contain '=' or ':'. Put an address into double quotes and an object into "
                + $"braces. {Error("Expected the end of the value").Message}");
        }

        return _text[start..Position];
    }

    private string TakeTripleQuoted()
    {
        var end = _text.IndexOf("\"\"\"", Position + 3, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Error("A triple-quoted text without an end");
        }

        var text = _text[(Position + 3)..end];
        Position = end + 3;
        return text;
    }

    private string TakeQuoted()
    {
        var start = Position++;
        var text = new StringBuilder();
        while (!AtEnd)
        {
            var c = Take();
            switch (c)
            {
                case '"':
                    return text.ToString();
                case '\\':
                    text.Append(TakeEscape());
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }

        Position = start;
        throw Error("A quoted text without an end");
    }

    private char TakeEscape()
    {
        if (AtEnd)
        {
            throw Error("Expected an escape code");
        }

        var code = Take();
        return code switch
        {
            '"' or '\\' or '/' => code,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => TakeHex(),
            _ => throw new FormatException($"Unknown escape code: {code}")
        };
    }

    private char TakeHex()
    {
        if (Position + 4 > _text.Length)
        {
            throw Error("Expected four hexadecimal digits");
        }

        var digits = _text.AsSpan(Position, 4);
        Position += 4;
        return (char)ushort.Parse(digits, NumberStyles.AllowHexSpecifier, NumberFormatInfo.InvariantInfo);
    }

    private bool Matches(string pattern) => string.CompareOrdinal(_text, Position, pattern, 0, pattern.Length) == 0;
}
