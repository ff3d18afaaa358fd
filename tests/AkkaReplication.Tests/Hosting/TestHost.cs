using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkkaReplication.Tests.Hosting;

/// <summary>A generic host with nothing in it but what a test adds, and a directory for its clusters.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly IHost _host;

    private TestHost(IHost host, string directory)
    {
        _host = host;
        Directory = directory;
    }

    public string Directory { get; }

    public IServiceProvider Services => _host.Services;

    public RecordingLoggers Loggers => Services.GetRequiredService<RecordingLoggers>();

    public HostedCluster Hosted => Services.GetRequiredService<HostedCluster>();

    public EmbeddedCluster Cluster => Services.GetRequiredService<EmbeddedCluster>();

    public ReplicationClient Client => Services.GetRequiredService<ReplicationClient>();

    /// <summary>Builds a host; what is added gets the directory and fast options.</summary>
    public static TestHost Build(Action<HostApplicationBuilder, Action<EmbeddedClusterOptions>> add)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("akkarepl-test-").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(new() { ContentRootPath = directory });
        var loggers = new RecordingLoggers();
        builder.Services.AddSingleton(loggers);
        builder.Logging.AddProvider(loggers);
        add(builder, options =>
        {
            options.DataDirectory = options.Name;
            options.Settings = TestCluster.FastSettings;
            options.StartTimeout = TimeSpan.FromSeconds(20);
        });
        return new TestHost(builder.Build(), directory);
    }

    /// <summary>Builds and starts a host with one cluster.</summary>
    public static async Task<TestHost> StartAsync(Action<EmbeddedClusterOptions>? configure = null)
    {
        var host = Build((builder, fast) =>
        {
            builder.Services.AddReplicationCluster(fast + configure);
            builder.Services.AddHealthChecks().AddReplicationCluster();
        });
        await host.StartAsync();
        return host;
    }

    public Task StartAsync(CancellationToken ct = default) => _host.StartAsync(ct);

    public Task StopAsync(CancellationToken ct = default) => _host.StopAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)_host).DisposeAsync();
        if (System.IO.Directory.Exists(Directory))
            System.IO.Directory.Delete(Directory, recursive: true);
    }
}
