namespace AkkaReplication.Protocol.Generator;

/// <summary>One schema file: an API with its request and response, or data that is encoded the same way.</summary>
internal sealed class Schema(
    string name, int? apiKey, VersionRange versions, VersionRange flexible, List<Message> messages)
{
    public string Name { get; } = name;

    /// <summary>Null for what is no API.</summary>
    public int? ApiKey { get; } = apiKey;

    public VersionRange Versions { get; } = versions;

    public VersionRange Flexible { get; } = flexible;

    public List<Message> Messages { get; } = messages;
}

/// <summary>A message: the fields at its top, and through them the structs within.</summary>
internal sealed class Message(string name, string doc, MessageKind kind)
{
    public string Name { get; } = name;

    public string Doc { get; } = doc;

    public MessageKind Kind { get; } = kind;

    public List<Field> Fields { get; } = [];

    /// <summary>Every struct of the message, outer ones first.</summary>
    public IEnumerable<(string Name, string Doc, List<Field> Fields)> Structs() => Structs(Fields);

    private static IEnumerable<(string Name, string Doc, List<Field> Fields)> Structs(List<Field> fields)
    {
        foreach (var field in fields)
        {
            if (field.Children.Count == 0)
                continue;

            yield return (field.Type, field.Doc, field.Children);
            foreach (var inner in Structs(field.Children))
                yield return inner;
        }
    }
}

internal enum MessageKind
{
    Request,
    Response,
    Data,
}

/// <summary>One field of a message or of a struct within it.</summary>
internal sealed class Field(string name, string path, string type, int line)
{
    /// <summary>As Kafka's documentation writes it, camelCase.</summary>
    public string Name { get; } = name;

    /// <summary>From the top of the message, for errors: topics.partitions.index.</summary>
    public string Path { get; } = path;

    /// <summary>A primitive's name, or that of a struct; without the array's brackets and the mark of null.</summary>
    public string Type { get; } = type;

    public int Line { get; } = line;

    public bool IsArray { get; set; }

    public VersionRange Versions { get; set; } = new(0, VersionRange.Open);

    /// <summary>The versions in which null may be sent.</summary>
    public VersionRange Nullable { get; set; } = VersionRange.None;

    public int? Tag { get; set; }

    public string? Default { get; set; }

    /// <summary>Its few values come again and again (names of topics, of groups), so that decoding may reuse the string.</summary>
    public bool Interned { get; set; }

    /// <summary>It may not be left out silently: writing it in a version without it is an error unless it has its default.</summary>
    public bool Strict { get; set; }

    public string Doc { get; set; } = "";

    public List<Field> Children { get; } = [];

    public bool IsStruct => char.IsUpper(Type[0]);

    public bool CanBeNull => !Nullable.IsEmpty;

    public string Property => char.ToUpperInvariant(Name[0]) + Name.Substring(1);
}
