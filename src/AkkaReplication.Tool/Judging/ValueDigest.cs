using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AkkaReplication.Tool.Judging;

/// <summary>Eight bytes that stand for a value, so that a drill over a large file need not keep its lines.</summary>
internal static class ValueDigest
{
    public static ulong Of(ReadOnlySpan<byte> value)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(value, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
