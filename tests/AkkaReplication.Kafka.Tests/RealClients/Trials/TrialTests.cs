using System.Globalization;
using Xunit.Sdk;

namespace AkkaReplication.Kafka.Tests.RealClients.Trials;

/// <summary>A trial can be failed.</summary>
public sealed class TrialTests
{
    [Fact]
    public async Task A_client_that_is_told_a_wrong_offset_once_is_found_out()
    {
        await using var trial = await Trial.StartAsync();
        trial.AddMember(onRead => new Member(trial.CreateConsumer(), onRead));
        using var producer = new Producer(trial.CreateProducer());

        var failure = await Assert.ThrowsAnyAsync<XunitException>(
            () => trial.RunAsync(producer, broker => broker.StopAsync()));

        Assert.Contains("inconsistent-offsets", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>The product's own client, which says of one number that it stands where the next one does.</summary>
    private sealed class Producer(IProducer<string, string> producer) : INumberProducer
    {
        private const int Wrong = 7;

        public async Task<long?> SendAsync(int partition, long number)
        {
            var sent = await producer.ProduceAsync(
                new TopicPartition(Trial.Topic, partition),
                new() { Value = number.ToString(CultureInfo.InvariantCulture) });
            return number == Wrong ? sent.Offset.Value + 1 : sent.Offset.Value;
        }

        public Task FinishAsync() => Task.CompletedTask;

        public void Dispose() => producer.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Reads everything, which is what a group does together.</summary>
    private sealed class Member : IDisposable
    {
        private readonly CancellationTokenSource _enough = new();
        private readonly Task _reading;

        public Member(IConsumer<string, string> consumer, Action<int, long, long> onRead)
        {
            consumer.Assign(Enumerable.Range(0, Trial.Partitions).Select(
                partition => new TopicPartitionOffset(new TopicPartition(Trial.Topic, partition), Offset.Beginning)));
            _reading = ReadAsync(consumer, onRead);
        }

        public void Dispose()
        {
            _enough.Cancel();
            _reading.GetAwaiter().GetResult();
            _enough.Dispose();
        }

        private async Task ReadAsync(IConsumer<string, string> consumer, Action<int, long, long> onRead)
        {
            await using var own = consumer;
            try
            {
                await foreach (var record in consumer.ReadAsync(_enough.Token))
                {
                    onRead(
                        record.Partition,
                        record.Offset.Value,
                        long.Parse(record.Message.Value, CultureInfo.InvariantCulture));
                }
            }
            catch (OperationCanceledException)
            {
                // Enough.
            }
        }
    }
}
