namespace AkkaReplication.Kafka.FetchSessions;

/// <summary>The numbers by which the fetches of a session follow each other (KIP-227).</summary>
internal static class SessionEpochs
{
    /// <summary>A fetch that wants a session.</summary>
    public const int Opening = 0;

    /// <summary>A fetch that wants none.</summary>
    public const int Final = -1;

    /// <summary>The first one in a session.</summary>
    public const int AfterOpening = 1;

    /// <summary>Wraps past <see cref="Opening"/> and <see cref="Final"/>.</summary>
    public static int After(int epoch) => epoch == int.MaxValue ? AfterOpening : epoch + 1;
}
