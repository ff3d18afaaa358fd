namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>A test that needs kafkajs, which is skipped where node does not find that.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KafkaJsFactAttribute : FactAttribute
{
    public KafkaJsFactAttribute()
    {
        if (!KafkaJs.IsInstalled)
            Skip = "kafkajs is not installed (npm install kafkajs@2.2.4, with NODE_PATH at its node_modules)";
    }
}
