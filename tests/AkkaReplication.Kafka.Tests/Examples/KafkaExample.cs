using AkkaReplication.Testing;
using AkkaReplication.Tests.Examples;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkkaReplication.Kafka.Tests.Examples;

/// <summary>README.md's example for users of Kafka clients, run.</summary>
public sealed class KafkaExample
{
    [Fact]
    public async Task A_host_and_a_test_open_their_clusters()
    {
        var directory = Directory.CreateTempSubdirectory("akkarepl-kafka-");
        var builder = Host.CreateApplicationBuilder();
        var path = directory.FullName;
        // README: kafka
        // A host: its clients connect to what BootstrapServers() of the injected EmbeddedCluster says.
        builder.Services.AddReplicationCluster(o =>
        {
            (o.Brokers, o.DataDirectory) = (3, path);
            o.UseKafka(kafka => kafka.Port = 0);                     // 19092 for ports 19092, 19093, 19094; 0 for free ones
        });

        // A test: real elections, disk faults and cut links, and a Kafka client in the middle of them.
        await using var cluster = await ReplicationCluster.StartAsync(3, o => o.Configure = c => c.UseKafka());
        var servers = cluster.BootstrapServers();                    // "localhost:40001,localhost:40002,localhost:40003"
        // README: end
        Assert.Equal(3, servers.Split(',').Length);

        using (var host = builder.Build())
        {
            await host.StartAsync();
            var hosted = host.Services.GetRequiredService<EmbeddedCluster>();
            Assert.Equal(3, hosted.BootstrapServers().Split(',').Length);
            await host.StopAsync();
        }

        directory.Delete(recursive: true);
    }

    [Fact]
    public void It_stands_in_the_readme() => Assert.Equal(
        ReadmeExamples.InSource("kafka", "../../AkkaReplication.Kafka.Tests/Examples/KafkaExample.cs"),
        ReadmeExamples.InReadme("kafka"));
}
