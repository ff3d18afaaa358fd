using System.Globalization;
using AkkaReplication.Kafka.Tests;
using AkkaReplication.Kafka.Tests.RealClients;
using AkkaReplication.Kafka.Tests.RealClients.Trials;
using AkkaReplication.Testing;
using Confluent.Kafka;

namespace ConfluentClients;

/// <summary>
/// Confluent.Kafka as an idempotent producer, as two members of a group, and as a reader of its own.
/// </summary>
public sealed class ConfluentTrialTests
{
    [ConfluentFact(Feature.BrokersKilled)]
    public Task Its_history_is_clean_when_each_broker_is_killed() =>
        RunAsync(broker => broker.KillAsync(), PartitionAssignmentStrategy.Range);

    [ConfluentFact(Feature.BrokersRestarted)]
    public Task Its_history_is_clean_when_each_broker_is_restarted() =>
        RunAsync(broker => broker.StopAsync(), PartitionAssignmentStrategy.CooperativeSticky);

    private static async Task RunAsync(Func<TestBroker, Task> goAway, PartitionAssignmentStrategy assignment)
    {
        await using var trial = await Trial.StartAsync();
        for (var member = 0; member < 2; member++)
        {
            trial.AddMember(onRead => Reader(
                onRead, Trial.Group, config => config.PartitionAssignmentStrategy = assignment, c => c.Subscribe(Trial.Topic)));
        }

        trial.AddReader(onRead => Reader(onRead, "alone", _ => { }, consumer => consumer.Assign(
            Enumerable.Range(0, Trial.Partitions).Select(
                partition => new TopicPartitionOffset(Trial.Topic, partition, Offset.Beginning)))));
        using var producer = new Producer(trial.Servers);
        await trial.RunAsync(producer, goAway);

        ConfluentReader Reader(
            Action<int, long, long> onRead,
            string group,
            Action<ConsumerConfig> configure,
            Action<IConsumer<Ignore, string>> begin) => new(
                trial.Servers,
                group,
                begin,
                configure,
                record => onRead(
                    record.Partition.Value,
                    record.Offset.Value,
                    long.Parse(record.Message.Value, CultureInfo.InvariantCulture)));
    }

    private sealed class Producer(string servers) : INumberProducer
    {
        private readonly IProducer<Null, string> _producer = new ProducerBuilder<Null, string>(
            new ProducerConfig
            {
                BootstrapServers = servers,
                EnableIdempotence = true,
                LingerMs = 1,
                ReconnectBackoffMaxMs = 500,
            })
            .SetLogHandler((_, _) => { })
            .Build();

        public async Task<long?> SendAsync(int partition, long number)
        {
            try
            {
                var sent = await _producer.ProduceAsync(
                    new TopicPartition(Trial.Topic, partition),
                    new Message<Null, string> { Value = number.ToString(CultureInfo.InvariantCulture) });
                return sent.Offset.Value;
            }
            catch (ProduceException<Null, string>)
            {
                return null;
            }
        }

        public Task FinishAsync()
        {
            _producer.Flush(KafkaCluster.Patience);
            return Task.CompletedTask;
        }

        public void Dispose() => _producer.Dispose();
    }
}
