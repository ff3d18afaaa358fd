namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>A test that needs librdkafka for Confluent.Kafka, which is skipped where that is not installed.</summary>
public sealed class ConfluentFactAttribute(params string[] features)
    : ClientFactAttribute(
        RealClient.Confluent,
        Librdkafka.IsInstalled,
        $"it needs librdkafka {Librdkafka.Needed} or later, the system's or at the path in LIBRDKAFKA",
        features);
