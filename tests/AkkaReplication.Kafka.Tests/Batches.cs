using System.Text;
using AkkaReplication.Records;

namespace AkkaReplication.Kafka.Tests;

/// <summary>Record batches as producers make them.</summary>
internal static class Batches
{
    public static byte[] Of(params string[] values) => At([.. values.Select(value => (1_000L, value))]);

    public static byte[] At(params (long TimestampMs, string Value)[] records)
    {
        var builder = new RecordBatchBuilder();
        foreach (var (timestampMs, value) in records)
            Assert.True(builder.TryAppend(
                timestampMs, default, keyIsNull: true, Encoding.UTF8.GetBytes(value), valueIsNull: false, null, int.MaxValue));
        return builder.Build();
    }
}
