using System.Text;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Records;

/// <summary>Makes batches for tests in one line.</summary>
internal static class Batches
{
    public static byte[] Of(params string[] values) => Builder(values).Build();

    public static RecordBatchBuilder Builder(params string[] values)
    {
        var builder = new RecordBatchBuilder();
        for (var i = 0; i < values.Length; i++)
            Assert.True(Append(builder, values[i], timestampMs: 1000 + i));
        return builder;
    }

    public static bool Append(
        RecordBatchBuilder builder, string? value, string? key = null, long timestampMs = 1000,
        IReadOnlyList<RecordHeader>? headers = null, int maxBatchBytes = int.MaxValue) =>
        builder.TryAppend(
            timestampMs, Bytes(key), key is null, Bytes(value), value is null, headers, maxBatchBytes);

    public static BatchHeader Header(ReadOnlySpan<byte> batch)
    {
        Assert.True(BatchHeader.TryRead(batch, out var header));
        return header;
    }

    public static byte[] Bytes(string? text) => Encoding.UTF8.GetBytes(text ?? "");
}
