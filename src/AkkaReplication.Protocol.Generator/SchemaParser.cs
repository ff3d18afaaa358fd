using System.Globalization;

namespace AkkaReplication.Protocol.Generator;

/// <summary>What is wrong with a schema, and where.</summary>
internal sealed class SchemaException(int line, string message) : Exception(message)
{
    /// <summary>From 1.</summary>
    public int Line { get; } = line;
}

/// <summary>
/// Reads a schema file. Its first lines say what it is (<c>api KEY NAME</c> or <c>data NAME</c>, <c>versions A-B</c>,
/// <c>flexible C+</c>), then come <c>request</c> and <c>response</c>, or <c>fields</c>, each with a line per field below it,
/// indented by two; the fields of a struct are indented further. A field's line is
/// <code>name type[?[RANGE]] [RANGE] [= DEFAULT] [tag N] [intern] [strict] [# text]</code>
/// where <c>[]</c> before the type is an array, <c>?</c> says null is allowed (in RANGE), and a type in capitals is a struct.
/// </summary>
internal sealed class SchemaParser
{
    private static readonly HashSet<string> Primitives =
    [
        "bool", "int8", "int16", "int32", "int64", "float64", "string", "bytes", "records", "uuid", "error",
    ];

    private readonly string[] _lines;
    private int _line;

    private SchemaParser(string text) => _lines = text.Replace("\r", "").TrimEnd().Split('\n');

    public static Schema Parse(string text) => new SchemaParser(text).ParseSchema();

    private Schema ParseSchema()
    {
        string? name = null;
        int? key = null;
        VersionRange? versions = null;
        VersionRange? flexible = null;
        var messages = new List<Message>();
        while (Next() is { } line)
        {
            var words = Words(line.Text);
            switch (words[0])
            {
                case "api" when words.Length == 3:
                    key = Number(words[1]);
                    name = words[2];
                    break;
                case "data" when words.Length == 2:
                    name = words[1];
                    break;
                case "versions" when words.Length == 2:
                    versions = Range(words[1]);
                    break;
                case "flexible" when words.Length == 2:
                    flexible = Range(words[1]);
                    break;
                case "request" or "response" when key is not null && words.Length == 1:
                    messages.Add(ParseMessage(name + char.ToUpperInvariant(words[0][0]) + words[0].Substring(1), line.Doc,
                        words[0] == "request" ? MessageKind.Request : MessageKind.Response));
                    break;
                case "fields" when key is null && name is not null && words.Length == 1:
                    messages.Add(ParseMessage(name, line.Doc, MessageKind.Data));
                    break;
                default:
                    throw new SchemaException(
                        _line,
                        $"'{line.Text}' is none of: api KEY NAME, data NAME, versions A-B, flexible A+,"
                        + " request, response, fields");
            }
        }

        if (name is null || versions is not { } all || flexible is not { } compact)
        {
            throw new SchemaException(
                _line,
                "a schema says 'api KEY NAME' or 'data NAME', 'versions A-B' and 'flexible A+' or 'flexible none'");
        }

        if (all.High >= VersionRange.Open)
            throw new SchemaException(_line, "'versions' needs an end");
        if (messages.Count != (key is null ? 1 : 2))
        {
            throw new SchemaException(
                _line, key is null ? "data has one 'fields'" : "an API has a 'request' and a 'response'");
        }

        return new Schema(name, key, all, compact, messages);
    }

    private Message ParseMessage(string name, string doc, MessageKind kind)
    {
        var message = new Message(name, doc, kind);
        ParseFields(message.Fields, 2, "");
        var duplicate = message.Structs().GroupBy(s => s.Name).FirstOrDefault(g => g.Count() > 1);
        return duplicate is null
            ? message
            : throw new SchemaException(_line, $"{name} has two structs named {duplicate.Key}");
    }

