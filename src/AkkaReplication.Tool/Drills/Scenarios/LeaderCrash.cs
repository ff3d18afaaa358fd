using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Drills.Scenarios;

/// <summary>The main job: a leader dies in mid-produce with records that nobody else has, and comes back.</summary>
internal sealed class LeaderCrash : Scenario
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    public override string Name => "leader-crash";

    public override string WillDo =>
        "kill the broker that leads partition 0 in mid-produce, while it holds records that no follower has; start "
        + "it again";

    public override string MustHold =>
        "a replica that was in sync leads at the next epoch; the old leader cuts its unacknowledged tail and is in "
        + "sync again; nothing acknowledged is lost, nothing stands twice";

    public override async Task RunAsync(DrillContext drill)
    {
        await drill.UntilAcknowledgedAsync(300).ConfigureAwait(false);
        var before = drill.Watch.Partition(0);
        var victim = before.Leader;

        drill.Stall(victim, "what it appends from here on stays with it alone");
        var tail = await UntilTailAsync(drill, victim).ConfigureAwait(false);
        var mark = drill.Watch.Mark();
        await drill.KillAsync(victim).ConfigureAwait(false);
        drill.Heal();

        var elected = await drill.Watch.ObservedAsync<LeaderElected>(
            $"a new leader of {before.Partition}", mark, e => e.Partition == before.Partition, drill.Stopped)
            .ConfigureAwait(false);
        drill.Promises.Check(
            $"a replica that was in sync leads {before.Partition} at the next epoch",
            elected.Clean && elected.LeaderEpoch == before.LeaderEpoch.Next() && before.Isr.Contains(elected.Leader),
            $"broker {elected.Leader} at epoch {elected.LeaderEpoch}, clean: {elected.Clean}");

        await drill.UntilAcknowledgedAsync(300).ConfigureAwait(false);
        mark = drill.Watch.Mark();
        await drill.StartAsync(victim).ConfigureAwait(false);
        var cut = await drill.Watch.ObservedAsync<ReplicaTruncated>(
            $"broker {victim} to cut its tail of {before.Partition}", mark,
            e => e.Broker == victim && e.Partition == before.Partition, drill.Stopped)
            .ConfigureAwait(false);
        drill.Promises.Check(
            $"broker {victim} cut its unacknowledged tail of {before.Partition}, offsets {cut.ToOffset} to "
            + $"{cut.FromOffset - 1}, and nothing that was committed",
            cut.FromOffset >= tail.End && cut.ToOffset <= tail.End && cut.HighWatermarkBefore <= cut.ToOffset,
            Describing.Truncation(cut));

        await drill.UntilAllInSyncAsync().ConfigureAwait(false);
        drill.Timeline.Say(Tone.Good, $"broker {victim} has caught up: all replicas are in sync");
        await drill.UntilAcknowledgedAsync(100).ConfigureAwait(false);
    }

    /// <summary>
    /// Waits until the leader has appended what its followers lack. An answer that was under way when the link was cut
    /// may
    /// still arrive, so the followers' ends must have stood still for a while.
    /// </summary>
    private static async Task<(long Start, long End)> UntilTailAsync(DrillContext drill, BrokerId leader)
    {
        (long Start, long End) tail = (-1, -1);
        var since = TimeSpan.Zero;
        await drill.Watch.UntilAsync(
            "an unacknowledged tail on the leader",
            _ =>
            {
                var replicas = drill.Watch.Partition(0).LivingReplicas;
                var start = replicas.Where(r => r.Broker != leader).Max(r => r.LogEndOffset);
                var end = replicas.Where(r => r.Broker == leader).Max(r => r.LogEndOffset);
                if (start != tail.Start)
                    since = drill.Timeline.Elapsed;
                tail = (start, end);
                return end > start && drill.Timeline.Elapsed - since >= Quiet;
            },
            drill.Stopped).ConfigureAwait(false);
        drill.Timeline.Say(
            Tone.Neutral,
            $"broker {leader} alone has offsets {tail.Start} to {tail.End - 1} of partition 0; none is acknowledged");
        return tail;
    }
}
