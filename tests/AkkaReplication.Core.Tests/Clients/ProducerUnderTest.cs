using AkkaReplication.Clients;
using AkkaReplication.Effects;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>A producer against a model cluster, with a book of what was appended and what was reported.</summary>
internal sealed class ProducerUnderTest
{
    private readonly List<(long Id, int Partition)> _appended = [];
    private readonly Dictionary<long, Reported> _reported = [];
    private readonly Dictionary<int, long> _lastReported = [];
    private readonly HashSet<long> _waitedForMemory = [];
    private long _nextId;

    public ProducerUnderTest(int seed, ProducerSettings? settings = null, int partitions = 3)
    {
        Cluster = new ModelCluster(seed, brokers: 3, partitions, Perform);
        Producer = new ProducerClient(
            (settings ?? new ProducerSettings()) with { Bootstrap = ModelCluster.Bootstrap },
            Network.Random.NextDouble);
        Network.Machine = Producer;
    }

    public ModelCluster Cluster { get; }

    public ModelNetwork Network => Cluster.Network;

    public ProducerClient Producer { get; }

    public List<long> FlushesCompleted { get; } = [];

    public List<ClientObservation> Observed { get; } = [];

    public int AppendedCount => _appended.Count;

    public bool IsEverythingReported => _reported.Count == _appended.Count;

    public Reported this[long id] => _reported[id];

    public bool IsReported(long id) => _reported.ContainsKey(id);

    public IEnumerable<Reported> Reports => _reported.Values;

    /// <summary>Appends a record that carries its own number, for a named partition or by its key.</summary>
    public (AppendResult Result, long Id) Append(
        int partition, string topic = ModelCluster.Topic, int padding = 0, bool mayWait = true, string? key = null)
    {
        var id = _nextId++;
        var value = new byte[sizeof(long) + padding];
        BitConverter.TryWriteBytes(value, id);
        var result = Producer.Append(
            Network.Now,
            new ProducerRecord
            {
                Topic = topic,
                Partition = partition,
                Value = value,
                Key = System.Text.Encoding.UTF8.GetBytes(key ?? ""),
                KeyIsNull = key is null,
                Completion = id,
            },
            mayWait);
        if (result.IsAccepted)
            _appended.Add((id, partition));
        if (result.IsAccepted && Producer.BlockedCount > 0)
            _waitedForMemory.Add(id);
        if (result.Wake)
            Network.At(Network.Now, Network.Turn);
        return (result, id);
    }

    public bool RunUntilReported(long withinMs = 200_000) => Network.RunUntil(() => IsEverythingReported, withinMs);

    /// <summary>What every producer owes its callers, whatever happened.</summary>
    public void CheckTheBook(bool idempotent)
    {
        Assert.True(IsEverythingReported);
        foreach (var partition in Cluster.Partitions)
        {
            var records = partition.Records.ToArray();
            if (idempotent)
                Assert.Equal(records.Select(r => r.Id).Order(), records.Select(r => r.Id));
            if (idempotent)
                Assert.Equal(records.Length, records.Select(r => r.Id).Distinct().Count());
        }

        var stored = Cluster.Partitions
            .SelectMany(p => p.Records.Select(r => (r.Id, Place: (p.Partition.Partition, r.Offset))))
            .ToLookup(r => r.Id, r => r.Place);
        foreach (var (id, report) in _reported)
        {
            switch (report.Status)
            {
                case PersistenceStatus.Persisted:
                    Assert.Contains((report.Partition, report.Offset), stored[id]);
                    break;
                case PersistenceStatus.NotPersisted:
                    Assert.Empty(stored[id]);
                    break;
            }
        }
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case RecordsReported report:
                for (var i = 0; i < report.Completions.Count; i++)
                    Note(report, i);
                break;
            case FlushCompleted flush:
                FlushesCompleted.Add(flush.Token);
                break;
            case ClientObserved observed:
                Observed.Add(observed.Observation);
                break;
            default:
                throw new InvalidOperationException($"{effect} was not expected.");
        }
    }

    private void Note(RecordsReported report, int index)
    {
        var id = (long)report.Completions[index]!;
        var partition = report.Partition.Partition;
        var offset = report.BaseOffset < 0 ? -1 : report.BaseOffset + index;
        Assert.True(
            _reported.TryAdd(id, new Reported(partition, offset, report.Error, report.Status, Network.Now)),
            $"Record {id} was reported twice.");
        // One that may still wait for memory when it is given up has never been in line.
        if (partition < 0 || _waitedForMemory.Contains(id))
            return;

        Assert.True(
            _lastReported.GetValueOrDefault(partition, -1) < id, $"Record {id} was reported after a later one.");
        _lastReported[partition] = id;
    }
}

internal sealed record Reported(int Partition, long Offset, ErrorCode Error, PersistenceStatus Status, long AtMs);
