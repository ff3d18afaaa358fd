using Xunit.Sdk;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>
/// A test that runs a real client, and what it shows of it: the traits Client and Feature, and cells of README's table.
/// </summary>
[XunitTestCaseDiscoverer("AkkaReplication.Kafka.Tests.RealClients.ClientFactDiscoverer", "AkkaReplication.Kafka.Tests")]
[TraitDiscoverer("AkkaReplication.Kafka.Tests.RealClients.ClientTraitDiscoverer", "AkkaReplication.Kafka.Tests")]
[AttributeUsage(AttributeTargets.Method)]
public abstract class ClientFactAttribute : FactAttribute, ITraitAttribute
{
    protected ClientFactAttribute(string client, bool isInstalled, string howToInstall, string[] features)
    {
        (Client, Features) = (client, features);
        if (!isInstalled)
            Skip = $"{client} is not installed ({howToInstall})";
    }

    /// <summary>Of <see cref="RealClient"/>.</summary>
    public string Client { get; }

    /// <summary>Of <see cref="Feature"/>; none for a detail that the table does not have.</summary>
    public string[] Features { get; }
}
