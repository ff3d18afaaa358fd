using AkkaReplication;
using AkkaReplication.Sample;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// dotnet run --project tests/AkkaReplication.Sample -- --data /tmp/shop --orders 1000
// A shop in one process: three brokers, a desk that writes orders with acks=all, and a warehouse that reads them.
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddReplicationCluster(o =>
{
    o.Brokers = 3;
    o.DataDirectory = builder.Configuration["data"] ?? "shop-data";
});
builder.Services.AddSingleton(new ShopOptions(builder.Configuration.GetValue("orders", 1000)));
builder.Services.AddHostedService<Topics>();
builder.Services.AddSingleton<Warehouse>();
builder.Services.AddHostedService(provider => provider.GetRequiredService<Warehouse>());
builder.Services.AddHostedService<Desk>();

try
{
    await builder.Build().RunAsync();
    return Environment.ExitCode;
}
catch (ReplicationException e)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 2;
}
