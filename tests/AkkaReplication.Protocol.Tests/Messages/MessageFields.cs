using System.Collections;
using AkkaReplication.Protocol.Generator;

namespace AkkaReplication.Protocol.Tests.Messages;

/// <summary>Gets and sets the fields of messages and of the structs in them, by their schema.</summary>
internal static class MessageFields
{
    public static object? Get(object target, Field field) =>
        target.GetType().GetProperty(field.Property)!.GetValue(target);

    public static void Set(object target, Field field, object? value) =>
        target.GetType().GetProperty(field.Property)!.SetValue(target, value);

    /// <summary>The type of the field's value, or of its elements.</summary>
    public static Type ElementType(object target, Field field)
    {
        var type = target.GetType().GetProperty(field.Property)!.PropertyType;
        if (field.IsArray)
            return type.GetElementType()!;
        return Nullable.GetUnderlyingType(type) ?? type;
    }

    /// <summary>
    /// Asserts that <paramref name="read"/> has what <paramref name="written"/> has, as far as that version can say it, and
    /// the default of every field that the version lacks.
    /// </summary>
    public static void AssertRead(object written, object read, List<Field> fields, Schema schema, short version)
    {
        var untouched = Activator.CreateInstance(read.GetType())!;
        foreach (var field in fields)
        {
            var present = field.Versions.Contains(version) && (field.Tag is null || schema.Flexible.Contains(version));
            var expected = Get(present ? written : untouched, field);
            AssertSame(field, expected, Get(read, field), schema, version);
        }
    }

    private static void AssertSame(Field field, object? expected, object? actual, Schema schema, short version)
    {
        if (expected is null || actual is null)
        {
            Assert.True(expected is null && actual is null, $"{field.Path}: expected {expected ?? "null"}, read {actual ?? "null"}");
            return;
        }

        if (field.IsArray)
        {
            var expectedItems = ((IEnumerable)expected).Cast<object>().ToList();
            var actualItems = ((IEnumerable)actual).Cast<object>().ToList();
            Assert.True(
                expectedItems.Count == actualItems.Count,
                $"{field.Path}: expected {expectedItems.Count} elements, read {actualItems.Count}");
            foreach (var (e, a) in expectedItems.Zip(actualItems))
                AssertSameItem(field, e, a, schema, version);
        }
        else
        {
            AssertSameItem(field, expected, actual, schema, version);
        }
    }

    private static void AssertSameItem(Field field, object expected, object actual, Schema schema, short version)
    {
        if (field.IsStruct)
            AssertRead(expected, actual, field.Children, schema, version);
        else if (expected is ReadOnlyMemory<byte> bytes)
            Assert.Equal(Convert.ToHexString(bytes.Span), Convert.ToHexString(((ReadOnlyMemory<byte>)actual).Span));
        else
            Assert.True(expected.Equals(actual), $"{field.Path}: expected {expected}, read {actual}");
    }
}
