namespace AkkaReplication.Tests.Examples;

/// <summary>README, "the client". What stands between the marks stands in README.md, word for word.</summary>
internal static class ClientExample
{
    public static async Task MainAsync(ReplicationClient client, string id, Action<object> ship, CancellationToken ct)
    {
        // README: client
        await using var producer = client.CreateProducer<string, Order>(o => { o.Acks = Acks.All; });
        var order = new Order("tea", 3, 4.50m);
        DeliveryResult r = await producer.ProduceAsync("orders", new() { Key = id, Value = order }, ct);
        Console.WriteLine($"order {id} is at offset {r.Offset} of {r.TopicPartition}");

        await using var consumer = client.CreateConsumer<string, Order>();
        consumer.Assign([new TopicPartitionOffset(r.TopicPartition, Offset.Beginning)]);
        await foreach (var record in consumer.ReadAsync(ct))
        {
            Console.WriteLine($"{record.TopicPartitionOffset}: {record.Message.Key} = {record.Message.Value}");
            ship(record.Message.Value);
        }
        // README: end
    }

    // README: client

    public sealed record Order(string Item, int Count, decimal Price);   // written as JSON; or by your own ISerializer<T>
    // README: end
}
