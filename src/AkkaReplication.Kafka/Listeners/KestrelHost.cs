using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AkkaReplication.Kafka.Listeners;

/// <summary>A Kestrel that speaks no HTTP: it accepts connections, with TLS where there is a certificate, and hands them on.</summary>
internal sealed class KestrelHost : IAsyncDisposable
{
    private readonly KestrelServer _server;
    private readonly ServiceProvider _services;

    private KestrelHost(KestrelServer server, ServiceProvider services)
    {
        _server = server;
        _services = services;
    }

    /// <summary>Where it listens.</summary>
    public int Port => new Uri(_server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()).Port;

    /// <param name="serve">Runs a connection; its end is the connection's.</param>
    /// <exception cref="IOException">The port is in use.</exception>
    public static async Task<KestrelHost> StartAsync(KafkaListenerOptions options, int port, Func<ConnectionContext, Task> serve)
    {
        var services = Services(options.Certificate is not null);
        var kestrel = new KestrelServerOptions { ApplicationServices = services };
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Listen(new IPEndPoint(options.Address, port), listen =>
        {
            if (options.Certificate is { } certificate)
                listen.UseHttps(certificate);
            listen.Run(serve);
        });
        var transport = new SocketTransportFactory(
            Options.Create(new SocketTransportOptions { NoDelay = true }), NullLoggerFactory.Instance);
        var server = new KestrelServer(Options.Create(kestrel), transport, NullLoggerFactory.Instance);
        try
        {
            await server.StartAsync(new NoHttp(), CancellationToken.None).ConfigureAwait(false);
            return new KestrelHost(server, services);
        }
        catch
        {
            server.Dispose();
            await services.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Listens no longer, and lets go of the connections that are left when <paramref name="patience"/> ends.</summary>
    public Task StopAsync(CancellationToken patience) => _server.StopAsync(patience);

    /// <summary>Ends all connections at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        _server.Dispose();
        await _services.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What Kestrel looks for; for TLS that is a service of its own that only its builder knows.</summary>
    private static ServiceProvider Services(bool withTls)
    {
        var services = new ServiceCollection();
        if (withTls)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
            foreach (var service in builder.Services)
                ((ICollection<ServiceDescriptor>)services).Add(service);
        }

        return services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddLogging().BuildServiceProvider();
    }

    private sealed class NoHttp : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => this;

        public Task ProcessRequestAsync(object context) => Task.CompletedTask;

        public void DisposeContext(object context, Exception? exception)
        {
        }
    }
}
