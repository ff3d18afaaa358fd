namespace Akka.Configuration.Hocon;

/// <summary>One piece of a value: a text, an array, an object or a substitution.</summary>
public interface IHoconElement
{
    /// <summary>Whether the piece reads as text.</summary>
    bool IsString();

    /// <summary>The piece as text.</summary>
    string? GetString();

    /// <summary>Whether the piece is an array.</summary>
    bool IsArray();

    /// <summary>The elements of the array.</summary>
    IList<HoconValue> GetArray();
}

/// <summary>A value or piece that may turn out to be an object.</summary>
public interface IMightBeAHoconObject
{
    /// <summary>Whether this is an object.</summary>
    bool IsObject();

    /// <summary>The object, or null.</summary>
    HoconObject? GetObject();
}
