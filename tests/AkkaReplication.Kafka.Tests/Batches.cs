using System.Text;
using AkkaReplication.Records;

namespace AkkaReplication.Kafka.Tests;

/// <summary>Record batches as producers make them.</summary>
internal static class Batches
{
    /// <summary>Of now: what is older than a week, retention deletes whenever it looks.</summary>
    public static byte[] Of(params string[] values)
    {
        var nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        return At([.. values.Select(value => (nowMs, value))]);
    }

    public static byte[] At(params (long TimestampMs, string Value)[] records)
    {
        var builder = new RecordBatchBuilder();
        foreach (var (timestampMs, value) in records)
            Assert.True(builder.TryAppend(
                timestampMs, default, keyIsNull: true, Encoding.UTF8.GetBytes(value), valueIsNull: false, null, int.MaxValue));
        return builder.Build();
    }
}
