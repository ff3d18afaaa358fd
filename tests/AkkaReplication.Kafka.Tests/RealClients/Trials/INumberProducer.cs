namespace AkkaReplication.Kafka.Tests.RealClients.Trials;

/// <summary>A real client that writes numbers, and tells of each what became of it.</summary>
internal interface INumberProducer : IDisposable
{
    /// <summary>
    /// Hands a number over, which is done when it returns. The task ends with the offset, or with null where the client
    /// cannot tell whether the number was written.
    /// </summary>
    Task<long?> SendAsync(int partition, long number);

    /// <summary>Nothing more comes; ends when the client has told of everything.</summary>
    Task FinishAsync();
}
