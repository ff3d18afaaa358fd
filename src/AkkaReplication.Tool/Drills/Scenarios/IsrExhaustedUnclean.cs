using AkkaReplication.History;
using AkkaReplication.Tool.Judging;
using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Drills.Scenarios;

/// <summary>Unclean election on: the stale replica leads at once, and what it never had is lost.</summary>
internal sealed class IsrExhaustedUnclean : IsrExhaustedBase
{
    public override string Name => "isr-exhausted-unclean";

    public override string WillDo =>
        "the same on a topic with unclean.leader.election.enable=true: let broker 3 fall behind, kill both brokers "
        + "that are in sync, then start them again";

    public override string MustHold =>
        "broker 3 leads at once; lost is exactly what it never had, predicted before the others return; each of "
        + "them cuts what it had beyond that; nothing stands twice";

    public override bool AllowsUncleanElection => true;

    // Records that were under way when the log lost its end may be refused for good.
    public override bool AllIsAcknowledged => false;

    protected override async Task AfterTheLastAsync(DrillContext drill, BrokerId[] killed, int mark)
    {
        await drill.Watch.UntilEachAsync("broker 3 to lead", p => p.Leader == Third, drill.Stopped)
            .ConfigureAwait(false);
        await drill.UntilRefusedAsync(ErrorCode.NotEnoughReplicas).ConfigureAwait(false);
        var predicted = Predict(drill);
        drill.PredictedLoss = predicted;
        Excuse(drill, predicted);
        foreach (var group in predicted.GroupBy(record => record.Partition))
        {
            drill.Timeline.Say(
                Tone.Warning,
                $"partition {group.Key}: {group.Count()} acknowledged records will be lost, offsets "
                + $"{group.Min(r => r.Offset)} to {group.Max(r => r.Offset)}");
        }

        drill.Promises.Check(
            "broker 3 was elected uncleanly, and said so",
            Enumerable.Range(0, Partitions).All(p => drill.Watch.Since<LeaderElected>(mark)
                .Any(e => e.Partition.Partition == p && e.Leader == Third && !e.Clean)),
            "at least one partition reports no unclean election of broker 3");
        drill.Promises.Check("the stale replica lacked something", predicted.Count > 0, "it lacked nothing");

        drill.Heal();
        var returned = drill.Watch.Mark();
        foreach (var broker in killed)
            await drill.StartAsync(broker).ConfigureAwait(false);
        await drill.UntilAllInSyncAsync().ConfigureAwait(false);
        CheckCuts(drill, killed, predicted, drill.Watch.Since<ReplicaTruncated>(returned));
    }

    /// <summary>
    /// What was acknowledged and does not stand in the files of broker 3, which nothing appends to while it is alone.
    /// </summary>
    private static IReadOnlyList<AcknowledgedRecord> Predict(DrillContext drill)
    {
        var held = new HashSet<AcknowledgedRecord>();
        foreach (var partition in drill.Watch.Now.Partitions)
        {
            ReplicaFiles.ReadRecords(
                drill.ReplicaDirectory(Third, partition.Partition),
                partition.Partition.Partition,
                long.MaxValue,
                (number, offset, record, digest) => held.Add(new AcknowledgedRecord(record ?? 0, number, offset, digest)),
                drill.Stopped);
        }

        return [.. drill.History.Acknowledgements().All.Where(record => !held.Contains(record))];
    }

    /// <summary>The topic has chosen to lose this, so it proves nothing against what stands there from now on.</summary>
    private static void Excuse(DrillContext drill, IReadOnlyList<AcknowledgedRecord> predicted)
    {
        foreach (var group in predicted.GroupBy(record => record.Partition))
        {
            drill.History.Recorder.ExcuseLossFrom(
                HistoryRecorder.KeyOf(drill.History.Topic, group.Key), group.Min(record => record.Offset));
        }
    }

    private static void CheckCuts(
        DrillContext drill,
        BrokerId[] killed,
        IReadOnlyList<AcknowledgedRecord> predicted,
        IReadOnlyList<ReplicaTruncated> cuts)
    {
        foreach (var broker in killed)
        {
            var kept = predicted.FirstOrDefault(record => !cuts.Any(cut =>
                cut.Broker == broker && cut.Partition.Partition == record.Partition
                && cut.ToOffset <= record.Offset && record.Offset < cut.FromOffset));
            drill.Promises.Check(
                $"broker {broker} cut every lost record from its log",
                kept == default,
                $"it did not cut offset {kept.Offset} of partition {kept.Partition}");
        }
    }
}
