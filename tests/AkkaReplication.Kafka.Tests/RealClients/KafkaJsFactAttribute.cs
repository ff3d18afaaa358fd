namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>A test that needs kafkajs, which is skipped where node does not find that.</summary>
public sealed class KafkaJsFactAttribute(params string[] features)
    : ClientFactAttribute(
        RealClient.KafkaJs, KafkaJs.IsInstalled, "npm install kafkajs@2.2.4, with NODE_PATH at its node_modules", features);
