using System.Text;
using AkkaReplication.Records;

namespace AkkaReplication.Kafka.Tests;

/// <summary>Record batches as producers make them.</summary>
internal static class Batches
{
    public static byte[] Of(params string[] values)
    {
        var builder = new RecordBatchBuilder();
        foreach (var value in values)
            Assert.True(builder.TryAppend(
                1_000, default, keyIsNull: true, Encoding.UTF8.GetBytes(value), valueIsNull: false, null, int.MaxValue));
        return builder.Build();
    }
}
