namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>Comes after all tests that run beside each other, and so after the clients'.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AfterTheClients
{
    public const string Name = "after the clients";
}

[Collection(AfterTheClients.Name)]
public sealed class ClientTableTests
{
    /// <summary>
    /// README's table is what the run of all clients' tests shows. <c>REWRITE_README=1 dotnet test
    /// tests/AkkaReplication.Kafka.Tests</c> writes it anew.
    /// </summary>
    [Fact]
    public void The_readme_says_of_each_client_what_has_passed_in_this_run()
    {
        var shown = ClientTable.FromReadme();
        var table = ClientTable.FromRun(shown);
        if (Environment.GetEnvironmentVariable("REWRITE_README") == "1")
        {
            Assert.True(ClientTable.IsWhole, "README is written anew only where every client is installed and all tests run.");
            ClientTable.WriteToReadme(table);
        }
        else
        {
            Assert.Equal(table, shown);
        }
    }

    [Fact]
    public void Every_feature_is_one_of_the_tables() => Assert.All(
        typeof(ClientTable).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetCustomAttributes(inherit: true).OfType<ClientFactAttribute>())
            .SelectMany(fact => fact.Features),
        feature => Assert.Contains(feature, Feature.All));
}
