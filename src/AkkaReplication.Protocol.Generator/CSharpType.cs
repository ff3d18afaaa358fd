namespace AkkaReplication.Protocol.Generator;

/// <summary>How a field is held in C#, and what it holds when nobody set it.</summary>
internal static class CSharpType
{
    public static string Of(Field field)
    {
        var element = field.Type switch
        {
            "bool" => "bool",
            "int8" => "sbyte",
            "int16" => "short",
            "int32" => "int",
            "int64" => "long",
            "float64" => "double",
            "string" => "string",
            "bytes" or "records" => "global::System.ReadOnlyMemory<byte>",
            "uuid" => "global::System.Guid",
            "error" => "global::AkkaReplication.ErrorCode",
            var name => name,
        };
        if (field.IsArray)
            return element + (field.CanBeNull ? "[]?" : "[]");
        return field.CanBeNull || field.IsStruct ? element + "?" : element;
    }

    /// <summary>The C# expression of the default.</summary>
    public static string DefaultOf(Field field)
    {
        if (field.IsArray)
            return field.CanBeNull && field.Default != "[]" ? "null" : "[]";
        if (field.IsStruct || field.Default == "null")
            return "null";
        return field.Type switch
        {
            "bool" => field.Default ?? "false",
            "string" => field.Default is { } text ? $"\"{text.Trim('"')}\"" : field.CanBeNull ? "null" : "\"\"",
            "bytes" or "records" => field.CanBeNull ? "null" : "default",
            "uuid" => "default",
            "error" => "global::AkkaReplication.ErrorCode.None",
            _ => field.Default ?? "0",
        };
    }

    /// <summary>Whether C# clears memory to that default.</summary>
    public static bool IsCleared(Field field) =>
        DefaultOf(field) is "null" or "default" or "false" or "0" or "global::AkkaReplication.ErrorCode.None";

    /// <summary>The C# condition under which the field has another value than its default.</summary>
    public static string IsSet(Field field)
    {
        if (field.IsArray)
            return field.CanBeNull ? $"{field.Property} is not null" : $"{field.Property}.Length > 0";
        if (field.CanBeNull || field.IsStruct)
            return $"{field.Property} is not null";
        return field.Type switch
        {
            "bool" => DefaultOf(field) == "true" ? $"!{field.Property}" : field.Property,
            "bytes" or "records" => $"!{field.Property}.IsEmpty",
            "string" => $"{field.Property} != {DefaultOf(field)}",
            _ => $"{field.Property} != {DefaultOf(field)}",
        };
    }
}
