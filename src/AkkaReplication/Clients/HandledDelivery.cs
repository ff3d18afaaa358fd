namespace AkkaReplication.Clients;

/// <summary>
/// A record whose handler is to be called; used again for another record afterwards. A link in the lists of its
/// <see cref="DeliveryLane"/>, which alone touches it.
/// </summary>
internal sealed class HandledDelivery
{
    public IDeliveryHandler? Handler { get; set; }

    public object? State { get; set; }

    /// <summary>What the record takes of buffer.memory.</summary>
    public int SizeBytes { get; set; }

    public long TimestampMs { get; set; }

    public DeliveryReport Report { get; set; }

    /// <summary>In place of a record: everything before it has been handled.</summary>
    public TaskCompletionSource? Flushed { get; set; }

    public HandledDelivery? Next { get; set; }
}

/// <summary>Handlers that are plain functions; the function is the record's state.</summary>
internal sealed class DelegateHandler : IDeliveryHandler
{
    public static readonly DelegateHandler Instance = new();

    public void OnDelivery(in DeliveryReport report, object? state) => ((Action<DeliveryReport>)state!)(report);
}
