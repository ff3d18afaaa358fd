using Microsoft.Extensions.Hosting;

namespace AkkaReplication.Sample;

/// <summary>Writes orders as fast as they are acknowledged by every replica in sync.</summary>
internal sealed class Desk(ReplicationClient client, ShopOptions options, Warehouse warehouse) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var producer = client.CreateProducer<string, Order>(o => { o.Acks = Acks.All; });
        var written = await Task.WhenAll(Enumerable.Range(0, options.Orders).Select(i =>
        {
            var order = new Order($"order-{i}", i % 2 == 0 ? "tea" : "coffee", 100 + i);
            return producer.ProduceAsync(Topics.Orders, new() { Key = order.Id, Value = order }, stoppingToken);
        }));
        warehouse.Expect(written);
    }
}
