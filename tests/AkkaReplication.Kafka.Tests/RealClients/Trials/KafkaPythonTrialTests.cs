using AkkaReplication.Testing;

namespace AkkaReplication.Kafka.Tests.RealClients.Trials;

/// <summary>
/// kafka-python as a producer with acks=all, as two members of a group, and as a reader of its own. This version has no
/// idempotent producer.
/// </summary>
public sealed class KafkaPythonTrialTests
{
    private const string Producer =
        """
        import sys, threading
        from kafka import KafkaProducer

        producer = KafkaProducer(
            bootstrap_servers=sys.argv[1].split(','), acks='all', retries=1000, retry_backoff_ms=50,
            reconnect_backoff_max_ms=500, max_in_flight_requests_per_connection=1)
        printing = threading.Lock()

        def tell(number, offset):
            with printing:
                print(number, offset, flush=True)

        for line in sys.stdin:
            partition, number = line.split()
            sent = producer.send('orders', number.encode(), partition=int(partition))
            sent.add_callback(lambda record, number=number: tell(number, record.offset))
            sent.add_errback(lambda error, number=number: tell(number, '?'))
        producer.flush(60)
        """;

    private const string Reader =
        """
        import sys
        from kafka import KafkaConsumer, TopicPartition

        group = sys.argv[2] or None
        consumer = KafkaConsumer(
            bootstrap_servers=sys.argv[1].split(','), group_id=group, auto_offset_reset='earliest',
            auto_commit_interval_ms=50, enable_auto_commit=group is not None, reconnect_backoff_max_ms=500,
            retry_backoff_ms=50)
        if group:
            consumer.subscribe(['orders'])
        else:
            consumer.assign([TopicPartition('orders', partition) for partition in range(3)])
            consumer.seek_to_beginning()
        for record in consumer:
            print(record.partition, record.offset, record.value.decode(), flush=True)
        """;

    [KafkaPythonFact(Feature.CoordinatorDies, Feature.BrokersKilled)]
    public Task Its_history_is_clean_when_each_broker_is_killed() => RunAsync(broker => broker.KillAsync());

    [KafkaPythonFact(Feature.BrokersRestarted)]
    public Task Its_history_is_clean_when_each_broker_is_restarted() => RunAsync(broker => broker.StopAsync());

    private static async Task RunAsync(Func<TestBroker, Task> goAway)
    {
        await using var trial = await Trial.StartAsync();
        for (var member = 0; member < 2; member++)
            trial.AddMember(onRead => new NumberReader(KafkaPython.Start(Reader, trial.Servers, Trial.Group), onRead));
        trial.AddReader(onRead => new NumberReader(KafkaPython.Start(Reader, trial.Servers, ""), onRead));
        using var producer = new NumberProducer(KafkaPython.Start(Producer, trial.Servers));
        await trial.RunAsync(producer, goAway, isIdempotent: false);
    }
}
