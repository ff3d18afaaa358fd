using Xunit.Abstractions;
using Xunit.Sdk;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>A test of a real client, which tells <see cref="ClientTable"/> how it ended.</summary>
public sealed class ClientTestCase : XunitTestCase
{
    [Obsolete("Called by the deserializer only.")]
    public ClientTestCase()
    {
    }

    public ClientTestCase(
        IMessageSink diagnosticMessageSink, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod testMethod)
        : base(diagnosticMessageSink, display, options, testMethod)
    {
    }

    public override async Task<RunSummary> RunAsync(
        IMessageSink diagnosticMessageSink,
        IMessageBus messageBus,
        object[] constructorArguments,
        ExceptionAggregator aggregator,
        CancellationTokenSource cancellationTokenSource)
    {
        var summary = await base.RunAsync(
            diagnosticMessageSink, messageBus, constructorArguments, aggregator, cancellationTokenSource);
        if (summary.Skipped == 0)
            ClientTable.Ran(TestMethod.Method.ToRuntimeMethod(), summary.Failed == 0);
        return summary;
    }
}
