namespace AkkaReplication;

/// <summary>
/// Writes records. Members may be called from any thread, each record's order in its partition is that of the calls.
/// Disposing waits until every record is reported, at most delivery.timeout.ms.
/// </summary>
public interface IProducer<TKey, TValue> : IAsyncDisposable
{
    /// <summary>
    /// Writes a record; the key decides its partition, a null key none in particular. The task ends when the record is
    /// acknowledged as acks says. While buffer.memory is used up the record waits its turn, up to max.block.ms.
    /// </summary>
    /// <param name="ct">Ends the waiting; a record that was accepted is delivered all the same.</param>
    /// <exception cref="ProduceException">The record was not delivered; its report says whether that is
    /// certain.</exception>
    Task<DeliveryResult> ProduceAsync(string topic, Message<TKey, TValue> message, CancellationToken ct = default);

    /// <summary>As above, into a given partition.</summary>
    /// <exception cref="ProduceException">The record was not delivered; its report says whether that is
    /// certain.</exception>
    Task<DeliveryResult> ProduceAsync(
        TopicPartition partition, Message<TKey, TValue> message, CancellationToken ct = default);

    /// <summary>
    /// Hands a record over without waiting. The handler is called exactly once, in the order of the records of a
    /// partition, on a thread of the client: it must not block.
    /// </summary>
    /// <exception cref="ProduceException">The record was refused at once, because buffer.memory is used up
    /// (REQUEST_TIMED_OUT) or the record is too large; the handler is not called then.</exception>
    void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport>? handler = null);

    /// <summary>As above, into a given partition.</summary>
    /// <exception cref="ProduceException">The record was refused at once; the handler is not called then.</exception>
    void Produce(TopicPartition partition, Message<TKey, TValue> message, Action<DeliveryReport>? handler = null);

    /// <summary>Sends what is accepted so far without lingering, and waits until all of it is reported.</summary>
    /// <param name="ct">Ends the waiting only.</param>
    Task FlushAsync(CancellationToken ct = default);
}
