namespace AkkaReplication.Configuration;

/// <summary>
/// Where keys stand in a HOCON text. Akka's configurations keep no line numbers, so the text is scanned a second time,
/// for keys and braces only; values are never read here.
/// </summary>
internal sealed class HoconSource
{
    private readonly string _text;
    private readonly Dictionary<string, int> _lines = [];
    private readonly Stack<(string Prefix, int Line)> _open = new();
    private int _at;
    private int _line = 1;

    public HoconSource(string text, string name)
    {
        _text = text;
        Name = name;
        Scan();
    }

    /// <summary>The file's name, or what else the text is called.</summary>
    public string Name { get; }

    /// <summary>
    /// What Akka's parser would pass over in silence (an unbalanced brace, +=), with its line; or null.
    /// </summary>
    public (int Line, string What)? Problem { get; private set; }

    /// <summary>
    /// "name:line" of the last assignment to the key, or to the longest part of its path that is written down.
    /// </summary>
    public string Locate(string key)
    {
        for (var path = key; path.Length > 0; path = Parent(path))
        {
            if (_lines.TryGetValue(path, out var line))
                return $"{Name}:{line}";
        }

        return Name;
    }

    private static string Parent(string path)
    {
        var dot = path.LastIndexOf('.');
        return dot < 0 ? "" : path[..dot];
    }

    private void Scan()
    {
        while (SkipBlank())
        {
            if (_text[_at] == '}')
            {
                if (!_open.TryPop(out _))
                    Problem ??= (_line, "this closing brace closes nothing");
                _at++;
                continue;
            }

            if (_text[_at] == '{')
            {
                _open.Push((Prefix, _line));
                _at++;
                continue;
            }

            ScanField();
        }

        if (_open.TryPeek(out var unclosed))
            Problem ??= (unclosed.Line, "this opening brace is never closed");
    }

    private string Prefix => _open.TryPeek(out var top) ? top.Prefix : "";

    private void ScanField()
    {
        var line = _line;
        var path = ScanPath();
        if (path.EndsWith('+'))
            Problem ??= (line, "+= is not supported; write the whole value");
        if (Prefix.Length > 0)
            path = $"{Prefix}.{path}";
        _lines[path] = line;
        for (var above = Parent(path); above.Length > 0; above = Parent(above))
            _lines.TryAdd(above, line);

        SkipBlank();
        if (_at < _text.Length && _text[_at] is '=' or ':')
        {
            _at++;
            SkipBlank();
        }

        if (_at < _text.Length && _text[_at] == '{')
        {
            _open.Push((path, line));
            _at++;
        }
        else
        {
            SkipValue();
        }
    }

    /// <summary>A dotted path, quoted parts included, without its quotes.</summary>
    private string ScanPath()
    {
        var start = _at;
        var path = new System.Text.StringBuilder();
        while (_at < _text.Length && _text[_at] is not ('=' or ':' or '{' or '}' or '\n' or '#'))
        {
            if (_text[_at] == '"')
                path.Append(_text, _at + 1, Math.Max(0, SkipString() - 2));
            else
                path.Append(_text[_at++]);
        }

        if (_at == start)
            _at++;
        return path.ToString().Trim();
    }

    /// <summary>
    /// Over a value that is no plain object: to the end of its line, its comma, or the brace that ends its parent.
    /// </summary>
    private void SkipValue()
    {
        var depth = 0;
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c == '"')
            {
                SkipString();
                continue;
            }

            if (c == '#' || (c == '/' && _at + 1 < _text.Length && _text[_at + 1] == '/'))
            {
                SkipLine();
                continue;
            }

            if (depth <= 0 && (c is '\n' or ',' or '}'))
                return;
            if (c is '[' or '{')
                depth++;
            if (c is ']' or '}')
                depth--;
            if (c == '\n')
                _line++;
            _at++;
        }
    }

    /// <summary>Over a quoted or triple-quoted string; returns how many characters it took, quotes included.</summary>
    private int SkipString()
    {
        var start = _at;
        var quotes = string.CompareOrdinal(_text, _at, "\"\"\"", 0, 3) == 0 ? "\"\"\"" : "\"";
        _at += quotes.Length;
        while (_at < _text.Length && string.CompareOrdinal(_text, _at, quotes, 0, quotes.Length) != 0)
        {
            if (quotes.Length == 1 && _text[_at] == '\\')
                _at++;
            if (_at < _text.Length && _text[_at] == '\n')
                _line++;
            _at++;
        }

        _at = Math.Min(_text.Length, _at + quotes.Length);
        return _at - start;
    }

    /// <summary>Over blanks, commas and comments; false at the end of the text.</summary>
    private bool SkipBlank()
    {
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c == '#' || (c == '/' && _at + 1 < _text.Length && _text[_at + 1] == '/'))
            {
                SkipLine();
            }
            else if (char.IsWhiteSpace(c) || c is ',' or '\uFEFF')
            {
                if (c == '\n')
                    _line++;
                _at++;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private void SkipLine()
    {
        while (_at < _text.Length && _text[_at] != '\n')
            _at++;
    }
}
