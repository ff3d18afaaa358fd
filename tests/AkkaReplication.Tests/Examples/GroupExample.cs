namespace AkkaReplication.Tests.Examples;

/// <summary>README, "consumer groups". What stands between the marks stands in README.md, word for word.</summary>
internal static class GroupExample
{
    public static async Task MainAsync(ReplicationClient client, Action<object> ship, CancellationToken ct)
    {
        // README: group
        await using var consumer = client.CreateConsumer<string, Order>(o =>
        {
            (o.GroupId, o.EnableAutoCommit) = ("shipping", false);
            o.Set("auto.offset.reset", "earliest");                      // Kafka's names do, too
            o.PartitionAssignmentStrategy = [PartitionAssignors.CooperativeSticky];
        });
        consumer.Subscribe("orders", new RebalanceHandlers
        {
            PartitionsAssigned = partitions => Console.Out.WriteLineAsync($"+ {string.Join(", ", partitions)}"),
            // Awaited before others read them.
            PartitionsRevoked = partitions => Console.Out.WriteLineAsync($"- {string.Join(", ", partitions)}"),
        });
        await foreach (var record in consumer.ReadAsync(ct))
        {
            ship(record.Message.Value);
            await consumer.CommitAsync(record, ct);                      // or leave it to enable.auto.commit
        }
        // README: end
    }

    private sealed record Order(string Item, int Count, decimal Price);
}
