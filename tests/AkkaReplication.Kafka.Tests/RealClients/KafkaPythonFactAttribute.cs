namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>A test that needs kafka-python, which is skipped where that is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KafkaPythonFactAttribute : FactAttribute
{
    public KafkaPythonFactAttribute()
    {
        if (KafkaPython.Interpreter is null)
            Skip = "kafka-python is not installed (Debian's package is python3-kafka)";
    }
}
