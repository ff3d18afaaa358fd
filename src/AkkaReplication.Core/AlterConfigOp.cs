namespace AkkaReplication;

/// <summary>How a setting is changed (KIP-339); numbers are Kafka's.</summary>
public enum AlterConfigOpType : byte
{
    /// <summary>Give it a value.</summary>
    Set = 0,

    /// <summary>Give it its default again.</summary>
    Delete = 1,

    /// <summary>Add elements to a list.</summary>
    Append = 2,

    /// <summary>Take elements out of a list.</summary>
    Subtract = 3,
}

/// <summary>One change of one setting.</summary>
/// <param name="Name">Kafka's name of the setting.</param>
/// <param name="Value">Null only to delete; elements of a list are separated by commas.</param>
public sealed record AlterConfigOp(AlterConfigOpType Type, string Name, string? Value)
{
    public static AlterConfigOp Set(string name, string value) => new(AlterConfigOpType.Set, name, value);

    public static AlterConfigOp Delete(string name) => new(AlterConfigOpType.Delete, name, null);

    public static AlterConfigOp Append(string name, string value) => new(AlterConfigOpType.Append, name, value);

    public static AlterConfigOp Subtract(string name, string value) => new(AlterConfigOpType.Subtract, name, value);
}
