namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>A test that needs kcat (librdkafka), which is skipped where that is not installed.</summary>
public sealed class KcatFactAttribute(params string[] features)
    : ClientFactAttribute(RealClient.Kcat, Kcat.IsInstalled, "Debian's package is kcat", features);
