namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>A test that needs kcat (librdkafka), which is skipped where that is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KcatFactAttribute : FactAttribute
{
    public KcatFactAttribute()
    {
        if (!Kcat.IsInstalled)
            Skip = "kcat is not installed (Debian's package is kcat)";
    }
}
