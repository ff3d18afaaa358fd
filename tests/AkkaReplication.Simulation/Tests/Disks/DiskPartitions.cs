using System.Text;
using AkkaReplication.Records;
using Xunit;

namespace AkkaReplication.Simulation.Tests.Disks;

/// <summary>The partitions and batches that tests of disks use.</summary>
internal static class DiskPartitions
{
    private static readonly TopicId Orders = new(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    private static readonly TopicId Events = new(new Guid(2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));

    public static readonly TopicIdPartition First = new(Orders, 0);

    public static readonly IReadOnlyList<TopicIdPartition> All = [First, new(Orders, 1), new(Events, 0)];

    public static string NameOf(TopicIdPartition partition) => partition.TopicId == Orders ? "orders" : "events";

    public static RecordBatchBuilder Builder(long timestampMs, params string[] values)
    {
        var builder = new RecordBatchBuilder();
        for (var i = 0; i < values.Length; i++)
            Assert.True(builder.TryAppend(timestampMs + i, default, true, Encoding.UTF8.GetBytes(values[i]), false, null, int.MaxValue));
        return builder;
    }

    public static byte[] Batch(params string[] values) => Builder(1000, values).Build();
}
