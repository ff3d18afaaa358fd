using System.Collections.Concurrent;
using System.Text;
using AkkaReplication.History;
using AkkaReplication.Tool.Drills;
using AkkaReplication.Tool.Judging;
using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Tests.Drills;

public sealed class DrillProducerTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly FakeClient _client = new();
    private readonly HistoryRecorder _recorder = new();

    public void Dispose()
    {
        _recorder.Dispose();
        File.Delete(_file);
    }

    [Fact]
    public async Task Every_line_is_sent_once_and_in_order_when_the_scenario_is_over_at_once()
    {
        await using var producer = Producer(50);
        producer.Start();
        await producer.FinishSendingAsync();

        Assert.Equal(50, producer.History.Sent);
        Assert.Equal(
            Enumerable.Range(1, 50).Select(n => (n % 3, n.ToString(), $"line {n}")),
            _client.Produced.Select(p => ((p.Partition + 1) % 3, p.Key, p.Value)));
        Assert.Equal(50, producer.History.AcknowledgedCount);
        Assert.Equal(0, producer.History.Outstanding);
    }

    [Fact]
    public async Task The_input_begins_again_as_new_records_while_the_scenario_runs()
    {
        await using var producer = Producer(7);
        producer.Start();
        await _client.UntilProducedAsync(30);
        await producer.FinishSendingAsync();

        var keys = _client.Produced.Select(p => p.Key).ToList();
        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.Equal("line 1", _client.Produced.ElementAt(7).Value);
        Assert.Equal("8", _client.Produced.ElementAt(7).Key);
    }

    [Fact]
    public async Task A_refused_record_is_counted_by_its_error_and_not_as_acknowledged()
    {
        _client.Answer = (partition, _) => partition == 1
            ? throw new ReplicationException(ErrorCode.NotEnoughReplicas, "too few")
            : 0;
        await using var producer = Producer(9);
        producer.Start();
        await producer.FinishSendingAsync();

        Assert.Equal(6, producer.History.AcknowledgedCount);
        Assert.Equal(3, producer.History.RefusedCount);
        Assert.Equal("NOT_ENOUGH_REPLICAS 3", producer.History.Refusals());
        Assert.Equal(0, producer.History.AcknowledgedIn(1));
        Assert.Null(producer.Failure);
    }

    [Fact]
    public async Task A_broken_client_is_told_apart_from_a_refusal()
    {
        _client.Answer = (_, _) => throw new InvalidOperationException("broken");
        await using var producer = Producer(3);
        producer.Start();
        await producer.FinishSendingAsync();

        Assert.Equal("broken", producer.Failure?.Message);
    }

    [Fact]
    public async Task What_was_acknowledged_is_remembered_with_its_offset_and_value()
    {
        _client.Answer = (_, key) => 1000 + long.Parse(key);
        await using var producer = Producer(4);
        producer.Start();
        await producer.FinishSendingAsync();

        Assert.Equal(
            [Ack(1, 0), Ack(4, 0), Ack(2, 1), Ack(3, 2)],
            producer.History.Acknowledgements().All);

        static AcknowledgedRecord Ack(long record, int partition) =>
            new(record, partition, 1000 + record, ValueDigest.Of(Encoding.UTF8.GetBytes($"line {record}")));
    }

    [Fact]
    public async Task Every_send_is_in_the_history_and_a_refusal_is_of_unknown_outcome()
    {
        _client.Answer = (partition, key) => partition == 1
            ? throw new ReplicationException(ErrorCode.RequestTimedOut, "too late")
            : 1000 + long.Parse(key);
        await using var producer = Producer(3);
        producer.Start();
        await producer.FinishSendingAsync();

        var history = _recorder.Snapshot();
        Assert.Equal(
            [
                $"1 {Outcome.Ok} drill-0<-{Value(1)}@1001",
                $"1 {Outcome.Info} drill-1<-{Value(2)}",
                $"1 {Outcome.Ok} drill-2<-{Value(3)}@1003",
            ],
            Enumerable.Range(0, history.Count).Select(i => history[i])
                .Select(o => $"{o.Process} {o.Outcome} {Assert.Single(o.Steps)}"));

        static HistoryValue Value(long record) =>
            RecordValue.Of(record, ValueDigest.Of(Encoding.UTF8.GetBytes($"line {record}")));
    }

    [Fact]
    public async Task Disposing_ends_a_producer_that_has_not_finished()
    {
        var producer = Producer(7);
        producer.Start();
        await _client.UntilProducedAsync(3);
        await producer.DisposeAsync();

        Assert.Equal(producer.History.Sent, _client.Produced.Count);
    }

    private DrillProducer Producer(int lines)
    {
        File.WriteAllLines(_file, Enumerable.Range(1, lines).Select(n => $"line {n}"));
        return new DrillProducer(
            DrillInput.FromFile(_file, 1000),
            _client,
            new Timeline(new PlainScreen(TextWriter.Null)),
            new ProduceHistory("drill", 3, _recorder),
            partitions: 3,
            recordsPerSecond: 1000);
    }

    private sealed class FakeClient : IDrillClient
    {
        private readonly SemaphoreSlim _produced = new(0);

        public ConcurrentQueue<(int Partition, string Key, string Value)> Produced { get; } = [];

        public Func<int, string, long> Answer { get; set; } = (_, _) => 0;

        public async Task UntilProducedAsync(int count)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            for (var i = 0; i < count; i++)
                await _produced.WaitAsync(deadline.Token);
        }

        public Task<long> ProduceAsync(int partition, byte[] key, byte[] value)
        {
            Produced.Enqueue((partition, Encoding.UTF8.GetString(key), Encoding.UTF8.GetString(value)));
            _produced.Release();
            try
            {
                return Task.FromResult(Answer(partition, Encoding.UTF8.GetString(key)));
            }
            catch (Exception e)
            {
                return Task.FromException<long>(e);
            }
        }

        public Task CreateTopicAsync(DrillTopic topic, CancellationToken ct) => throw new NotSupportedException();

        public Task<ErrorCode> ProbeAsync(int partition, byte[] key, byte[] value, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<ErrorCode>> PartitionErrorsAsync(CancellationToken ct) =>
            throw new NotSupportedException();

        public Task ReadAsync(int partition, long upToOffset, Action<ReadRecord> onRecord, CancellationToken ct) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync() => default;
    }
}
