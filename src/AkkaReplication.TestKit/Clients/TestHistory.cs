using System.Collections.Concurrent;
using AkkaReplication.History;
using AkkaReplication.Testing.Clients;

namespace AkkaReplication.Testing;

/// <summary>
/// What the clients of a test's cluster did and saw: every record that was handed over and what became of it, every record
/// that was read. Those clients know their records again by a header, which readers do not get to see. Any thread.
/// </summary>
/// <remarks>
/// What others wrote, a <see cref="RawProducer"/> for instance, is not in it and does not disturb it. Losses that are no
/// fault are excused: by unclean elections, retention, deletion of records or topics.
/// </remarks>
public sealed class TestHistory : IDisposable
{
    private readonly TestCluster _cluster;
    private readonly HistoryRecorder _recorder = new();
    private readonly ConcurrentDictionary<long, RecordedSend> _unplaced = new();
    private readonly ConcurrentDictionary<long, string> _seen = new();
    private long _lastId;
    private int _lastProcess;

    internal TestHistory(TestCluster cluster) => _cluster = cluster;

    /// <summary>How many operations there are, those under way included.</summary>
    public int Count => Snapshot().Count;

    /// <summary>What was recorded until now; what is under way has an unknown outcome.</summary>
    public OperationHistory Snapshot()
    {
        foreach (var send in _unplaced.Values)
        {
            if (_seen.TryGetValue(send.Id, out var key))
                send.Place(key);
        }

        return _recorder.Snapshot();
    }

    /// <summary>
    /// Another way into the cluster whose producers and consumers are recorded here, too: one over sockets, for instance.
    /// </summary>
    /// <param name="client">A client of the cluster; it must outlive what is made by the one that is returned.</param>
    public ReplicationClient Record(ReplicationClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new RecordingClient(client, this);
    }

    /// <summary>
    /// Judges what was recorded until now, after reading every partition that can be read to its end: records that were
    /// acknowledged and are gone, that stand twice, that were read and are not there any more, reads out of order, and so on.
    /// </summary>
    /// <param name="options">What counts; left out, everything.</param>
    public HistoryReport Check(HistoryCheckOptions? options = null)
    {
        FinalReading.Read(_cluster, this, _recorder, NextProcess());
        return HistoryChecker.Check(Snapshot(), options);
    }

    /// <summary>Throws unless <see cref="Check"/> finds nothing.</summary>
    /// <exception cref="UncleanHistoryException">Its message names every anomaly with the operations that show it.</exception>
    public void ShouldBeClean()
    {
        var report = Check();
        if (!report.IsClean)
            throw new UncleanHistoryException(report, _cluster.Seed);
    }

    /// <summary>Writes what was recorded until now as lines of JSON, as <c>akkarepl check</c> reads it.</summary>
    public void Save(string path)
    {
        using var file = File.Create(path);
        HistoryFile.Write(Snapshot(), file);
    }

    /// <summary>Nothing is recorded any more.</summary>
    public void Dispose() => _recorder.Dispose();

    internal int NextProcess() => Interlocked.Increment(ref _lastProcess);

    internal void Clear()
    {
        _recorder.Clear();
        _unplaced.Clear();
        _seen.Clear();
    }

    internal RecordedSend BeginSend(int process, TopicPartition partition, SendAcks acks)
    {
        var id = Interlocked.Increment(ref _lastId);
        var send = new RecordedSend(this, _recorder.BeginSend(process, acks), id, partition.Topic);
        if (partition.Partition >= 0)
            send.Place(KeyOf(partition));
        else
            _unplaced[id] = send;
        return send;
    }

    internal PendingOperation BeginPoll(int process, Isolation isolation) => _recorder.BeginPoll(process, isolation);

    /// <summary>A reader got this record; without an identity nobody knows who wrote it.</summary>
    internal void Read(PendingOperation read, TopicPartition partition, long offset, long? id)
    {
        if (id is not { } known)
            return;
        var key = KeyOf(partition);
        if (_unplaced.ContainsKey(known))
            _seen[known] = key;
        read.Record(key, offset, known);
    }

    internal void Assign(int process, (TopicPartition Partition, Offset Position)[] partitions) => _recorder.Assign(
        process,
        [.. partitions.Select(p => (KeyOf(p.Partition), Math.Max(p.Position.Value, OperationStep.UnknownOffset)))]);

    internal void Subscribe(int process, string[] topics) => _recorder.SubscribeAnywhere(process, topics);

    /// <summary>Partitions that came or went during a poll.</summary>
    internal static void Rebalanced(PendingOperation read, IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
            read.Rebalanced(KeyOf(partition));
    }

    internal void PlaceWhereSeen(RecordedSend send)
    {
        if (_seen.TryGetValue(send.Id, out var key))
            send.Place(key);
        else
            send.PlaceNowhere();
    }

    internal void Forget(RecordedSend send) => _unplaced.TryRemove(send.Id, out _);

    /// <summary>Records may be gone, and nothing is wrong with that.</summary>
    internal void Excuse(ClusterObservation observation)
    {
        switch (observation)
        {
            case LeaderElected { Clean: false } elected:
                _recorder.ExcuseLossFrom(KeyOf(elected.Partition), FinalReading.EndOf(_cluster, elected));
                break;
            case TopicDeleted deleted:
                for (var partition = 0; partition < deleted.Partitions; partition++)
                    _recorder.ExcuseLossFrom(HistoryRecorder.KeyOf(deleted.Topic, partition), 0);
                break;
        }
    }

    internal static string KeyOf(TopicPartition partition) => HistoryRecorder.KeyOf(partition.Topic, partition.Partition);
}

/// <summary>The clients of a test saw what must not be.</summary>
public sealed class UncleanHistoryException : Exception
{
    internal UncleanHistoryException(HistoryReport report, int seed)
        : base($"The history is not clean (seed {seed}).{Environment.NewLine}{report}") => Report = report;

    /// <summary>Everything that was found.</summary>
    public HistoryReport Report { get; }
}
