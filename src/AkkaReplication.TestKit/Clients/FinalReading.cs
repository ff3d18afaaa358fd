using AkkaReplication.Brokers;
using AkkaReplication.History;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Replicas;

namespace AkkaReplication.Testing.Clients;

/// <summary>
/// Reads each partition from its leader's log up to the high watermark, without a client, so that a check finds what is lost
/// although nobody has looked for it. Partitions that cannot be read at this moment are left out.
/// </summary>
internal static class FinalReading
{
    private const int BytesAtATime = 1024 * 1024;

    // The longest time in which a healthy cluster commits what a new leader has taken over.
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(5);

    public static void Read(TestCluster cluster, TestHistory history, HistoryRecorder recorder, int process)
    {
        WaitForNewLeaders(cluster);
        foreach (var partition in cluster.Embedded.State.Image.Partitions)
        {
            if (!partition.Leader.Exists || !cluster.Broker(partition.Leader.Value).CanBeReached)
                continue;

            // Begun before the high watermark is looked at: what is acknowledged by then is below it, or not yet visible.
            var read = recorder.BeginFinalRead(process, Isolation.Uncommitted);
            if (ViewOf(cluster, partition.Leader, partition.Id) is { Role: ReplicaRole.Leader } view
                && view.LeaderEpoch == partition.LeaderEpoch
                && KnowsWhatIsCommitted(view)
                && TryRead(view) is { } records)
            {
                var key = TestHistory.KeyOf(partition.Name);
                if (view.LogStartOffset > 0)
                    recorder.ExcuseLossBelow(key, view.LogStartOffset);
                foreach (var (offset, id) in records)
                    history.Read(read, partition.Name, offset, id);
                read.End(key, view.HighWatermark).Ok();
            }
            else
            {
                read.Fail();
            }
        }
    }

    /// <summary>Where the log of a leader that was elected uncleanly ended when it took over.</summary>
    public static long EndOf(TestCluster cluster, LeaderElected elected)
    {
        if (cluster.Embedded.State.Image.TryGetPartition(elected.Partition) is not { } partition
            || ViewOf(cluster, elected.Leader, partition.Id) is not { } view)
        {
            return 0;
        }

        return view.Role == ReplicaRole.Leader && view.LeaderEpoch >= elected.LeaderEpoch
            ? Math.Min(view.LeaderEpochStartOffset, view.LogEndOffset)
            : view.LogEndOffset;
    }

    /// <summary>
    /// A new leader has every record that was acknowledged, but its high watermark is as old as its last fetch until its
    /// followers have fetched what it had at its election.
    /// </summary>
    private static bool KnowsWhatIsCommitted(ReadView view) => view.HighWatermark >= view.LeaderEpochStartOffset;

    /// <summary>Until every leader that can be reached knows what is committed, or it takes too long: of a fault, most likely.</summary>
    private static void WaitForNewLeaders(TestCluster cluster)
    {
        try
        {
            cluster.EventuallyAsync(
                _ => cluster.Embedded.State.Image.Partitions.All(partition =>
                    !partition.Leader.Exists
                    || !cluster.Broker(partition.Leader.Value).CanBeReached
                    || (ViewOf(cluster, partition.Leader, partition.Id) is { Role: ReplicaRole.Leader } view
                        && view.LeaderEpoch == partition.LeaderEpoch
                        && KnowsWhatIsCommitted(view))),
                cluster.Options.Patience < LongestPatience ? cluster.Options.Patience : LongestPatience).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            // Those that do not are left out.
        }
    }

    private static ReadView? ViewOf(TestCluster cluster, BrokerId broker, TopicIdPartition partition) =>
        cluster.Embedded.State.Living.TryGetValue(broker, out BrokerContext? living)
        && living.Replicas.TryGet(partition, out var replica)
            ? replica.View
            : null;

    private static List<(long Offset, long? Id)>? TryRead(ReadView view)
    {
        var records = new List<(long, long?)>();
        try
        {
            for (var next = view.LogStartOffset; next < view.HighWatermark;)
            {
                var bytes = view.Log.Read(next, view.HighWatermark, BytesAtATime, atLeastOneBatch: true);
                if (bytes.IsEmpty)
                    return null;
                next = Take(bytes, next, records);
            }
        }
        catch (StorageException)
        {
            return null;
        }

        return view.Log.IsCurrent ? records : null;
    }

    private static long Take(ReadOnlyMemory<byte> bytes, long from, List<(long Offset, long? Id)> records)
    {
        var next = from;
        var batches = new BatchSequence(bytes);
        while (batches.MoveNext())
        {
            next = batches.Header.NextOffset;
            if (batches.Header.IsControl)
                continue;
            var reader = new RecordBatchReader(batches.Current);
            while (reader.MoveNext())
            {
                if (reader.Offset >= from)
                    records.Add((reader.Offset, RecordIdentity.Of(HeadersOf(reader.Headers))));
            }
        }

        return next;
    }

    private static Headers HeadersOf(RecordHeaderReader reader)
    {
        var headers = new Headers();
        while (reader.MoveNext())
            headers.Add(reader.Key, reader.ValueIsNull ? (ReadOnlyMemory<byte>?)null : reader.Value);
        return headers;
    }
}
