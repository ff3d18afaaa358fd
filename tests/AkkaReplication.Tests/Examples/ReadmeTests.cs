using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkkaReplication.Tests.Examples;

public sealed class ReadmeTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("akkarepl-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("host", "HostExample.cs")]
    [InlineData("system", "ActorSystemExample.cs")]
    [InlineData("client", "ClientExample.cs")]
    [InlineData("group", "GroupExample.cs")]
    public void Each_example_of_the_readme_is_the_one_that_is_run_here_and_short(string name, string file)
    {
        var shown = ReadmeExamples.InReadme(name);

        Assert.Equal(ReadmeExamples.InSource(name, file), shown);
        Assert.InRange(shown.Length, 3, 20);
    }

    [Fact]
    public async Task The_example_of_a_host_writes_its_greeting()
    {
        await HostExample.MainAsync(
            [$"--contentRoot={_directory}", "--Logging:LogLevel:Default=Error"],
            services => services.AddHostedService<Listener>());

        Assert.Equal("Hello", Listener.Heard);
        Assert.True(Directory.Exists(Path.Combine(_directory, "data", "broker-3")));
    }

    [Fact]
    public async Task The_examples_of_an_actor_system_and_of_the_client_ship_an_order()
    {
        var system = ActorSystem.Create("readme", "akka.loglevel = ERROR");
        using var shipped = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var shippedByGroup = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        object? order = null;
        object? orderOfGroup = null;

        await ActorSystemExample.MainAsync(system, _directory, async client =>
        {
            await using var admin = client.CreateAdminClient();
            await admin.CreateTopicsAsync([new() { Name = "orders" }]);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ClientExample.MainAsync(
                client,
                "o-17",
                shippedOrder =>
                {
                    order = shippedOrder;
                    shipped.Cancel();
                },
                shipped.Token));
            var group = GroupExample.MainAsync(client, shippedOrder => orderOfGroup = shippedOrder, shippedByGroup.Token);
            IReadOnlyList<TopicPartitionOffset> committed;
            while ((committed = await admin.ListConsumerGroupOffsetsAsync("shipping")).Count == 0)
                await Task.Delay(10, shippedByGroup.Token);
            Assert.Equal(1, Assert.Single(committed).Offset);
            await shippedByGroup.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => group);
        });

        Assert.Equal("Order { Item = tea, Count = 3, Price = 4.50 }", order?.ToString());
        Assert.Equal(order?.ToString(), orderOfGroup?.ToString());
        Assert.True(system.WhenTerminated.IsCompleted);
    }

    /// <summary>Reads the greeting, and closes the host.</summary>
    private sealed class Listener(ReplicationClient client, IHostApplicationLifetime host) : BackgroundService
    {
        public static string? Heard { get; private set; }

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await using var consumer = client.CreateConsumer<string, string>();
            consumer.Assign(Enumerable.Range(0, 6).Select(p => new TopicPartitionOffset("greetings", p, Offset.Beginning)));
            Heard = (await consumer.ConsumeAsync(stoppingToken)).Message.Value;
            host.StopApplication();
        }
    }
}