    private void ParseFields(List<Field> fields, int indent, string path)
    {
        while (Peek() is { } line && line.Indent >= indent)
        {
            Next();
            if (line.Indent != indent)
                throw new SchemaException(_line, $"is indented by {line.Indent}, expected {indent}");

            var field = ParseField(line.Text, line.Doc, path);
            fields.Add(field);
            if (!field.IsStruct)
                continue;

            ParseFields(field.Children, indent + 2, field.Path + ".");
            if (field.Children.Count == 0)
                throw new SchemaException(field.Line, $"the struct {field.Type} has no fields");

            // A tagged field's size is written when its content is, and what is not copied has no place there to move.
            if (field.Tag is not null && HasRecords(field.Children))
                throw new SchemaException(field.Line, $"{field.Name}: a tagged field has no records");
        }
    }

    private Field ParseField(string text, string doc, string path)
    {
        var words = Words(text);
        if (words.Length < 2)
            throw new SchemaException(_line, $"'{text}' needs a name and a type");

        var type = words[1];
        var isArray = type.StartsWith("[]", StringComparison.Ordinal);
        if (isArray)
            type = type.Substring(2);
        var nullable = "";
        var mark = type.IndexOf('?');
        if (mark >= 0)
        {
            nullable = type.Substring(mark + 1);
            type = type.Substring(0, mark);
        }

        if (!Primitives.Contains(type) && (type.Length == 0 || !char.IsUpper(type[0])))
        {
            throw new SchemaException(
                _line, $"'{type}' is no type: {string.Join(", ", Primitives)} or a struct in capitals");
        }

        var field = new Field(words[0], path + words[0], type, _line) { IsArray = isArray, Doc = doc };
        for (var i = 2; i < words.Length; i++)
        {
            switch (words[i])
            {
                case "=" when i + 1 < words.Length:
                    field.Default = words[++i];
                    break;
                case "tag" when i + 1 < words.Length:
                    field.Tag = Number(words[++i]);
                    break;
                case "intern":
                    field.Interned = true;
                    break;
                case "strict":
                    field.Strict = true;
                    break;
                case var word when i == 2:
                    field.Versions = Range(word);
                    break;
                default:
                    throw new SchemaException(
                        _line, $"'{words[i]}' is none of: a range of versions, = DEFAULT, tag N, intern, strict");
            }
        }

        if (mark >= 0)
        {
            var allowed = nullable.Length == 0 ? new VersionRange(0, VersionRange.Open) : Range(nullable);
            field.Nullable = allowed.And(field.Versions);
        }

        if (field.IsStruct && !field.IsArray && field.Tag is null)
            throw new SchemaException(_line, $"{field.Name}: a struct is an element of an array or a tagged field");
        if (field.Tag is not null && type == "records")
            throw new SchemaException(_line, $"{field.Name}: a tagged field has no records");
        if (field.CanBeNull && !field.IsArray && type is not ("string" or "bytes" or "records"))
            throw new SchemaException(_line, $"{field.Name}: {type} cannot be null");
        return field;
    }

    private static bool HasRecords(List<Field> fields) =>
        fields.Any(f => f.Type == "records" || HasRecords(f.Children));

    private VersionRange Range(string text) =>
        VersionRange.TryParse(text, out var range)
            ? range
            : throw new SchemaException(_line, $"'{text}' is no range of versions: 3, 3-7, 3+ or none");

    private int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new SchemaException(_line, $"'{text}' is no number");

    private static string[] Words(string text) => text.Split([' '], StringSplitOptions.RemoveEmptyEntries);

    private (int Indent, string Text, string Doc)? Peek()
    {
        var before = _line;
        var line = Next();
        _line = before;
        return line;
    }

    private (int Indent, string Text, string Doc)? Next()
    {
        while (_line < _lines.Length)
        {
            var line = _lines[_line++];
            var hash = line.IndexOf('#');
            var text = (hash < 0 ? line : line.Substring(0, hash)).TrimEnd();
            if (text.Length == 0)
                continue;

            var doc = hash < 0 ? "" : line.Substring(hash + 1).Trim();
            return (text.Length - text.TrimStart().Length, text.Trim(), doc);
        }

        return null;
    }
}
