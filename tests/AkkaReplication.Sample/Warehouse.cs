using Microsoft.Extensions.Hosting;

namespace AkkaReplication.Sample;

/// <summary>Reads every order of this and of earlier runs, adds them up, and closes the shop.</summary>
internal sealed class Warehouse(ReplicationClient client, IHostApplicationLifetime shop) : BackgroundService
{
    private readonly TaskCompletionSource<IReadOnlyList<DeliveryResult>> _written =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All of these are to be found.</summary>
    public void Expect(IReadOnlyList<DeliveryResult> written) => _written.SetResult(written);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var consumer = client.CreateConsumer<string, Order>();
        consumer.Assign(Enumerable.Range(0, 3).Select(p => new TopicPartitionOffset(Topics.Orders, p, Offset.Beginning)));

        var written = await _written.Task.WaitAsync(stoppingToken);
        var missing = written.Select(result => result.TopicPartitionOffset).ToHashSet();
        var (read, cents) = (0, 0L);
        if (missing.Count > 0)
        {
            await foreach (var record in consumer.ReadAsync(stoppingToken))
            {
                read++;
                cents += record.Message.Value.Cents;
                if (missing.Remove(record.TopicPartitionOffset) && missing.Count == 0)
                    break;
            }
        }

        Console.WriteLine($"written {written.Count} orders, read {read}, missing {missing.Count}, turnover {cents / 100.0:0.00}");
        shop.StopApplication();
    }
}
