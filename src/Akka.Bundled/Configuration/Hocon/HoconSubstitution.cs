namespace Akka.Configuration.Hocon;

/// <summary>A piece that stands for another value of the same document, <c>${path}</c> or <c>${?path}</c>.</summary>
public class HoconSubstitution : IHoconElement, IMightBeAHoconObject
{
    /// <summary>Creates the reference to the given path.</summary>
    public HoconSubstitution(string path)
    {
        Path = path;
    }

    /// <summary>The path of the value that is meant.</summary>
    public string Path { get; set; }

    /// <summary>The value found at the end of the document; null when an optional one is missing.</summary>
    public HoconValue? ResolvedValue { get; set; }

    internal bool IsOptional { get; init; }

    /// <inheritdoc/>
    public bool IsString() => ResolvedValue is null || ResolvedValue.IsString();

    /// <inheritdoc/>
    public string? GetString() => ResolvedValue?.GetString();

    /// <inheritdoc/>
    public bool IsArray() => ResolvedValue is not null && ResolvedValue.IsArray();

    /// <inheritdoc/>
    public IList<HoconValue> GetArray() => ResolvedValue?.GetArray() ?? [];

    /// <inheritdoc/>
    public bool IsObject() => ResolvedValue is not null && ResolvedValue.IsObject();

    /// <inheritdoc/>
    public HoconObject? GetObject() => ResolvedValue?.GetObject();
}
