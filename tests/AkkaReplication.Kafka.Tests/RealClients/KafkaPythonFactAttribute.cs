namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>A test that needs kafka-python, which is skipped where that is not installed.</summary>
public sealed class KafkaPythonFactAttribute(params string[] features)
    : ClientFactAttribute(
        RealClient.KafkaPython, KafkaPython.Interpreter is not null, "Debian's package is python3-kafka", features);
