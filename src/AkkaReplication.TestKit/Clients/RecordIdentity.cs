using System.Buffers.Binary;

namespace AkkaReplication.Testing.Clients;

/// <summary>
/// How a record is known again when it is read: by a header, which the clients of the kit add and take away again. Values
/// need not be unique, nor keys.
/// </summary>
internal static class RecordIdentity
{
    public const string HeaderName = "akkareplication-test-id";

    /// <summary>The headers with an identity as the last of them.</summary>
    public static Headers Add(Headers? headers, long id)
    {
        var with = new Headers();
        foreach (var header in headers ?? [])
            with.Add(header.Key, header.Value);
        var value = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(value, id);
        return with.Add(HeaderName, value);
    }

    /// <summary>The identity, or null where the record was not written by a client of the kit.</summary>
    public static long? Of(Headers? headers) =>
        headers is not null && headers.TryGetLast(HeaderName, out var value) && value is { Length: sizeof(long) } bytes
            ? BinaryPrimitives.ReadInt64BigEndian(bytes.Span)
            : null;

    /// <summary>The headers that the writer gave, or null for none.</summary>
    public static Headers? Remove(Headers? headers)
    {
        if (headers is null)
            return null;
        var without = new Headers();
        foreach (var header in headers)
        {
            if (header.Key != HeaderName)
                without.Add(header.Key, header.Value);
        }

        return without.Count == 0 ? null : without;
    }
}
