using Microsoft.Extensions.Hosting;

namespace AkkaReplication.Sample;

/// <summary>Makes the topics before anybody uses them. The cluster runs before any service of the host starts.</summary>
internal sealed class Topics(ReplicationClient client) : IHostedService
{
    public const string Orders = "orders";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var admin = client.CreateAdminClient();
        var topics = await admin.DescribeTopicsAsync(null, cancellationToken);
        if (topics.Any(topic => topic.Name == Orders))
            return;
        await admin.CreateTopicsAsync([new() { Name = Orders, NumPartitions = 3, ReplicationFactor = 3 }], ct: cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
