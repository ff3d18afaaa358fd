using System.Collections.Concurrent;
using AkkaReplication.Kafka.Tests;
using Confluent.Kafka;

namespace ConfluentClients;

/// <summary>A consumer that reads on a thread of its own until it is disposed of.</summary>
internal sealed class ConfluentReader : IDisposable
{
    private static readonly TimeSpan PollAtMost = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<TopicPartition, byte> _assigned = new();
    private readonly ConcurrentQueue<string> _told = new();
    private readonly IConsumer<Ignore, string> _consumer;
    private readonly Thread _thread;
    private volatile bool _isStopping;
    private int _taken;

    public ConfluentReader(
        string servers,
        string group,
        Action<IConsumer<Ignore, string>> begin,
        Action<ConsumerConfig> configure,
        Action<ConsumeResult<Ignore, string>> onRead)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = servers,
            GroupId = group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            AutoCommitIntervalMs = 50,
            ReconnectBackoffMaxMs = 500,
        };
        configure(config);
        _consumer = new ConsumerBuilder<Ignore, string>(config)
            .SetPartitionsAssignedHandler((_, partitions) => OnAssigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => OnTaken("revoked", partitions))
            .SetPartitionsLostHandler((_, partitions) => OnTaken("lost", partitions))
            .SetErrorHandler((_, error) => _told.Enqueue(error.ToString()))
            .SetLogHandler((_, line) => _told.Enqueue(line.Message))
            .Build();
        begin(_consumer);
        _thread = new Thread(() => Read(onRead)) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>The numbers of the partitions that it has at this moment.</summary>
    public int[] Assigned => [.. _assigned.Keys.Select(partition => partition.Partition.Value).Order()];

    /// <summary>How many partitions were taken from it since it began, those it got again counted each time.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Closes it: it commits, and leaves its group unless it is a static member.</summary>
    public void Dispose()
    {
        _isStopping = true;
        _thread.Join(KafkaCluster.Patience);
        _consumer.Close();
        _consumer.Dispose();
    }

    /// <summary>What the client said, and what it was given and lost.</summary>
    public override string ToString() => $"A reader told:\n{string.Join('\n', _told)}";

    private void Read(Action<ConsumeResult<Ignore, string>> onRead)
    {
        while (!_isStopping)
        {
            try
            {
                if (_consumer.Consume(PollAtMost) is { } record)
                    onRead(record);
            }
            catch (KafkaException e)
            {
                // It goes on by itself; what matters is what is read in the end.
                _told.Enqueue(e.Message);
            }
        }
    }

    private void OnAssigned(List<TopicPartition> partitions)
    {
        _told.Enqueue($"assigned {string.Join(',', partitions)}");
        foreach (var partition in partitions)
            _assigned[partition] = 0;
    }

    private void OnTaken(string how, List<TopicPartitionOffset> partitions)
    {
        _told.Enqueue($"{how} {string.Join(',', partitions)}");
        foreach (var partition in partitions)
            _assigned.TryRemove(partition.TopicPartition, out _);
        if (!_isStopping)
            Interlocked.Add(ref _taken, partitions.Count);
    }
}
