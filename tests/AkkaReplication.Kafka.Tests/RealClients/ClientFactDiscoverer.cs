using Xunit.Abstractions;
using Xunit.Sdk;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>Finds the tests with a <see cref="ClientFactAttribute"/>.</summary>
public sealed class ClientFactDiscoverer(IMessageSink diagnosticMessageSink) : FactDiscoverer(diagnosticMessageSink)
{
    protected override IXunitTestCase CreateTestCase(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        new ClientTestCase(
            DiagnosticMessageSink,
            discoveryOptions.MethodDisplayOrDefault(),
            discoveryOptions.MethodDisplayOptionsOrDefault(),
            testMethod);
}

/// <summary>Makes <c>dotnet test --filter "Client=kcat"</c> possible, and the same with Feature.</summary>
public sealed class ClientTraitDiscoverer : ITraitDiscoverer
{
    public IEnumerable<KeyValuePair<string, string>> GetTraits(IAttributeInfo traitAttribute)
    {
        yield return new("Client", traitAttribute.GetNamedArgument<string>(nameof(ClientFactAttribute.Client)));
        foreach (var feature in traitAttribute.GetNamedArgument<string[]>(nameof(ClientFactAttribute.Features)))
            yield return new("Feature", feature);
    }
}
