using Microsoft.Extensions.Hosting;

namespace AkkaReplication;

/// <summary>
/// Starts a cluster before any other service of the host starts, and stops it after the last of them has stopped, in
/// whatever order they were added.
/// </summary>
internal sealed class HostedClusterService(HostedCluster cluster) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => cluster.StartAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => cluster.StopAsync(cancellationToken);
}
