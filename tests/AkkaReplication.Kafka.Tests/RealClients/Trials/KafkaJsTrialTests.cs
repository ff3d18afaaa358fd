using AkkaReplication.Testing;

namespace AkkaReplication.Kafka.Tests.RealClients.Trials;

/// <summary>kafkajs as an idempotent producer and as two members of a group, outside of which it cannot read.</summary>
public sealed class KafkaJsTrialTests
{
    private const string Producer =
        """
        const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 1000 }
        const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, retry })
        await producer.connect()
        let waiting = []

        // Of a partition that moved to a broker which had answered for others, it says nothing, and may have sent nothing.
        const next = (offsets, partition) => partition in offsets ? offsets[partition]++ : '?'
        const send = async () => {
          while (waiting.length > 0) {
            const now = waiting
            waiting = []
            const offsets = {}
            try {
              const sent = await producer.send({
                topic: 'orders', acks: -1, messages: now.map(([partition, number]) => ({ partition: +partition, value: number })),
              })
              sent.forEach(({ partition, baseOffset }) => { offsets[partition] = +baseOffset })
              now.forEach(([partition, number]) => console.log(number, next(offsets, partition)))
            } catch (error) {
              console.error(error.message)
              now.forEach(([, number]) => console.log(number, '?'))
            }
          }
        }
        let sending = Promise.resolve()
        for await (const line of require('readline').createInterface({ input: process.stdin })) {
          waiting.push(line.split(' '))
          if (waiting.length === 1) sending = sending.then(send)
        }
        await sending
        await producer.disconnect()
        """;

    /// <summary>When its coordinator has moved it joins as somebody else, and the group waits for who it was.</summary>
    private const string Reader =
        """
        const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 1000 }
        const consumer = kafka.consumer({ groupId: process.argv[1], sessionTimeout: 3000, heartbeatInterval: 200, retry })
        await consumer.connect()
        await consumer.subscribe({ topic: 'orders', fromBeginning: true })
        await consumer.run({
          autoCommitInterval: 50,
          eachMessage: async ({ partition, message }) => console.log(partition, message.offset, message.value.toString()),
        })
        """;

    [KafkaJsFact(Feature.Group, Feature.LeaderDies, Feature.CoordinatorDies, Feature.BrokersKilled)]
    public Task Its_history_is_clean_when_each_broker_is_killed() => RunAsync(broker => broker.KillAsync());

    [KafkaJsFact(Feature.BrokersRestarted)]
    public Task Its_history_is_clean_when_each_broker_is_restarted() => RunAsync(broker => broker.StopAsync());

    private static async Task RunAsync(Func<TestBroker, Task> goAway)
    {
        await using var trial = await Trial.StartAsync();
        for (var member = 0; member < 2; member++)
            trial.AddMember(onRead => new NumberReader(KafkaJs.Start(trial.Servers, Reader, Trial.Group), onRead));
        using var producer = new NumberProducer(KafkaJs.Start(trial.Servers, Producer));
        await trial.RunAsync(producer, goAway);
    }
}
