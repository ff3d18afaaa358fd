using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Drills.Scenarios;

/// <summary>Followers that stall: one costs nothing, two stop acks=all, and neither costs a record.</summary>
internal sealed class FollowerLag : Scenario
{
    public override string Name => "follower-lag";

    public override string WillDo =>
        "stall one follower for longer than replica.lag.time.max.ms; let it catch up; then stall two";

    public override string MustHold =>
        "with one stalled, it leaves the in-sync set, produce goes on, and it rejoins; with two stalled, acks=all "
        + "is refused with NOT_ENOUGH_REPLICAS and no high watermark moves; nothing acknowledged is lost, nothing "
        + "stands twice";

    // Broker 3 leads nothing: cutting it off stalls a follower and nothing else.
    public override IReadOnlyList<IReadOnlyList<BrokerId>> Assignments =>
        [[First, Second, Third], [Second, First, Third], [First, Second, Third]];

    public override async Task RunAsync(DrillContext drill)
    {
        await drill.UntilAcknowledgedAsync(200).ConfigureAwait(false);
        await StallOneAsync(drill).ConfigureAwait(false);
        await StallTwoAsync(drill).ConfigureAwait(false);
        await drill.UntilAcknowledgedAsync(200).ConfigureAwait(false);
    }

    private static async Task StallOneAsync(DrillContext drill)
    {
        drill.Stall(Third, $"for longer than {drill.Settings.ReplicaLagTimeMaxMs} ms");
        await drill.Watch.UntilEachAsync(
            "broker 3 to leave the in-sync sets", p => !p.Isr.Contains(Third), drill.Stopped)
            .ConfigureAwait(false);
        var before = drill.History.AcknowledgedCount;
        await drill.UntilAcknowledgedAsync(200).ConfigureAwait(false);
        drill.Promises.Check(
            "with one follower stalled, produce went on without it",
            drill.Watch.Now.Partitions.All(p => !p.Isr.Contains(Third)),
            $"broker 3 was back in sync; {Describing.InWords(drill.Watch.Now)}");
        drill.Timeline.Say(
            Tone.Good, $"{drill.History.AcknowledgedCount - before} records acknowledged without broker 3");

        drill.Heal();
        await drill.UntilAllInSyncAsync().ConfigureAwait(false);
        drill.Timeline.Say(Tone.Good, "broker 3 has caught up: all replicas are in sync");
    }

    private static async Task StallTwoAsync(DrillContext drill)
    {
        drill.Stall(Third, "again");
        drill.Stall(Second, "so that no leader has a follower left");
        await drill.Watch.UntilEachAsync("every leader to be alone in sync", p => p.Isr.Length == 1, drill.Stopped)
            .ConfigureAwait(false);

        // No follower is reached and the in-sync sets are below the minimum: from here on nothing may be committed.
        var before = HighWatermarks(drill);
        await drill.UntilRefusedAsync(ErrorCode.NotEnoughReplicas).ConfigureAwait(false);
        var after = HighWatermarks(drill);
        drill.Promises.Check(
            "with two stalled, acks=all was refused with NOT_ENOUGH_REPLICAS and no high watermark moved",
            before == after,
            $"high watermarks were {before}, then {after}");

        drill.Heal();
        await drill.UntilAllInSyncAsync().ConfigureAwait(false);
        drill.Timeline.Say(Tone.Good, "all replicas are in sync");
    }

    private static string HighWatermarks(DrillContext drill) =>
        string.Join(' ', drill.Watch.Now.Partitions.Select(p => $"{p.Partition}:{p.HighWatermark}"));
}
