namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>Kafka clients that nobody here wrote, in the order of README's table.</summary>
internal static class RealClient
{
    public const string Kcat = "kcat";
    public const string Confluent = "Confluent.Kafka";
    public const string KafkaPython = "kafka-python";
    public const string KafkaJs = "kafkajs";

    public static readonly string[] All = [Kcat, Confluent, KafkaPython, KafkaJs];
}
