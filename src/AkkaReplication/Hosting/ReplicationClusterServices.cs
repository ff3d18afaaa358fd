using AkkaReplication;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Adds replicated clusters to a generic host. Each starts before the host's other services and stops after them,
/// leaderships first, within <c>HostOptions.ShutdownTimeout</c>. What cannot be started fails the host's start; a broker
/// that dies later does not take the host down.
/// </summary>
/// <remarks>
/// For injection: <see cref="ReplicationClient"/>, usable before the cluster has started; <see cref="EmbeddedCluster"/>,
/// once it has; <see cref="HostedCluster"/>, to wait for it. For a named cluster they are keyed by its name.
/// </remarks>
public static class ReplicationClusterServices
{
    /// <summary>Adds a cluster.</summary>
    public static IServiceCollection AddReplicationCluster(
        this IServiceCollection services, Action<EmbeddedClusterOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, Options.Options.DefaultName, configure);
    }

    /// <summary>Adds one of several clusters. Its services are keyed by the name.</summary>
    public static IServiceCollection AddReplicationCluster(
        this IServiceCollection services, string name, Action<EmbeddedClusterOptions> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, name, configure);
    }

    /// <summary>
    /// Adds a cluster as a section of the configuration says: the names of <see cref="EmbeddedClusterOptions"/>, and in
    /// <c>Settings</c> those of Kafka. An unknown key is refused when the host starts.
    /// </summary>
    /// <param name="section">Such as <c>{ "Brokers": 3, "DataDirectory": "data", "Settings": { "replica.lag.time.max.ms": "10s" } }</c>.</param>
    /// <param name="configure">Has the last word.</param>
    public static IServiceCollection AddReplicationCluster(
        this IServiceCollection services, IConfiguration section, Action<EmbeddedClusterOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, Options.Options.DefaultName, Read(section, configure));
    }

    /// <summary>The same for one of several clusters. Its services are keyed by the name.</summary>
    public static IServiceCollection AddReplicationCluster(
        this IServiceCollection services,
        string name,
        IConfiguration section,
        Action<EmbeddedClusterOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, name, Read(section, configure));
    }

    private static Action<EmbeddedClusterOptions> Read(
        IConfiguration section, Action<EmbeddedClusterOptions>? configure) => options =>
    {
        EmbeddedClusterConfiguration.Read(section, options);
        configure?.Invoke(options);
    };

    private static IServiceCollection Add(
        IServiceCollection services, string name, Action<EmbeddedClusterOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(s => s.ServiceType == typeof(HostedCluster) && Equals(s.ServiceKey ?? "", name)))
        {
            throw new InvalidOperationException(name.Length == 0
                ? "A cluster was added already; give each of several clusters a name."
                : $"A cluster named '{name}' was added already.");
        }

        var options = services.AddOptions<EmbeddedClusterOptions>(name);
        if (name.Length > 0)
            options.Configure(o => o.Name = name);
        options.Configure(configure);

        AddCluster(services, name);
        services.AddSingleton<IHostedService>(provider => new HostedClusterService(ClusterOf(provider, name)));
        return services;
    }

    private static void AddCluster(IServiceCollection services, string name)
    {
        if (name.Length == 0)
        {
            services.AddSingleton(provider => Create(provider, name));
            services.TryAddSingleton(provider => ClusterOf(provider, name).Client);
            services.TryAddSingleton(provider => Started(ClusterOf(provider, name)));
        }
        else
        {
            services.AddKeyedSingleton(name, (provider, _) => Create(provider, name));
            services.TryAddKeyedSingleton(name, (provider, _) => ClusterOf(provider, name).Client);
            services.TryAddKeyedSingleton(name, (provider, _) => Started(ClusterOf(provider, name)));
        }
    }

    internal static HostedCluster? FindCluster(IServiceProvider provider, string name) => name.Length == 0
        ? provider.GetService<HostedCluster>()
        : provider.GetKeyedService<HostedCluster>(name);

    private static HostedCluster ClusterOf(IServiceProvider provider, string name) => FindCluster(provider, name)!;

    private static HostedCluster Create(IServiceProvider provider, string name) => new(
        provider.GetRequiredService<IOptionsMonitor<EmbeddedClusterOptions>>().Get(name)
            .Resolve(root: provider.GetService<IHostEnvironment>()?.ContentRootPath),
        provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance);

    private static EmbeddedCluster Started(HostedCluster hosted) => hosted.Cluster
        ?? throw new InvalidOperationException(
            $"The cluster '{hosted.Name}' has not been started: it starts with the host. "
            + $"Until then inject {nameof(ReplicationClient)}, or {nameof(HostedCluster)} and wait for it.");
}
