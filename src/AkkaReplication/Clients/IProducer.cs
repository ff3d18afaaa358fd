namespace AkkaReplication;

/// <summary>
/// Writes records. Members may be called from any thread, each record's order in its partition is that of the calls.
/// Disposing waits until every record is reported and its handler has returned, at most delivery.timeout.ms and a
/// second; afterwards every member throws <see cref="ObjectDisposedException"/>. A message is read during the call
/// only: it may be changed and handed over again, though not the <see cref="Headers"/> that it had.
/// </summary>
/// <remarks>
/// Allocated per record: by <see cref="ProduceAsync(string, Message{TKey, TValue}, CancellationToken)"/> a task and its
/// result; by the others nothing in the steady state, beyond what serializers and the caller allocate (a message, a
/// function that captures).
/// </remarks>
public interface IProducer<TKey, TValue> : IAsyncDisposable
{
    /// <summary>
    /// Writes a record; the key decides its partition, a null key none in particular. The task ends when the record is
    /// acknowledged as acks says. While buffer.memory is used up the record waits its turn, up to max.block.ms: whoever
    /// awaits the task is slowed down to what the cluster takes. (Records that wait are kept beside buffer.memory: to
    /// hand over very many without awaiting any, use Produce, which refuses.) Continuations run on the thread pool.
    /// </summary>
    /// <param name="ct">Ends the waiting; a record that was accepted is delivered all the same.</param>
    /// <exception cref="ProduceException">The record was not delivered; its report says whether that is certain.
    /// INVALID_RECORD: a serializer threw, INVALID_REQUEST: the partitioner did (either is the inner exception),
    /// INVALID_TIMESTAMP, MESSAGE_TOO_LARGE, UNKNOWN_TOPIC_OR_PARTITION after max.block.ms, REQUEST_TIMED_OUT after
    /// delivery.timeout.ms or max.block.ms.</exception>
    /// <exception cref="ObjectDisposedException">The producer was disposed of.</exception>
    Task<DeliveryResult> ProduceAsync(string topic, Message<TKey, TValue> message, CancellationToken ct = default);

    /// <summary>As above, into a given partition.</summary>
    /// <exception cref="ProduceException">The record was not delivered; its report says whether that is
    /// certain.</exception>
    Task<DeliveryResult> ProduceAsync(
        TopicPartition partition, Message<TKey, TValue> message, CancellationToken ct = default);

    /// <summary>
    /// Hands a record over without waiting. The handler is called exactly once, in the order of the records of a
    /// partition; where, and what it may do, is said at <see cref="IDeliveryHandler"/>.
    /// </summary>
    /// <exception cref="ProduceException">The record was refused at once, because buffer.memory is used up
    /// (REQUEST_TIMED_OUT), the record is too large, or a serializer or partitioner threw; the handler is not called
    /// then.</exception>
    /// <exception cref="ObjectDisposedException">The producer was disposed of.</exception>
    void Produce(string topic, Message<TKey, TValue> message, Action<DeliveryReport>? handler = null);

    /// <summary>As above, into a given partition.</summary>
    /// <exception cref="ProduceException">The record was refused at once; the handler is not called then.</exception>
    void Produce(TopicPartition partition, Message<TKey, TValue> message, Action<DeliveryReport>? handler = null);

    /// <summary>As above, with one handler for many records, so that none of them allocates.</summary>
    /// <param name="state">Comes back to the handler.</param>
    /// <exception cref="ProduceException">The record was refused at once; the handler is not called then.</exception>
    void Produce(string topic, Message<TKey, TValue> message, IDeliveryHandler handler, object? state = null);

    /// <summary>As above, into a given partition.</summary>
    /// <exception cref="ProduceException">The record was refused at once; the handler is not called then.</exception>
    void Produce(
        TopicPartition partition, Message<TKey, TValue> message, IDeliveryHandler handler, object? state = null);

    /// <summary>
    /// Sends what is accepted so far without lingering, and waits until all of it is reported and its handlers have
    /// returned.
    /// </summary>
    /// <param name="ct">Ends the waiting only.</param>
    Task FlushAsync(CancellationToken ct = default);
}
