namespace Akka.Configuration.Hocon;

/// <summary>
/// Turns HOCON text into a tree of values. It resolves substitutions against the same document once all of it is
/// read, so that the last assignment counts; it never looks at the environment.
/// </summary>
internal sealed class HoconParser
{
    private readonly HoconReader _reader;
    private readonly Func<string, HoconRoot>? _include;
    private readonly List<HoconSubstitution> _substitutions = [];

    private HoconParser(string text, Func<string, HoconRoot>? include)
    {
        _reader = new HoconReader(text);
        _include = include;
    }

    /// <exception cref="FormatException">The text is malformed, or a required substitution has no target.</exception>
    public static HoconRoot Parse(string text, Func<string, HoconRoot>? include)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new HoconParser(text, include).ParseDocument();
    }

    private HoconRoot ParseDocument()
    {
        var root = new HoconObject();
        _reader.SkipBlanks();
        var braced = _reader.TryTake('{');
        ParseMembers(root);
        if (braced && _reader.TryTake('}'))
        {
            _reader.SkipBlanks();
        }

        if (!_reader.AtEnd)
        {
            throw _reader.Error("Unexpected text after the end of the document");
        }

        var document = new Config(new HoconRoot(new HoconValue(root)));
        foreach (var substitution in _substitutions)
        {
            substitution.ResolvedValue = document.GetValue(substitution.Path);
            if (substitution.ResolvedValue is null && !substitution.IsOptional)
            {
                throw new FormatException($"Unresolved substitution: {substitution.Path}");
            }
        }

        return new HoconRoot(document.Root);
    }

    /// <summary>Reads members up to the closing brace, which the caller takes, or the end of the text.</summary>
    private void ParseMembers(HoconObject target)
    {
        for (_reader.SkipBlanks(); !_reader.AtEnd && _reader.Peek != '}'; _reader.SkipBlanks())
        {
            if (_reader.TryTakeInclude(out var name))
            {
                Include(name, target);
            }
            else
            {
                ParseMember(target);
            }
        }
    }

    private void Include(string name, HoconObject target)
    {
        if (_include is null)
        {
            throw new ConfigurationException($"include \"{name}\": no include callback was given.");
        }

        if (_include(name).Value.GetObject() is { } included)
        {
            target.Merge(included);
        }
    }

    private void ParseMember(HoconObject target)
    {
        var value = target.GetOrCreateKey(_reader.TakeKey());
        for (_reader.SkipBlanks(); _reader.TryTake('.'); _reader.SkipBlanks())
        {
            _reader.SkipBlanks();
            value = value.BecomeObject().GetOrCreateKey(_reader.TakeKey());
        }

        if (_reader.Peek == '{')
        {
            ParseObject(value);
        }
        else if (_reader.TryTake('=') || _reader.TryTake(':'))
        {
            value.BeginAssignment();
            ParseValue(value);
        }
        else
        {
            throw _reader.Error("Expected '=', ':' or '{' after a key");
        }
    }

    private void ParseObject(HoconValue value)
    {
        _reader.Take();
        ParseMembers(value.BecomeObject());

        // A missing closing brace at the end of the text is tolerated, as Akka.NET does.
        _reader.TryTake('}');
    }

    private void ParseValue(HoconValue value)
    {
        _reader.SkipBlanks();
        if (_reader.AtEnd)
        {
            throw _reader.Error("Expected a value");
        }

        var blanks = "";
        while (ParsePiece(value, blanks))
        {
            blanks = _reader.TakeSpacesAndTabs();
        }

        _reader.TryTake(',');
    }

    /// <summary>Reads one piece of a value that may consist of several on one line.</summary>
    private bool ParsePiece(HoconValue value, string blanksBefore)
    {
        if (_reader.Peek == '{')
        {
            ParseObject(value);
            return true;
        }

        if (_reader.Peek == '[')
        {
            value.Values.Add(ParseArray());
            return true;
        }

        if (_reader.TryTakeSubstitution(out var path, out var optional))
        {
            var substitution = new HoconSubstitution(path) { IsOptional = optional };
            AppendBlanks(value, blanksBefore);
            value.Values.Add(substitution);
            _substitutions.Add(substitution);
            return true;
        }

        if (_reader.TryTakeText(out var text))
        {
            AppendBlanks(value, blanksBefore);
            value.AppendText(new HoconLiteral { Value = text });
            return true;
        }

        return false;
    }

    private static void AppendBlanks(HoconValue value, string blanks)
    {
        if (blanks.Length > 0 && value.Values.Count > 0 && value.Values[^1] is HoconLiteral or HoconSubstitution)
        {
            value.Values.Add(new HoconLiteral { Value = blanks });
        }
    }

    private HoconArray ParseArray()
    {
        var array = new HoconArray();
        _reader.Take();
        for (_reader.SkipBlanks(); !_reader.AtEnd && !_reader.TryTake(']'); _reader.SkipBlanks())
        {
            var start = _reader.Position;
            var element = new HoconValue();
            ParseValue(element);
            if (_reader.Position == start)
            {
                throw _reader.Error("Expected a value or ']'");
            }

            array.Add(element);
        }

        return array;
    }
}
