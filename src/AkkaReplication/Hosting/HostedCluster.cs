using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Microsoft.Extensions.Logging;

namespace AkkaReplication;

/// <summary>
/// A cluster that starts and stops with its generic host, and the way to it for whoever is there before it has started.
/// It has an actor system of its own, which logs to the host's loggers.
/// </summary>
public sealed class HostedCluster : IAsyncDisposable, IDisposable
{
    private readonly EmbeddedClusterOptions _options;
    private readonly ActorSystem _system;
    private readonly TaskCompletionSource<EmbeddedCluster> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _startedOnce;
    private volatile bool _stopping;

    /// <param name="options">Resolved.</param>
    internal HostedCluster(EmbeddedClusterOptions options, ILoggerFactory loggers)
    {
        _options = options;
        var config = options.RuntimeConfiguration(LoggingTo(loggers).WithFallback(ReplicationReference.Config));
        _system = ActorSystem.Create(
            ReplicationPaths.ClusterName(options.Name),
            ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), new LoggerFactorySetup(loggers)));
        Client = new ReplicationClient(_system, options.Name, options.BrokerIds);
    }

    /// <summary>The cluster's name.</summary>
    public string Name => _options.Name;

    /// <summary>
    /// A client, usable from the beginning: calls made before the cluster has started wait for it, within their own
    /// time-outs.
    /// </summary>
    public ReplicationClient Client { get; }

    /// <summary>The cluster, or null until it has started.</summary>
    public EmbeddedCluster? Cluster => _started.Task.IsCompletedSuccessfully ? _started.Task.Result : null;

    /// <summary>Why the cluster could not be started, or null.</summary>
    public Exception? Failure => _started.Task.Exception?.GetBaseException();

    /// <summary>The host is stopping, or has stopped, the cluster.</summary>
    public bool IsStopping => _stopping;

    /// <summary>The cluster, as soon as it has started.</summary>
    /// <exception cref="ReplicationException">It could not be started.</exception>
    public Task<EmbeddedCluster> GetAsync(CancellationToken ct = default) => _started.Task.WaitAsync(ct);

    /// <summary>Ends the cluster if the host has not done so, in order.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        await _system.Terminate().ConfigureAwait(false);
    }

    /// <summary>The same, for a service provider that is disposed of synchronously.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Starts the cluster; a second call waits for the first.</summary>
    internal async Task StartAsync(CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (Interlocked.Exchange(ref _startedOnce, 1) == 0)
        {
            try
            {
                var clusters = ReplicationCluster.Get(_system);
                _started.SetResult(await clusters.StartAsync(_options, ownsSystem: false, ct).ConfigureAwait(false));
            }
            catch (Exception e)
            {
                _started.SetException(e);
            }
        }

        await _started.Task.ConfigureAwait(false);
    }

    internal async Task StopAsync(CancellationToken ct)
    {
        _stopping = true;
        if (Interlocked.Exchange(ref _startedOnce, 1) == 0)
            _started.SetException(new ObjectDisposedException(nameof(HostedCluster), "The host has stopped before the cluster was started."));
        try
        {
            var cluster = await _started.Task.ConfigureAwait(false);
            await cluster.StopAsync(ct).ConfigureAwait(false);
        }
        catch when (_started.Task.IsFaulted)
        {
            // There is nothing to stop, and whoever started it knows.
        }
    }

    private static Config LoggingTo(ILoggerFactory loggers)
    {
        var product = loggers.CreateLogger(nameof(AkkaReplication));
        var runtime = loggers.CreateLogger(nameof(Akka));
        var level = Enabled(LogLevel.Debug) ? "DEBUG"
            : Enabled(LogLevel.Information) ? "INFO"
            : Enabled(LogLevel.Warning) ? "WARNING"
            : Enabled(LogLevel.Error) ? "ERROR" : "OFF";
        return ConfigurationFactory.ParseString(
            $$"""
            akka {
              loglevel = {{level}}
              stdout-loglevel = OFF
              loggers = ["{{typeof(LoggerFactoryLogger).FullName}}, AkkaReplication"]
              log-dead-letters = off
              log-dead-letters-during-shutdown = off
            }
            """);

        bool Enabled(LogLevel level) => product.IsEnabled(level) || runtime.IsEnabled(level);
    }
}
