using System.Collections.Concurrent;
using System.Globalization;
using AkkaReplication.History;
using AkkaReplication.Testing;

namespace AkkaReplication.Kafka.Tests.RealClients.Trials;

/// <summary>
/// A real client writes and reads numbers without a pause, while each broker goes away and comes back, one after the other.
/// What it was told and what it saw is a history, which <see cref="HistoryChecker"/> judges.
/// </summary>
internal sealed class Trial : IAsyncDisposable
{
    public const string Topic = "orders";
    public const string Group = "readers";
    public const int Partitions = 3;

    private const int Producer = 1;
    private const int FirstReader = 10;
    private const int FinalReader = 99;

    /// <summary>So many acknowledgements show that the client goes on.</summary>
    private const int Progress = 30;

    /// <summary>What a client may have under way, which goes on taking numbers while it waits for a leader.</summary>
    private const int MostUnderWay = 2_000;

    /// <summary>Some hundred numbers a second are enough: the machine has other things to do.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(3);

    // Not disposed of: it holds nothing, and a reader that is let go may still tell something.
    private readonly HistoryRecorder _history = new();
    private readonly ConcurrentDictionary<long, byte> _acknowledged = new();
    private readonly ConcurrentDictionary<long, byte> _readByGroup = new();
    private readonly List<IDisposable> _readers = [];
    private readonly TestCluster _cluster;

    private Trial(TestCluster cluster) => _cluster = cluster;

    /// <summary>What the clients connect to.</summary>
    public string Servers => _cluster.BootstrapServers();

    /// <summary>The product's own, for a trial of the trial.</summary>
    public IProducer<string, string> CreateProducer() => _cluster.CreateProducer<string, string>();

    /// <inheritdoc cref="CreateProducer"/>
    public IConsumer<string, string> CreateConsumer() => _cluster.CreateConsumer<string, string>();

    public static async Task<Trial> StartAsync()
    {
        var trial = new Trial(await ClientCluster.StartAsync());
        await trial._cluster.CreateTopicAsync(Topic, Partitions);
        return trial;
    }

    /// <summary>A member of <see cref="Group"/>. It is disposed of with the trial.</summary>
    /// <param name="start">Starts it; it calls with partition, offset and number for each record that it reads.</param>
    public void AddMember(Func<Action<int, long, long>, IDisposable> start)
    {
        var process = FirstReader + _readers.Count;
        _history.Subscribe(process, Topic);
        _readers.Add(start(Recording(process, number => _readByGroup[number] = 0)));
    }

    /// <summary>A consumer outside of any group, which reads every partition from its beginning.</summary>
    /// <inheritdoc cref="AddMember"/>
    public void AddReader(Func<Action<int, long, long>, IDisposable> start)
    {
        var process = FirstReader + _readers.Count;
        _history.Assign(process, [.. Enumerable.Range(0, Partitions).Select(partition => (KeyOf(partition), 0L))]);
        _readers.Add(start(Recording(process, _ => { })));
    }

    /// <summary>Has the client write while each broker goes away and comes back, and judges what it saw.</summary>
    public async Task RunAsync(INumberProducer producer, Func<TestBroker, Task> goAway, bool isIdempotent = true)
    {
        using var enough = new CancellationTokenSource();
        var sending = SendAsync(producer, enough.Token);
        try
        {
            await EachGoesAwayAsync(goAway);
        }
        finally
        {
            await enough.CancelAsync();
        }

        await sending;
        await KafkaCluster.EventuallyAsync(IsReadByGroup, Describe);
        await ReadFinallyAsync();

        var report = HistoryChecker.Check(_history.Snapshot(), new() { IsIdempotent = isIdempotent });
        Assert.True(report.IsClean, report.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var reader in _readers)
            reader.Dispose();
        await _cluster.DisposeAsync();
    }

    private static string KeyOf(int partition) => HistoryRecorder.KeyOf(Topic, partition);

    /// <summary>A poll is under way all the time, and each ends with a record.</summary>
    private Action<int, long, long> Recording(int process, Action<long> seen)
    {
        var poll = _history.BeginPoll(process);
        return (partition, offset, number) =>
        {
            poll.Record(KeyOf(partition), offset, number).Ok();
            poll = _history.BeginPoll(process);
            seen(number);
        };
    }

    private async Task SendAsync(INumberProducer producer, CancellationToken enough)
    {
        var underWay = new List<Task>();
        for (var number = 0L; !enough.IsCancellationRequested; number++)
        {
            underWay.Add(SendAsync(producer, number));
            await Task.Delay(Pace, CancellationToken.None);
            if (underWay.Count >= MostUnderWay)
                await underWay[^MostUnderWay].WaitAsync(KafkaCluster.Patience, CancellationToken.None);
        }

        await producer.FinishAsync();
        await Task.WhenAll(underWay).WaitAsync(KafkaCluster.Patience, CancellationToken.None);
    }

    private async Task SendAsync(INumberProducer producer, long number)
    {
        var partition = (int)(number % Partitions);
        var send = _history.BeginSend(Producer, KeyOf(partition), number);
        if (await producer.SendAsync(partition, number) is { } offset)
        {
            send.Ok(offset);
            _acknowledged[number] = 0;
        }
        else
        {
            send.Unknown();
        }
    }

    private async Task EachGoesAwayAsync(Func<TestBroker, Task> goAway)
    {
        foreach (var broker in _cluster.Brokers)
        {
            await GoesOnAsync();
            await goAway(broker);
            await GoesOnAsync();
            await broker.StartAsync();
            await _cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        }

        await GoesOnAsync();
    }

    /// <summary>The client writes, and its group reads, from this moment on.</summary>
    private async Task GoesOnAsync()
    {
        var (written, read) = (_acknowledged.Count, _readByGroup.Count);
        await KafkaCluster.EventuallyAsync(
            () => _acknowledged.Count >= written + Progress && _readByGroup.Count >= read + Progress,
            Describe);
    }

    private bool IsReadByGroup() => _acknowledged.Keys.All(_readByGroup.ContainsKey);

    private string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_acknowledged.Count} acknowledged, {_readByGroup.Count} read by the group.\n{_cluster.Now}\n")
        + string.Join('\n', _readers);

    /// <summary>Everything from the beginning, by the product's own client: nothing of the real one's is left to explain it.</summary>
    private async Task ReadFinallyAsync()
    {
        await using var consumer = _cluster.CreateConsumer<string, string>();
        for (var partition = 0; partition < Partitions; partition++)
        {
            var own = new TopicPartition(Topic, partition);
            var read = _history.BeginFinalRead(FinalReader);
            var end = (await consumer.EndOffsetsAsync([own])).Single().Offset.Value;
            consumer.Assign([new TopicPartitionOffset(own, Offset.Beginning)]);
            for (var next = 0L; next < end;)
            {
                var record = await consumer.ConsumeAsync();
                next = record.Offset.Value + 1;
                read.Record(KeyOf(partition), record.Offset.Value, long.Parse(record.Message.Value, CultureInfo.InvariantCulture));
            }

            read.End(KeyOf(partition), end).Ok();
        }
    }
}
